"""A loss is weighed, and a penalty added to it, as a whole, whatever expression it is."""

from __future__ import annotations

import pytest

from specc.codegen.python.expressions import Infix, call, operand, raw
from specc.codegen.script import run
from specc.codegen.script.pieces import assigned


@pytest.mark.parametrize("text", ["a + b", "a - b", "-a", "a % b", "a if b else 8", "max(a, b)"])
def test_a_weight_and_a_penalty_count_for_the_whole_loss(text: str) -> None:
    values = {"a": 3.0, "b": 5.0, "c": 7.0}
    whole = eval(text, {}, values)
    weighted = run.weighted(raw(text), 0.5)
    assert eval(weighted.text(), {}, values) == 0.5 * whole
    added = Infix("+", (operand(raw(text), "+"), raw("c")))
    assert eval(added.text(), {}, values) == whole + 7
    both = Infix("+", (operand(weighted, "+"), raw("c")))
    assert eval(both.text(), {}, values) == 0.5 * whole + 7


def test_what_is_whole_gets_no_parentheses() -> None:
    weighted = run.weighted(call("F.mse_loss", raw("output"), raw("y")), 2.0)
    assert weighted.text() == "2.0 * F.mse_loss(output, y)"
    assert operand(weighted, "+") is weighted


def test_a_sum_that_is_weighed_breaks_inside_its_parentheses() -> None:
    """As a formatter would break it."""
    means = [call("F.some_function", *map(raw, ("output", "target_number", n))) for n in "ab"]
    (statement,) = [assigned("loss", run.weighted(Infix("+", tuple(means)), 0.5))]
    assert statement(1) == [
        "    loss = 0.5 * (",
        f"        {means[0]} + {means[1]}",
        "    )",
    ]
