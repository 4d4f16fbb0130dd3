"""Where the terms of the sections stand, for what is said of them after they are bound."""

from __future__ import annotations

from collections.abc import Iterator

from specc.bind.ground.graph import Origin
from specc.bind.sections.check import BoundSpec
from specc.places import OPTIMIZER, SCALE, SOURCE, loss_place, metric_place
from specc.source import Span


def term_places(spec: BoundSpec) -> dict[str, Origin]:
    """By the names under which backends refuse them."""
    found: dict[str, Origin] = {}
    for section, places in (("data", _fed), ("train", _trained)):
        if section in spec.sections:
            source = spec.sections[section].source
            found |= {name: Origin(source, span, {}) for name, span in places(spec)}
    return found


def _fed(spec: BoundSpec) -> Iterator[tuple[str, Span]]:
    spans = spec.sections["data"].spans
    yield SOURCE, spans["source"]
    yield SCALE, spans.get("scale", spans["source"])


def _trained(spec: BoundSpec) -> Iterator[tuple[str, Span]]:
    yield OPTIMIZER, spec.sections["train"].spans["optimizer"]
    for number, output in enumerate(spec.model.outputs):
        at = spec.at(output=number)
        yield loss_place(output.name), at.span("train", "loss")
        if at.value("train", "metrics"):
            for place, span in enumerate(at.items("train", "metrics")):
                yield metric_place(output.name, place), span
