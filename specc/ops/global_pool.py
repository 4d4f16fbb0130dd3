"""Layers that sum up whole values, or cut them into a fixed number of parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Generic

from specc.kinds import Bool, Pair, Single, Triple
from specc.ops.base import Case, Dims, Layer, Problem, Reach
from specc.ops.ranks import PICTURE, SEQUENCE, VOLUME, wrong_rank
from specc.ops.windows import SizeT
from specc.terms import arg


class _GlobalPool(Layer):
    label: ClassVar[str] = "global_pool"
    rank: ClassVar[int]

    keepdims: Bool = arg(
        "keep the spatial axes, of size 1 each", default=False, foreign=("keepdim",)
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        yield from wrong_rank(self, inputs[0], self.rank)

    def output_shape(self, *inputs: Dims) -> Dims:
        kept = (1,) * (self.rank - 1) if self.keepdims else ()
        return (*kept, inputs[0][-1])

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return (Reach(None),) * (self.rank - 1)


def _cases(name: str, *shapes: Dims) -> tuple[Case, ...]:
    return (
        *(Case(name, dims) for dims in shapes),
        *(Case(f"{name}(keepdims=true)", dims) for dims in shapes),
    )


class GlobalAvgPool1D(_GlobalPool):
    """The mean of each channel over the whole sequence.

    `y[c] = mean(x[i, c])`.
    (length, channels) becomes (channels,), with `keepdims` (1, channels).
    """

    foreign: ClassVar[tuple[str, ...]] = (
        "GlobalAveragePooling1D",
        "GlobalAveragePool1D",
    )
    rank: ClassVar[int] = SEQUENCE
    cases: ClassVar[tuple[Case, ...]] = _cases("GlobalAvgPool1D", (5, 3), (1, 2))


class GlobalAvgPool2D(_GlobalPool):
    """The mean of each channel over the whole picture.

    `y[c] = mean(x[i, j, c])` (Lin et al. 2013).
    (height, width, channels) becomes (channels,), with `keepdims` (1, 1, channels).
    """

    foreign: ClassVar[tuple[str, ...]] = (
        "GlobalAveragePooling2D",
        "GlobalAveragePool2D",
    )
    rank: ClassVar[int] = PICTURE
    cases: ClassVar[tuple[Case, ...]] = _cases("GlobalAvgPool2D", (5, 4, 3), (1, 7, 1))


class GlobalAvgPool3D(_GlobalPool):
    """The mean of each channel over the whole volume.

    `y[c] = mean(x[i, j, k, c])`.
    (depth, height, width, channels) becomes (channels,), with `keepdims` (1, 1, 1, channels).
    """

    foreign: ClassVar[tuple[str, ...]] = (
        "GlobalAveragePooling3D",
        "GlobalAveragePool3D",
    )
    rank: ClassVar[int] = VOLUME
    cases: ClassVar[tuple[Case, ...]] = _cases("GlobalAvgPool3D", (2, 3, 4, 2), (1, 1, 3, 1))


class GlobalMaxPool1D(_GlobalPool):
    """The largest number of each channel over the whole sequence.

    `y[c] = max(x[i, c])`; where several are largest they share the gradient.
    (length, channels) becomes (channels,), with `keepdims` (1, channels).
    """

    foreign: ClassVar[tuple[str, ...]] = (
        "GlobalMaxPooling1D",
        "GlobalMaxPool1d",
    )
    rank: ClassVar[int] = SEQUENCE
    cases: ClassVar[tuple[Case, ...]] = _cases("GlobalMaxPool1D", (5, 3), (1, 2))


class GlobalMaxPool2D(_GlobalPool):
    """The largest number of each channel over the whole picture.

    `y[c] = max(x[i, j, c])`; where several are largest they share the gradient.
    (height, width, channels) becomes (channels,), with `keepdims` (1, 1, channels).
    """

    foreign: ClassVar[tuple[str, ...]] = (
        "GlobalMaxPooling2D",
        "GlobalMaxPool2d",
    )
    rank: ClassVar[int] = PICTURE
    cases: ClassVar[tuple[Case, ...]] = _cases("GlobalMaxPool2D", (5, 4, 3), (1, 7, 1))


class GlobalMaxPool3D(_GlobalPool):
    """The largest number of each channel over the whole volume.

    `y[c] = max(x[i, j, k, c])`; where several are largest they share the gradient.
    (depth, height, width, channels) becomes (channels,), with `keepdims` (1, 1, 1, channels).
    """

    foreign: ClassVar[tuple[str, ...]] = (
        "GlobalMaxPooling3D",
        "GlobalMaxPool3d",
    )
    rank: ClassVar[int] = VOLUME
    cases: ClassVar[tuple[Case, ...]] = _cases("GlobalMaxPool3D", (2, 3, 4, 2), (1, 1, 3, 1))


class _AdaptivePool(Layer, Generic[SizeT]):
    label: ClassVar[str] = "adaptive_pool"
    rank: ClassVar[int]

    size: SizeT = arg(
        "the sizes that come out, such as `7x7`; one number for all axes", foreign=("output_size",)
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        yield from wrong_rank(self, inputs[0], self.rank)

    def output_shape(self, *inputs: Dims) -> Dims:
        return (*self.size, inputs[0][-1])

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return tuple(map(_reach, inputs[0][:-1], self.size))


def _reach(size: int, parts: int) -> Reach:
    ends = ((part * size // parts, -(-(part + 1) * size // parts)) for part in range(parts))
    return Reach(max(end - start for start, end in ends), max(size // parts, 1))


class AdaptiveAvgPool1D(_AdaptivePool[Single]):
    """The mean of each of `size` parts of a sequence, channel by channel.

    `y[i, c] = mean(x[a:b, c])` with `a = floor(i * length / size)` and
    `b = ceil((i + 1) * length / size)`, so that parts may share cells. (length, channels) becomes
    (size, channels).
    """

    foreign: ClassVar[tuple[str, ...]] = ("AdaptiveAveragePooling1D", "AdaptiveAvgPool1d")
    rank: ClassVar[int] = SEQUENCE

    cases: ClassVar[tuple[Case, ...]] = (
        Case("AdaptiveAvgPool1D(4)", (8, 2)),
        Case("AdaptiveAvgPool1D(3)", (8, 2)),
        Case("AdaptiveAvgPool1D(7)", (5, 1)),
        Case("AdaptiveAvgPool1D(1)", (1, 3)),
    )
    refusable: ClassVar[tuple[Case, ...]] = (Case("AdaptiveAvgPool1D(3)", (1, 2)),)


class AdaptiveAvgPool2D(_AdaptivePool[Pair]):
    """The mean of each of `size` parts of a picture, channel by channel.

    `y[i, j, c] = mean(x[a:b, d:e, c])` with `a = floor(i * height / height')` and
    `b = ceil((i + 1) * height / height')`, the columns alike, so that parts may share cells.
    (height, width, channels) becomes (height', width', channels), height' x width' being `size`.
    """

    foreign: ClassVar[tuple[str, ...]] = ("AdaptiveAveragePooling2D", "AdaptiveAvgPool2d")
    rank: ClassVar[int] = PICTURE

    cases: ClassVar[tuple[Case, ...]] = (
        Case("AdaptiveAvgPool2D(4x3)", (8, 7, 2)),
        Case("AdaptiveAvgPool2D(3)", (8, 7, 2)),
        Case("AdaptiveAvgPool2D(7x2)", (5, 4, 1)),
        Case("AdaptiveAvgPool2D(1x3)", (1, 3, 2)),
    )
    refusable: ClassVar[tuple[Case, ...]] = (Case("AdaptiveAvgPool2D(2x1)", (5, 4, 2)),)


class AdaptiveAvgPool3D(_AdaptivePool[Triple]):
    """The mean of each of `size` parts of a volume, channel by channel.

    `y[h, i, j, c] = mean(x[a:b, d:e, f:g, c])`, the ends as in `AdaptiveAvgPool2D` with one more
    axis. (depth, height, width, channels) becomes (depth', height', width', channels),
    depth' x height' x width' being `size`.
    """

    foreign: ClassVar[tuple[str, ...]] = ("AdaptiveAveragePooling3D", "AdaptiveAvgPool3d")
    rank: ClassVar[int] = VOLUME

    cases: ClassVar[tuple[Case, ...]] = (
        Case("AdaptiveAvgPool3D(2)", (4, 2, 6, 2)),
        Case("AdaptiveAvgPool3D(2x3x4)", (5, 4, 3, 1)),
        Case("AdaptiveAvgPool3D(1x3x2)", (1, 3, 2, 2)),
    )
    refusable: ClassVar[tuple[Case, ...]] = (Case("AdaptiveAvgPool3D(2x1x2)", (5, 4, 2, 2)),)


class AdaptiveMaxPool1D(_AdaptivePool[Single]):
    """The largest number of each of `size` parts of a sequence, channel by channel.

    `y[i, c] = max(x[a:b, c])` with `a = floor(i * length / size)` and
    `b = ceil((i + 1) * length / size)`, so that parts may share cells. (length, channels) becomes
    (size, channels).
    """

    foreign: ClassVar[tuple[str, ...]] = ("AdaptiveMaxPooling1D", "AdaptiveMaxPool1d")
    rank: ClassVar[int] = SEQUENCE

    cases: ClassVar[tuple[Case, ...]] = (
        Case("AdaptiveMaxPool1D(4)", (8, 2)),
        Case("AdaptiveMaxPool1D(3)", (8, 2)),
        Case("AdaptiveMaxPool1D(7)", (5, 1)),
        Case("AdaptiveMaxPool1D(1)", (1, 3)),
    )
    refusable: ClassVar[tuple[Case, ...]] = (Case("AdaptiveMaxPool1D(3)", (1, 2)),)


class AdaptiveMaxPool2D(_AdaptivePool[Pair]):
    """The largest number of each of `size` parts of a picture, channel by channel.

    `y[i, j, c] = max(x[a:b, d:e, c])` with `a = floor(i * height / height')` and
    `b = ceil((i + 1) * height / height')`, the columns alike, so that parts may share cells.
    (height, width, channels) becomes (height', width', channels), height' x width' being `size`.
    """

    foreign: ClassVar[tuple[str, ...]] = ("AdaptiveMaxPooling2D", "AdaptiveMaxPool2d")
    rank: ClassVar[int] = PICTURE

    cases: ClassVar[tuple[Case, ...]] = (
        Case("AdaptiveMaxPool2D(4x3)", (8, 7, 2)),
        Case("AdaptiveMaxPool2D(3)", (8, 7, 2)),
        Case("AdaptiveMaxPool2D(7x2)", (5, 4, 1)),
        Case("AdaptiveMaxPool2D(1)", (5, 4, 2)),
        Case("AdaptiveMaxPool2D(2x1)", (4, 1, 1)),
    )
    refusable: ClassVar[tuple[Case, ...]] = (Case("AdaptiveMaxPool2D(2x1)", (5, 4, 2)),)


class AdaptiveMaxPool3D(_AdaptivePool[Triple]):
    """The largest number of each of `size` parts of a volume, channel by channel.

    `y[h, i, j, c] = max(x[a:b, d:e, f:g, c])`, the ends as in `AdaptiveMaxPool2D` with one more
    axis. (depth, height, width, channels) becomes (depth', height', width', channels),
    depth' x height' x width' being `size`.
    """

    foreign: ClassVar[tuple[str, ...]] = ("AdaptiveMaxPooling3D", "AdaptiveMaxPool3d")
    rank: ClassVar[int] = VOLUME

    cases: ClassVar[tuple[Case, ...]] = (
        Case("AdaptiveMaxPool3D(2)", (4, 2, 6, 2)),
        Case("AdaptiveMaxPool3D(2x3x4)", (5, 4, 3, 1)),
        Case("AdaptiveMaxPool3D(1x3x2)", (1, 3, 2, 2)),
    )
    refusable: ClassVar[tuple[Case, ...]] = (Case("AdaptiveMaxPool3D(2x1x2)", (5, 4, 2, 2)),)
