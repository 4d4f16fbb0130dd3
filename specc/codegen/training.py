"""Where the terms of data and training stand, alike for every backend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from specc.codegen.lowering import Lowerings, Refused
from specc.codegen.model.pieces import Refusal
from specc.codegen.python.expressions import Expr, raw
from specc.ir import Buildable
from specc.ops.base import Dims
from specc.terms import Term
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
    """Where an optimizer stands. rate: its learning rate in code."""

    rate: Expr = raw("config.learning_rate")


def sites(spec: Buildable) -> Iterator[tuple[str, Term, Any]]:
    """Every term of the training that backends lower: its place in the spec, and its site."""
    outputs = {}
    for number, each in enumerate(spec.train.losses):
        outputs[each.output] = OutputSite(spec.shape(number), each.loss)
        yield f"train.loss.{each.output}", each.loss, outputs[each.output]
    counts = dict.fromkeys(outputs, 0)
    for entry in spec.train.metrics:
        place = f"train.metrics.{entry.output}.{counts[entry.output]}"
        counts[entry.output] += 1
        yield place, entry.metric, outputs[entry.output]
    for stage in spec.train.stages:
        yield "train.optimizer", stage.optimizer, StageSite()


def refusals(spec: Buildable, lowerings: Lowerings) -> Iterator[Refusal]:
    """The terms of the training that a backend cannot express exactly."""
    for place, term, site in sites(spec):
        try:
            lowerings.lower(term, site)
        except Refused as refused:
            yield Refusal(place, refused.argument, refused.reason, refused.help)
