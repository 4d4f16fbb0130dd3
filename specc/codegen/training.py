"""Where the terms of data and training stand, alike for every backend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from specc.codegen.lowering import Lowerings, Refusal, Refused
from specc.codegen.python.expressions import Expr, raw
from specc.ir import Buildable
from specc.ops.base import Dims
from specc.places import train_terms
from specc.train.losses import Loss


@dataclass(frozen=True, slots=True)
class OutputSite:
    """Where a loss or a metric stands: an output of the model, its shape channels last.

    result, target: the output and what it is compared with, in code. column: a metric's name in
    histories.
    """

    shape: Dims
    loss: Loss
    result: Expr = raw("output")
    target: Expr = raw("y")
    column: str = ""


@dataclass(frozen=True, slots=True)
class StageSite:
    """Where an optimizer stands. rate: its learning rate in code. step: the number of the update,
    counted from 1, where a loop tells it. lean: in a script that rather has a line than a function.
    """

    rate: Expr = raw("config.learning_rate")
    step: Expr = raw("step")
    lean: bool = False


def output_sites(spec: Buildable) -> dict[str, OutputSite]:
    """Where the losses and metrics of each output stand."""
    return {
        each.output: OutputSite(spec.shape(number), each.loss)
        for number, each in enumerate(spec.train.losses)
    }


def sites(spec: Buildable) -> Iterator[Any]:
    """The site of every term of the training, in the order of `train_terms`."""
    outputs = output_sites(spec)
    yield from outputs.values()
    yield from (outputs[entry.output] for entry in spec.train.metrics)
    yield from (StageSite() for _ in spec.train.stages)


def refusals(spec: Buildable, lowerings: Lowerings) -> Iterator[Refusal]:
    """The terms of the training that a backend cannot express exactly."""
    for (place, term), site in zip(train_terms(spec), sites(spec), strict=True):
        try:
            lowerings.lower(term, site)
        except Refused as refused:
            yield Refusal(place, refused.argument, refused.reason, refused.help)
