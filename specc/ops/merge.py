"""Layers that join several values into one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from specc.kinds import Word
from specc.ops.base import Case, Dims, Layer, Problem
from specc.ops.ranks import PICTURE, VECTOR, axes_of, described, written
from specc.terms import arg


class _Joined(Layer):
    arity: ClassVar[tuple[int, int | None]] = (2, None)
    joined_by: ClassVar[str]

    def both(self, one: Dims, other: Dims) -> Dims | None:
        """The shape of two values joined, or None where they do not fit."""
        if one == other or other == _one_place(one):
            return one
        return other if one == _one_place(other) else None

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        whole = inputs[0]
        for index, dims in enumerate(inputs):
            joined = self.both(whole, dims)
            if joined is None:
                message = f"{written(whole)} and {written(dims)} cannot be {self.joined_by}"
                yield unequal(message, whole, dims, index)
                return
            whole = joined

    def output_shape(self, *inputs: Dims) -> Dims:
        return tuple(map(max, *inputs))


class Add(_Joined):
    """The sum of values of one shape: `y = a + b + ...`.

    A value of one place, such as 1x1xchannels beside a picture, is added to every place.
    """

    label: ClassVar[str] = "add"
    joined_by: ClassVar[str] = "added"

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Add", (3, 4, 2), (3, 4, 2)),
        Case("Add", (5,), (5,), (5,)),
        Case("Add", (4, 3), (4, 3)),
        Case("Add", (3, 4, 2), (1, 1, 2)),
        Case("Add", (1, 3), (4, 3), (1, 3)),
        Case("Add", (2, 3, 2, 2), (1, 1, 1, 2)),
    )


class Subtract(_Joined):
    """The first value less the second: `y = a - b`, both of one shape.

    A value of one place, such as 1x1xchannels beside a picture, stands for every place.
    """

    label: ClassVar[str] = "subtract"
    foreign: ClassVar[tuple[str, ...]] = ("Sub",)
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    joined_by: ClassVar[str] = "subtracted"

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Subtract", (3, 4, 2), (3, 4, 2)),
        Case("Subtract", (5,), (5,)),
        Case("Subtract", (4, 3), (4, 3)),
        Case("Subtract", (3, 4, 2), (1, 1, 2)),
        Case("Subtract", (1, 3), (4, 3)),
    )


class Multiply(_Joined):
    """The product of values of one shape: `y = a * b * ...`.

    An axis of size 1 fits any size. So beside a picture (height, width, channels) a value of
    1x1xchannels scales each channel, and one of height x width x 1 each place.
    """

    label: ClassVar[str] = "multiply"
    foreign: ClassVar[tuple[str, ...]] = ("Mul",)
    joined_by: ClassVar[str] = "multiplied"

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Multiply", (3, 4, 2), (3, 4, 2)),
        Case("Multiply", (3, 4, 2), (1, 1, 2)),
        Case("Multiply", (1, 1, 2), (3, 4, 2), (1, 1, 2)),
        Case("Multiply", (3, 4, 2), (3, 4, 1)),
        Case("Multiply", (3, 1, 2), (1, 4, 1)),
        Case("Multiply", (5,), (5,), (5,)),
        Case("Multiply", (4,), (1,)),
        Case("Multiply", (4, 3), (4, 3)),
        Case("Multiply", (1, 3), (4, 1)),
        Case("Multiply", (2, 3, 2, 2), (1, 1, 1, 2)),
    )

    def both(self, one: Dims, other: Dims) -> Dims | None:
        if len(one) != len(other):
            return None
        fits = all(a == b or 1 in (a, b) for a, b in zip(one, other, strict=True))
        return tuple(map(max, one, other)) if fits else None


class Concat(Layer):
    """Values side by side along one axis, in their order; all other axes must agree.

    Where a has n cells along it, `y[i] = a[i]` for i below n, and `y[n + i] = b[i]`.
    """

    label: ClassVar[str] = "concat"
    foreign: ClassVar[tuple[str, ...]] = ("Concatenate", "cat", "concatenate")
    arity: ClassVar[tuple[int, int | None]] = (2, None)

    axis: Annotated[
        Literal["channels", "height", "width", "length", "depth"],
        Word("channels", "height", "width", "length", "depth"),
    ] = arg("the axis that grows", default="channels", foreign=("dim",))

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Concat", (3, 4, 2), (3, 4, 1), (3, 4, 3)),
        Case("Concat(height)", (3, 4, 2), (1, 4, 2)),
        Case("Concat(height)", (2, 3, 2), (2, 3, 2)),
        Case("Concat(axis=width)", (3, 4, 2), (3, 1, 2)),
        Case("Concat", (5,), (1,)),
        Case("Concat", (4, 3), (4, 2)),
        Case("Concat(length)", (4, 3), (2, 3)),
        Case("Concat", (2, 3, 4, 1), (2, 3, 4, 2)),
        Case("Concat(depth)", (2, 3, 4, 2), (1, 3, 4, 2)),
        Case("Concat(width)", (2, 3, 4, 2), (2, 3, 1, 2)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        first = inputs[0]
        if self.axis not in axes_of(first):
            yield Problem(
                "E0308",
                f"{described(first)} has no axis `{self.axis}`",
                field="axis",
                label="no such axis",
                expected=" or ".join(f"`{axis}`" for axis in axes_of(first)),
                found=f"`{self.axis}`",
            )
            return
        at = axes_of(first).index(self.axis)
        for index, dims in enumerate(inputs):
            if len(dims) != len(first) or _without(dims, at) != _without(first, at):
                yield Problem(
                    "E0307",
                    f"{written(first)} and {written(dims)} cannot be joined along `{self.axis}`",
                    label=f"all axes but `{self.axis}` must agree",
                    expected=_pattern(first, at),
                    found=written(dims),
                    at_input=index,
                )
                return

    def output_shape(self, *inputs: Dims) -> Dims:
        at = axes_of(inputs[0]).index(self.axis)
        return (*inputs[0][:at], sum(dims[at] for dims in inputs), *inputs[0][at + 1 :])


def unequal(message: str, wanted: Dims, dims: Dims, index: int) -> Problem:
    helped = None
    if len(wanted) > len(dims) == VECTOR and wanted[-1:] == dims:
        place = "1, " * (len(wanted) - 1)
        helped = f"`Reshape(({place}{dims[0]}))` makes one place of the vector"
    elif len(wanted) == len(dims) == PICTURE and wanted[:2] == dims[:2]:
        helped = f"bring both to the same channels, say with `Conv2D({wanted[2]}, 1x1)`"
    return Problem(
        "E0306",
        message,
        label="needs equal shapes",
        expected=written(wanted),
        found=written(dims),
        help=helped,
        at_input=index,
    )


def _one_place(dims: Dims) -> Dims:
    """The shape of a single place of a value: the same channels."""
    return (*(1,) * (len(dims) - 1), dims[-1])


def _without(dims: Dims, at: int) -> Dims:
    return dims[:at] + dims[at + 1 :]


def _pattern(dims: Dims, at: int) -> str:
    """`3x4xany`: what a value must look like to be joined to one of `dims`."""
    return "x".join("any" if place == at else str(size) for place, size in enumerate(dims))
