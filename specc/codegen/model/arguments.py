"""What differs from use to use of a block becomes an argument: which, and how it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TypeGuard

from specc.codegen.model.skeleton import Number
from specc.codegen.python.expressions import Expr, Infix, Lit, Raw
from specc.codegen.python.names import Names, distinct

_SQUARE = re.compile(r"(\d+)(?:x\1)+")


@dataclass(frozen=True, slots=True)
class BlockArgument:
    """An argument of a block's class or function; values: one for each use."""

    name: str
    values: tuple[Number, ...]
    positional: bool = False
    """Whether a reader knows it by its place: the channels and the block's first parameter."""

    @property
    def type(self) -> str:
        return "int" if all(isinstance(value, int) for value in self.values) else "float"


@dataclass
class Arguments:
    """Chooses the arguments of one form of a block.

    parameters: the block's own, in order, each with its value in every use. channels: those of the
    first input.
    """

    parameters: dict[str, tuple[Number, ...]]
    channels: tuple[int, ...]
    names: Names

    def __post_init__(self) -> None:
        self.chosen: dict[str, BlockArgument] = {}
        self.extra: list[str] = []
        self.written: dict[tuple[Number, ...], Expr] = {}
        self.labels = distinct(self.parameters, self.names.others)
        self.channel_label = ""

    def expression(self, column: tuple[Number, ...], layer: str, argument: str) -> Expr:
        """What stands in the column's place: a number that never differs stays one."""
        first = column[0]
        if all(value == first for value in column):
            return Lit(first)
        if column not in self.written:
            self.written[column] = self._find(column) or self._new(column, layer, argument)
        return self.written[column]

    def ordered(self) -> list[BlockArgument]:
        """The channels, the block's parameters in their order, the rest as they were met."""
        names = [self.channel_label, *self.labels.values(), *self.extra]
        return [self.chosen[name] for name in names if name in self.chosen]

    def constants(self) -> dict[str, Number]:
        """The parameters that have one value in all uses."""
        return {name: v[0] for name, v in self.parameters.items() if len(set(v)) == 1}

    def _find(self, column: tuple[Number, ...]) -> Expr | None:
        sources = list(self._sources())
        for name, values in sources:
            if values == column and type(values[0]) is type(column[0]):
                return self._use(name, values)
        if not _whole(column):
            return None
        whole = [(name, values) for name, values in sources if _whole(values)]
        for name, values in whole:
            ratio = _ratio(column, values)
            if ratio is not None:
                return Infix("*", (Lit(ratio), self._use(name, values)))
        for (name, values), (other, factors) in combinations(whole, 2):
            if all(a * b == c for a, b, c in zip(values, factors, column, strict=True)):
                return Infix("*", (self._use(name, values), self._use(other, factors)))
        for name, values in whole:
            # The padding that keeps the size under an odd window.
            if all((value - 1) // 2 == c for value, c in zip(values, column, strict=True)):
                return Raw(f"({self._use(name, values)} - 1) // 2")
        return None

    def _sources(self) -> Iterator[tuple[str, tuple[Number, ...]]]:
        """What a column may depend on: parameters and channels that differ themselves."""
        for name, values in self.parameters.items():
            if len(set(values)) > 1:
                yield name, values
        if len(set(self.channels)) > 1:
            yield "", self.channels

    def _use(self, source: str, values: tuple[Number, ...]) -> Raw:
        if source:
            label = self.labels[source]
        else:
            label = self.channel_label = self.channel_label or self.names.new("channels")
        known = not source or source == next(iter(self.parameters))
        self.chosen.setdefault(label, BlockArgument(label, values, known))
        return Raw(label)

    def _new(self, column: tuple[Number, ...], layer: str, argument: str) -> Raw:
        name = self.names.new(f"{layer}_{argument}")
        self.chosen[name] = BlockArgument(name, column)
        self.extra.append(name)
        return Raw(name)


def _whole(column: tuple[Number, ...]) -> TypeGuard[tuple[int, ...]]:
    return all(isinstance(value, int) for value in column)


def _ratio(column: tuple[int, ...], values: tuple[int, ...]) -> int | None:
    """The whole number above 1 that makes one column of the other."""
    ratio = column[0] // values[0] if values[0] else 0
    if ratio > 1 and all(value * ratio == c for value, c in zip(values, column, strict=True)):
        return ratio
    return None


def as_number(value: bool | int | float | str | None) -> Number | None:
    """A parameter's value as the number that a constructor would be given: `3x3` is 3, `2x3` and
    words are none.
    """
    if isinstance(value, str):
        square = _SQUARE.fullmatch(value)
        return int(square[1]) if square else None
    return None if isinstance(value, bool) else value
