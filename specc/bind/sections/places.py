"""Where the terms of the sections stand, for what is said of them after they are bound."""

from __future__ import annotations

from collections.abc import Iterator

from specc.bind.ground.graph import Origin
from specc.bind.sections.check import BoundSpec
from specc.places import OPTIMIZER, SOURCE, loss_place, metric_place, scale_place
from specc.source import Span


def term_places(spec: BoundSpec) -> dict[str, Origin]:
    """By the names under which backends refuse them."""
    readers = {"data": _fed, "train": _trained}
    return {
        name: Origin(spec.sections[section].source, span, {})
        for section, places in readers.items()
        if section in spec.sections
        for name, span in places(spec)
    }


def _fed(spec: BoundSpec) -> Iterator[tuple[str, Span]]:
    yield SOURCE, spec.sections["data"].spans["source"]
    for number, given in enumerate(spec.model.inputs):
        at = spec.at(input=number)
        if at.value("data", "scale") is not None:
            yield scale_place(given.name), at.span("data", "scale")


def _trained(spec: BoundSpec) -> Iterator[tuple[str, Span]]:
    yield OPTIMIZER, spec.sections["train"].spans["optimizer"]
    for number, output in enumerate(spec.model.outputs):
        at = spec.at(output=number)
        yield loss_place(output.name), at.span("train", "loss")
        if at.value("train", "metrics"):
            for place, span in enumerate(at.items("train", "metrics")):
                yield metric_place(output.name, place), span
