"""The inputs of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specc.bind.ground.describe import describe
from specc.bind.ground.graph import POISON, InputValue, Origin, Poison, Value
from specc.bind.ground.report import Failed
from specc.bind.model.frames import Frame
from specc.diagnostics.model import Related
from specc.kinds import Mismatch, Sizes
from specc.ops.ranks import AXES
from specc.syntax import Input

if TYPE_CHECKING:
    from specc.bind.model.expand import Expander

MOST_AXES = max(AXES)


def make_input(
    expander: Expander, statement: Input, value: Value | None, frame: Frame
) -> Value | None:
    """Add an input; the only one so far, before any layer, begins the model's chain."""
    name = statement.name.text if statement.name else "input"
    made: Value = POISON
    try:
        shape = _shape(expander, statement, frame)
        made = InputValue(name, shape, Origin(frame.source, statement.span, {}))
        expander.applier.limit(shape, made.origin)
        _alone(expander, statement, frame)
    finally:
        if statement.name:
            frame.scope.define(statement.name, "input", made, expander.report)
        else:
            frame.scope.bind("input", made, statement.span)
    graph = expander.graph
    graph.inputs.append(made)
    return made if value is None and len(graph.inputs) == 1 else None


def _shape(expander: Expander, statement: Input, frame: Frame) -> tuple[int, ...]:
    evaluator = expander.evaluator(frame)
    shape = evaluator.value(statement.value)
    span = statement.value.span
    if isinstance(shape, Poison):
        raise Failed
    try:
        shape = Sizes().accept(shape)
    except Mismatch as mismatch:
        from specc.bind.advice.unknown_names import unknown_item

        unknown_item(evaluator, statement.value, shape)
        expander.report.fail(
            "E0327",
            "the sizes of a shape begin at 1" if mismatch.out_of_range else "this is not a shape",
            frame.source,
            span,
            expected=mismatch.expected,
            found=describe(shape),
        )
    if len(shape) > MOST_AXES:
        expander.report.fail(
            "E0327",
            "an input has at most four axes",
            frame.source,
            span,
            expected="depth x height x width x channels, height x width x channels, "
            "length x channels, or a number of columns",
            found=f"{len(shape)} axes",
            help="the batch is not part of it",
        )
    return shape


def _alone(expander: Expander, statement: Input, frame: Frame) -> None:
    """Several inputs are told apart by their names."""
    for earlier in expander.graph.inputs:
        if statement.name is None or earlier.name == "input":
            expander.report.fail(
                "E0333",
                "several inputs need names",
                frame.source,
                statement.span,
                related=(Related(earlier.origin.source, earlier.origin.span, "the other input"),),
                help="write `input image: 64x64x3`",
            )
