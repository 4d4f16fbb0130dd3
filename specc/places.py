"""The terms of a spec that backends lower, and what the places of those in sections are called.

No value of a model can have such a name.
"""

from __future__ import annotations

from collections.abc import Iterator

from specc.ir import Buildable, Spec
from specc.terms import Term

OPTIMIZER = "@train.optimizer"
SOURCE = "@data.source"


def loss_place(output: str) -> str:
    return f"@train.loss.{output}"


def metric_place(output: str, number: int) -> str:
    return f"@train.metrics.{output}.{number}"


def scale_place(given: str) -> str:
    return f"@data.scale.{given}"


def terms(spec: Spec, trained: bool) -> Iterator[tuple[str, Term]]:
    """Each with its place: a layer's is the name of its node. trained: the training's too."""
    for node in spec.model.nodes:
        yield node.name, node.op
    if trained and isinstance(spec, Buildable):
        yield from train_terms(spec)


def train_terms(spec: Buildable) -> Iterator[tuple[str, Term]]:
    """The terms of the training: losses, metrics, optimizers."""
    for each in spec.train.losses:
        yield loss_place(each.output), each.loss
    counts = {each.output: 0 for each in spec.train.losses}
    for entry in spec.train.metrics:
        yield metric_place(entry.output, counts[entry.output]), entry.metric
        counts[entry.output] += 1
    for stage in spec.train.stages:
        yield OPTIMIZER, stage.optimizer


def part_terms(spec: Buildable) -> Iterator[tuple[str, str, Term]]:
    """The terms that become calls of parts, alike in every backend: initializers, with the argument
    of the layer that they stand in, source and scalings."""
    for node in spec.model.nodes:
        for argument, value in node.op:
            if isinstance(value, Term) and value.category == "initializer":
                yield node.name, argument, value
    yield SOURCE, "", spec.data.source
    for each in spec.data.inputs:
        if each.scaling is not None:
            yield scale_place(each.input), "", each.scaling
