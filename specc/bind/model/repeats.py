"""The rounds of a `repeat`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from specc.bind.ground.describe import describe
from specc.bind.ground.graph import Poison
from specc.bind.ground.report import Failed, Report
from specc.bind.values.evaluator import Evaluator
from specc.kinds import Range
from specc.syntax import List, Repeat

MOST_ROUNDS = 100_000


def rounds(statement: Repeat, evaluator: Evaluator, report: Report) -> Iterator[tuple[Any, ...]]:
    """The values of the names in each round."""
    over = evaluator.value(statement.over)
    if isinstance(over, Poison):
        raise Failed
    wrong = _Wrong(statement, evaluator, report)
    items = wrong.items(over)
    if len(items) > MOST_ROUNDS:
        report.stop(
            "this repeats too often",
            evaluator.source,
            statement.over.span,
            expected=f"at most {MOST_ROUNDS:,} rounds",
            found=f"{len(items):,}",
        )
    if not statement.names:
        return iter(((),) * len(items))
    # All rows before the first round: a wrong one far down is found whatever the body does.
    return iter([wrong.row(index, item) for index, item in enumerate(items)])


class _Wrong:
    def __init__(self, statement: Repeat, evaluator: Evaluator, report: Report) -> None:
        self.statement, self.evaluator, self.report = statement, evaluator, report

    def fail(self, message: str, value: Any, helped: str | None = None) -> NoReturn:
        over = self.statement.over
        self.report.fail(
            "E0331",
            message,
            self.evaluator.source,
            over.span,
            found=describe(value),
            help=helped,
        )

    def items(self, over: Any) -> range | tuple[Any, ...]:
        if isinstance(over, str):
            from specc.bind.advice.unknown_names import unknown_item

            unknown_item(self.evaluator, self.statement.over, over)
        if isinstance(over, Range) and not (type(over.low) is int and type(over.high) is int):
            self.fail("a range to repeat over has whole ends", over)
        if not self.statement.names:
            if type(over) is not int or over < 0:
                listed = isinstance(over, tuple | Range)
                self.fail(
                    "a repeat needs a whole number of at least 0",
                    over,
                    f"write `repeat i in {_written(self)} {{ ... }}`" if listed else None,
                )
            return range(over)
        if isinstance(over, Range):
            if over.high - over.low > MOST_ROUNDS:
                # len() of a longer range would not fit a machine word.
                return range(min(int(over.high - over.low) + 1, 2**31))
            return range(int(over.low), int(over.high) + 1)
        if not isinstance(over, tuple):
            helped = f"write `repeat i in 1..{over} {{ ... }}`" if type(over) is int else None
            self.fail("a repeat with names needs a list or a range", over, helped)
        return over

    def row(self, index: int, item: Any) -> tuple[Any, ...]:
        count = len(self.statement.names)
        row = item if isinstance(item, tuple) and (count > 1 or len(item) == 1) else (item,)
        if len(row) != count:
            over = self.statement.over
            span = over.items[index].span if isinstance(over, List) else over.span
            self.report.fail(
                "E0331",
                "each row must have one value for each name",
                self.evaluator.source,
                span,
                expected=f"{count} values",
                found=f"{len(row)}",
            )
        return row


def _written(wrong: _Wrong) -> str:
    span = wrong.statement.over.span
    text = wrong.evaluator.source.text[span.start : span.end]
    return text if len(text) < 40 else "[...]"
