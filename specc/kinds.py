"""What kind of value an argument takes: accepts a value of the language, says what it expected
otherwise.

A kind stands in an annotation (`Annotated[int, Whole(1)]`), so that the binder, pydantic, the
reference pages and the "did you mean" all read the same object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

LARGEST = 2**31 - 1
"""No count of the language is larger: frameworks index with 32 bits in places."""


class Text(str):
    """A quoted string of the spec, as opposed to a bare word."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Percent:
    """`80%`; number is 80.0."""

    number: float

    def __str__(self) -> str:
        return f"{self.number:g}%"


@dataclass(frozen=True, slots=True)
class Quantity:
    """`5 epochs`."""

    amount: int | float | Percent
    unit: str

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


@dataclass(frozen=True, slots=True)
class Range:
    """`0..1`."""

    low: int | float
    high: int | float

    def __str__(self) -> str:
        return f"{self.low}..{self.high}"


class Mismatch(ValueError):
    """A value that an argument cannot take. `in_range` says that only its size is wrong."""

    def __init__(self, expected: str, *, out_of_range: bool = False) -> None:
        super().__init__(f"expected {expected}")
        self.expected = expected
        self.out_of_range = out_of_range


class Kind:
    """Base: `accept` turns a value into what the field holds, and leaves a held value as it is."""

    words: tuple[str, ...] = ()
    """The bare words it takes; an argument without a name binds to the field that takes its
    word."""
    expected: str

    def accept(self, value: Any) -> Any:
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self.accept, handler(source))


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number."""

    low: int = 1
    high: int = LARGEST

    @property
    def expected(self) -> str:  # type: ignore[override]
        if self.high != LARGEST:
            return f"a whole number from {self.low} to {self.high}"
        return f"a whole number of at least {self.low}"

    def accept(self, value: Any) -> int:
        if type(value) is not int:
            raise Mismatch(self.expected)
        if not self.low <= value <= self.high:
            raise Mismatch(self.expected, out_of_range=True)
        return value


@dataclass(frozen=True)
class Number(Kind):
    """A number between low and high; `above` and `below` leave that end out. A percentage counts as
    its hundredth."""

    low: float | None = None
    high: float | None = None
    above: bool = False
    below: bool = False

    @property
    def expected(self) -> str:  # type: ignore[override]
        if self.low is None and self.high is None:
            return "a number"
        parts = []
        if self.low is not None:
            parts.append(f"{'above' if self.above else 'of at least'} {self.low:g}")
        if self.high is not None:
            parts.append(f"{'below' if self.below else 'of at most'} {self.high:g}")
        return "a number " + " and ".join(parts)

    def accept(self, value: Any) -> float:
        if isinstance(value, Percent):
            value = value.number / 100
        if type(value) not in (int, float):
            raise Mismatch(self.expected)
        low, high = self.low, self.high
        if low is not None and (value < low or (self.above and value == low)):
            raise Mismatch(self.expected, out_of_range=True)
        if high is not None and (value > high or (self.below and value == high)):
            raise Mismatch(self.expected, out_of_range=True)
        return float(value)


@dataclass(frozen=True)
class Boolean(Kind):
    """`true` or `false`."""

    expected: str = "`true` or `false`"

    def accept(self, value: Any) -> bool:
        if type(value) is not bool:
            raise Mismatch(self.expected)
        return value


@dataclass(frozen=True, init=False)
class Word(Kind):
    """One of a closed set of bare words."""

    words: tuple[str, ...]

    def __init__(self, *words: str) -> None:
        object.__setattr__(self, "words", words)

    @property
    def expected(self) -> str:  # type: ignore[override]
        return "one of " + ", ".join(f"`{word}`" for word in self.words)

    def accept(self, value: Any) -> str:
        if not isinstance(value, str) or isinstance(value, Text) or value not in self.words:
            raise Mismatch(self.expected)
        return value


@dataclass(frozen=True)
class Extent(Kind):
    """One whole number for each of `rank` axes: `3x3`, `(3, k)`, or one number for all."""

    rank: int
    low: int = 1

    @property
    def expected(self) -> str:  # type: ignore[override]
        example = "x".join("3" * self.rank) if self.rank > 1 else "3"
        return f"a size such as `{example}`, each number at least {self.low}"

    def accept(self, value: Any) -> tuple[int, ...]:
        numbers = (value,) * self.rank if type(value) is int else value
        if not isinstance(numbers, tuple) or any(type(n) is not int for n in numbers):
            raise Mismatch(self.expected)
        if len(numbers) != self.rank:
            raise Mismatch(f"{self.rank} numbers, one for each axis, or one for all")
        if any(not self.low <= n <= LARGEST for n in numbers):
            raise Mismatch(self.expected, out_of_range=True)
        return numbers


@dataclass(frozen=True)
class Pads(Kind):
    """Cells added before and after each of `rank` axes: `1`, `(1, 2)`, `((0, 1), (0, 1))`; or one
    of the words."""

    rank: int
    words: tuple[str, ...] = ()

    @property
    def expected(self) -> str:  # type: ignore[override]
        numbers = {
            1: "a number of cells, or (before, after)",
            2: "a number of cells, (vertical, horizontal), or ((top, bottom), (left, right))",
        }.get(self.rank, "a number of cells, one for each axis, or (before, after) for each axis")
        return ", ".join([*(f"`{word}`" for word in self.words), numbers])

    def accept(self, value: Any) -> str | tuple[tuple[int, int], ...]:
        if isinstance(value, str) and not isinstance(value, Text) and value in self.words:
            return value
        if type(value) is int:
            value = (value,) * self.rank
        if (
            self.rank == 1
            and isinstance(value, tuple)
            and len(value) == 2
            and type(value[0]) is int
        ):
            value = (value,)
        if not isinstance(value, tuple) or len(value) != self.rank:
            raise Mismatch(self.expected)
        pads = tuple((pad, pad) if type(pad) is int else pad for pad in value)
        for pad in pads:
            if not isinstance(pad, tuple) or [type(n) for n in pad] != [int, int]:
                raise Mismatch(self.expected)
            if any(not 0 <= n <= LARGEST for n in pad):
                raise Mismatch("a whole number of at least 0 for each side", out_of_range=True)
        return pads


@dataclass(frozen=True)
class Sizes(Kind):
    """A shape of any rank: `64x64x3`, `(4, k)`, `10`."""

    low: int = 1
    expected: str = "a shape such as `64x64x3`, `(size, size, 3)` or `10`"

    def accept(self, value: Any) -> tuple[int, ...]:
        numbers = (value,) if type(value) is int else value
        if (
            not isinstance(numbers, tuple)
            or not numbers
            or any(type(n) is not int for n in numbers)
        ):
            raise Mismatch(self.expected)
        if any(not self.low <= n <= LARGEST for n in numbers):
            raise Mismatch(self.expected, out_of_range=True)
        return numbers


@dataclass(frozen=True)
class Quoted(Kind):
    """A quoted string: a path, a column's name."""

    expected: str = "a quoted string"

    def accept(self, value: Any) -> str:
        # A plain `str` comes from JSON; the binder hands over `Text` for a quoted string.
        if not isinstance(value, str):
            raise Mismatch(self.expected)
        return str(value)


