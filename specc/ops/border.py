"""Layers that add cells around a value or cut them off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar

from specc.kinds import Pads1D, Pads2D, Pads3D, Pair
from specc.ops.base import Case, Dims, Layer, Problem
from specc.ops.geometry import Pad
from specc.ops.ranks import PICTURE, SEQUENCE, VOLUME, written, wrong_rank
from specc.terms import arg

PadsT = TypeVar("PadsT", bound=tuple[Pad, ...])


class _ZeroPad(Layer, Generic[PadsT]):
    # Not `pad`: so Keras calls its function, where a pool needs it.
    label: ClassVar[str] = "padding"
    rank: ClassVar[int]

    padding: PadsT = arg("zeros on each side: one number, one for each axis, or (before, after)")

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        yield from wrong_rank(self, inputs[0], self.rank)

    def output_shape(self, *inputs: Dims) -> Dims:
        sizes = zip(inputs[0][:-1], self.padding, strict=True)
        return (*(size + sum(pad) for size, pad in sizes), inputs[0][-1])


class ZeroPad1D(_ZeroPad[Pads1D]):
    """Zeros around a sequence: (before + length + after, channels).

    `y[before + i, c] = x[i, c]`, and 0 elsewhere.
    """

    foreign: ClassVar[tuple[str, ...]] = ("ZeroPadding1D", "ZeroPad1d")
    rank: ClassVar[int] = SEQUENCE
    cases: ClassVar[tuple[Case, ...]] = (
        Case("ZeroPad1D(1)", (3, 2)),
        Case("ZeroPad1D((2, 0))", (1, 1)),
        Case("ZeroPad1D((0, 3))", (4, 3)),
    )


class ZeroPad2D(_ZeroPad[Pads2D]):
    """Zeros around a picture: (height + top + bottom, width + left + right, channels).

    `y[top + i, left + j, c] = x[i, j, c]`, and 0 elsewhere.
    """

    foreign: ClassVar[tuple[str, ...]] = ("ZeroPadding2D", "ZeroPad2d")
    rank: ClassVar[int] = PICTURE

    padding: Pads2D = arg("zeros on each side: `1`, `(1, 2)` or `((top, bottom), (left, right))`")

    cases: ClassVar[tuple[Case, ...]] = (
        Case("ZeroPad2D(1)", (3, 4, 2)),
        Case("ZeroPad2D((2, 0))", (1, 1, 1)),
        Case("ZeroPad2D(((0, 1), (2, 3)))", (3, 2, 2)),
    )


class ZeroPad3D(_ZeroPad[Pads3D]):
    """Zeros around a volume, on both ends of depth, height and width.

    `y[front + h, top + i, left + j, c] = x[h, i, j, c]`, and 0 elsewhere.
    """

    foreign: ClassVar[tuple[str, ...]] = ("ZeroPadding3D", "ZeroPad3d")
    rank: ClassVar[int] = VOLUME
    cases: ClassVar[tuple[Case, ...]] = (
        Case("ZeroPad3D(1)", (2, 3, 2, 2)),
        Case("ZeroPad3D((2, 0, 1))", (1, 1, 1, 1)),
        Case("ZeroPad3D(((0, 1), (2, 3), (1, 0)))", (3, 2, 2, 2)),
    )


class ChannelPad(Layer):
    """Channels of zeros before and after those of each place: (..., before + channels + after).

    With `Slice` of every other row and column it is the shortcut without weights of the first
    residual networks (He et al. 2015, option A).
    """

    label: ClassVar[str] = "padding"

    padding: Pads1D = arg("channels of zeros on each side: one number, or (before, after)")

    cases: ClassVar[tuple[Case, ...]] = (
        Case("ChannelPad(2)", (3, 4, 3)),
        Case("ChannelPad((0, 3))", (1, 1, 1)),
        Case("ChannelPad((1, 2))", (4, 3)),
        Case("ChannelPad((2, 1))", (5,)),
        Case("ChannelPad((1, 0))", (2, 3, 2, 2)),
    )

    def output_shape(self, *inputs: Dims) -> Dims:
        return (*inputs[0][:-1], inputs[0][-1] + sum(self.padding[0]))


class _ReflectionPad(Layer, Generic[PadsT]):
    label: ClassVar[str] = "padding"
    rank: ClassVar[int]

    padding: PadsT = arg("cells on each side: one number, one for each axis, or (before, after)")

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != self.rank:
            yield from wrong_rank(self, x, self.rank)
            return
        widest = tuple(max(pad) for pad in self.padding)
        most = tuple(size - 1 for size in x[:-1])
        if any(pad > size for pad, size in zip(widest, most, strict=True)):
            yield Problem(
                "E0303",
                f"the {written(x)} input has too few cells to reflect",
                field="padding",
                label=f"padding is {written(widest)}",
                expected=f"at most {written(most)}",
                found=written(widest),
                help="the cell at the border is not repeated, so one less than the size",
            )

    def output_shape(self, *inputs: Dims) -> Dims:
        sizes = zip(inputs[0][:-1], self.padding, strict=True)
        return (*(size + sum(pad) for size, pad in sizes), inputs[0][-1])


class ReflectionPad1D(_ReflectionPad[Pads1D]):
    """The cells behind each end of a sequence, mirrored: 2 in front turns `a b c` into `c b a b c`.

    `y[i, c] = x[m(i - before, length), c]` with `m(p, n) = n - 1 - abs(n - 1 - abs(p))`.
    (length, channels) becomes (before + length + after, channels).
    """

    foreign: ClassVar[tuple[str, ...]] = ("ReflectionPad1d",)
    rank: ClassVar[int] = SEQUENCE
    cases: ClassVar[tuple[Case, ...]] = (
        Case("ReflectionPad1D(1)", (3, 2)),
        Case("ReflectionPad1D((2, 0))", (3, 1)),
        Case("ReflectionPad1D((0, 3))", (4, 3)),
        Case("ReflectionPad1D(0)", (1, 1)),
    )


class ReflectionPad2D(_ReflectionPad[Pads2D]):
    """The cells behind each border of a picture, mirrored; those at the border are not repeated.

    `y[i, j, c] = x[m(i - top, height), m(j - left, width), c]`, m as in `ReflectionPad1D`.
    (height, width, channels) becomes (top + height + bottom, left + width + right, channels).
    """

    foreign: ClassVar[tuple[str, ...]] = ("ReflectionPad2d",)
    rank: ClassVar[int] = PICTURE

    padding: Pads2D = arg("cells on each side: `1`, `(1, 2)` or `((top, bottom), (left, right))`")

    cases: ClassVar[tuple[Case, ...]] = (
        Case("ReflectionPad2D(1)", (3, 4, 2)),
        Case("ReflectionPad2D((2, 0))", (3, 1, 1)),
        Case("ReflectionPad2D(((0, 1), (2, 3)))", (2, 4, 2)),
    )


class ReflectionPad3D(_ReflectionPad[Pads3D]):
    """The cells behind each border of a volume, mirrored, on both ends of all three axes.

    `y[h, i, j, c] = x[m(h - front, depth), m(i - top, height), m(j - left, width), c]`, m as in
    `ReflectionPad1D`.
    """

    foreign: ClassVar[tuple[str, ...]] = ("ReflectionPad3d",)
    rank: ClassVar[int] = VOLUME
    cases: ClassVar[tuple[Case, ...]] = (
        Case("ReflectionPad3D(1)", (2, 3, 2, 2)),
        Case("ReflectionPad3D((2, 0, 1))", (3, 1, 2, 1)),
        Case("ReflectionPad3D(((0, 1), (2, 1), (1, 0)))", (2, 3, 2, 1)),
    )


class _Crop(Layer, Generic[PadsT]):
    label: ClassVar[str] = "crop"
    rank: ClassVar[int]

    cells: PadsT = arg(
        "cells to cut off each side: one number, one for each axis, or (before, after)",
        foreign=("cropping",),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != self.rank:
            yield from wrong_rank(self, x, self.rank)
            return
        sizes = self.output_shape(x)[:-1]
        if min(sizes) < 1:
            yield Problem(
                "E0312",
                f"nothing is left of the {written(x)} input",
                field="cells",
                label="cuts everything off",
                expected="at least 1 cell along each axis",
                found=written(sizes),
                help="cut less off",
            )

    def output_shape(self, *inputs: Dims) -> Dims:
        sizes = zip(inputs[0][:-1], self.cells, strict=True)
        return (*(size - sum(cut) for size, cut in sizes), inputs[0][-1])


class Crop1D(_Crop[Pads1D]):
    """A part of a sequence, (length - before - after, channels): `y[i, c] = x[before + i, c]`."""

    foreign: ClassVar[tuple[str, ...]] = ("Cropping1D",)
    rank: ClassVar[int] = SEQUENCE
    cases: ClassVar[tuple[Case, ...]] = (
        Case("Crop1D(1)", (4, 2)),
        Case("Crop1D((2, 0))", (3, 1)),
        Case("Crop1D((0, 1))", (5, 3)),
    )


class Crop2D(_Crop[Pads2D]):
    """A part of a picture: (height - top - bottom, width - left - right, channels).

    `y[i, j, c] = x[top + i, left + j, c]`.
    """

    foreign: ClassVar[tuple[str, ...]] = ("Cropping2D",)
    rank: ClassVar[int] = PICTURE
    cases: ClassVar[tuple[Case, ...]] = (
        Case("Crop2D(1)", (4, 5, 2)),
        Case("Crop2D((1, 0))", (3, 1, 1)),
        Case("Crop2D(((0, 1), (2, 1)))", (5, 6, 2)),
    )


class Crop3D(_Crop[Pads3D]):
    """A part of a volume, cut at both ends of depth, height and width.

    `y[h, i, j, c] = x[front + h, top + i, left + j, c]`.
    """

    foreign: ClassVar[tuple[str, ...]] = ("Cropping3D",)
    rank: ClassVar[int] = VOLUME
    cases: ClassVar[tuple[Case, ...]] = (
        Case("Crop3D(1)", (4, 3, 5, 2)),
        Case("Crop3D((1, 0, 1))", (3, 1, 4, 1)),
        Case("Crop3D(((0, 1), (2, 0), (1, 2)))", (3, 4, 5, 1)),
    )


class CenterCrop2D(Layer):
    """The middle of a picture: (height, width, channels) becomes (height', width', channels).

    `y[i, j, c] = x[(height - height') // 2 + i, (width - width') // 2 + j, c]`.
    """

    label: ClassVar[str] = "crop"
    foreign: ClassVar[tuple[str, ...]] = ("CenterCrop",)

    size: Pair = arg("the size that is left, such as `24x24`; one number for a square")

    cases: ClassVar[tuple[Case, ...]] = (
        Case("CenterCrop2D(2)", (5, 4, 2)),
        Case("CenterCrop2D(3x1)", (3, 4, 1)),
        Case("CenterCrop2D(2x3)", (6, 3, 2)),
    )

    def cells(self, dims: Dims) -> tuple[Pad, ...]:
        """What is cut off each side."""
        more = (size - kept for size, kept in zip(dims[:-1], self.size, strict=True))
        return tuple((extra // 2, extra - extra // 2) for extra in more)

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != PICTURE:
            yield from wrong_rank(self, x, PICTURE)
        elif any(kept > size for kept, size in zip(self.size, x[:-1], strict=True)):
            yield Problem(
                "E0303",
                f"size is larger than the {written(x[:-1])} input",
                field="size",
                label=f"size is {written(self.size)}",
                expected=f"at most {written(x[:-1])}",
                found=written(self.size),
                help="cut out less, or pad with `ZeroPad2D` before",
            )

    def output_shape(self, *inputs: Dims) -> Dims:
        return (*self.size, inputs[0][-1])