@dataclass(frozen=True)
class Many(Kind):
    """A list of values of one kind; a single value is a list of one."""

    item: Kind
    low: int = 0

    @property
    def expected(self) -> str:  # type: ignore[override]
        return f"a list, each item {self.item.expected}"

    def accept(self, value: Any) -> tuple[Any, ...]:
        items = value if isinstance(value, tuple) else (value,)
        if len(items) < self.low:
            raise Mismatch(f"at least {self.low} items", out_of_range=True)
        return tuple(self.item.accept(item) for item in items)


@dataclass(frozen=True)
class Maybe(Kind):
    """A value of another kind, or nothing: None is the default and cannot be written."""

    item: Kind

    @property
    def expected(self) -> str:  # type: ignore[override]
        return self.item.expected

    def accept(self, value: Any) -> Any:
        return None if value is None else self.item.accept(value)


@dataclass(frozen=True)
class Keywords(Kind):
    """What the arguments of a call that are no field of its own hold: pairs of name and value."""

    item: Kind

    @property
    def expected(self) -> str:  # type: ignore[override]
        return self.item.expected

    def accept(self, value: Any) -> tuple[tuple[str, Any], ...]:
        return tuple((str(name), self.item.accept(each)) for name, each in value)


Count: TypeAlias = Annotated[int, Whole(1)]
Bool: TypeAlias = Annotated[bool, Boolean()]
Single: TypeAlias = Annotated[tuple[int], Extent(1)]
Pair: TypeAlias = Annotated[tuple[int, int], Extent(2)]
Triple: TypeAlias = Annotated[tuple[int, int, int], Extent(3)]
Rate: TypeAlias = Annotated[float, Number(0, 1, below=True)]
Positive: TypeAlias = Annotated[float, Number(0, above=True)]
NotNegative: TypeAlias = Annotated[float, Number(0)]
Real: TypeAlias = Annotated[float, Number()]
Shape: TypeAlias = Annotated[tuple[int, ...], Sizes()]
String: TypeAlias = Annotated[str, Quoted()]
_Pad: TypeAlias = tuple[int, int]
Pads1D: TypeAlias = Annotated[tuple[_Pad], Pads(1)]
Pads2D: TypeAlias = Annotated[tuple[_Pad, _Pad], Pads(2)]
Pads3D: TypeAlias = Annotated[tuple[_Pad, _Pad, _Pad], Pads(3)]
_Usual: TypeAlias = Literal["valid", "same"]
_USUAL = ("valid", "same")
Padding1D: TypeAlias = Annotated[_Usual | tuple[_Pad], Pads(1, _USUAL)]
Padding2D: TypeAlias = Annotated[_Usual | tuple[_Pad, _Pad], Pads(2, _USUAL)]
Padding3D: TypeAlias = Annotated[_Usual | tuple[_Pad, _Pad, _Pad], Pads(3, _USUAL)]
CausalPadding1D: TypeAlias = Annotated[
    Literal["valid", "same", "causal"] | tuple[_Pad], Pads(1, (*_USUAL, "causal"))
]
_Pooled: TypeAlias = Literal["valid", "same", "ceil"]
_POOLED = (*_USUAL, "ceil")
PoolPadding1D: TypeAlias = Annotated[_Pooled | tuple[_Pad], Pads(1, _POOLED)]
PoolPadding2D: TypeAlias = Annotated[_Pooled | tuple[_Pad, _Pad], Pads(2, _POOLED)]
PoolPadding3D: TypeAlias = Annotated[_Pooled | tuple[_Pad, _Pad, _Pad], Pads(3, _POOLED)]
ExtraSingle: TypeAlias = Annotated[tuple[int] | None, Maybe(Extent(1, 0))]
ExtraPair: TypeAlias = Annotated[tuple[int, int] | None, Maybe(Extent(2, 0))]
ExtraTriple: TypeAlias = Annotated[tuple[int, int, int] | None, Maybe(Extent(3, 0))]
