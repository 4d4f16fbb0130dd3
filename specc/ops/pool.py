"""Layers that sum up neighbourhoods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Generic

from specc.kinds import Pair, PoolPadding1D, PoolPadding2D, PoolPadding3D, Single, Triple
from specc.ops.base import Case, Dims, Layer, Problem, Reach
from specc.ops.ranks import PICTURE, SEQUENCE, VOLUME, written, wrong_rank
from specc.ops.windows import Padding, PaddingT, SizeT, slid, too_large
from specc.terms import arg


class _Pool(Layer, Generic[SizeT, PaddingT]):
    """What pools of all ranks share."""

    label: ClassVar[str] = "pool"
    lacking: ClassVar[dict[str, str]] = {
        "ceil_mode": "write `padding=ceil`",
        "count_include_pad": "cells of `same` and of `ceil` do not count, others do",
        "dilation": "Keras has no pool with dilation",
    }
    rank: ClassVar[int]

    window: SizeT = arg(
        "size of the window, such as `2x2`; one number for all axes",
        foreign=("pool_size", "kernel_size", "kernel"),
    )
    stride: SizeT = arg(
        "step from window to window; the window's size where it is left out",
        default=None,
        foreign=("strides",),
    )
    padding: PaddingT = arg(
        "`valid`, `same`, or `ceil`, which keeps a last window that hangs over the end (PyTorch's "
        "`ceil_mode`); or the number of cells added on each side, fewer than the window has",
        default="valid",
    )

    @classmethod
    def complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {"stride": values["window"], **values}

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != self.rank:
            yield from wrong_rank(self, x, self.rank)
            return
        padding: Padding = self.padding
        if not isinstance(padding, str):
            largest = tuple(map(max, padding))
            # A window that lay in the padding alone would have nothing to sum up.
            if any(pad >= size for pad, size in zip(largest, self.window, strict=True)):
                room = tuple(size - 1 for size in self.window)
                yield Problem(
                    "E0305",
                    f"a whole {written(self.window)} window fits into the padding",
                    field="padding",
                    label=f"padding is {written(largest)}",
                    expected=f"at most {written(room)}",
                    found=written(largest),
                    help="pad less, or enlarge the window",
                )
                return
        yield from too_large("window", x, self.window, padding)

    def output_shape(self, *inputs: Dims) -> Dims:
        (x,) = inputs
        return (*slid(x, self.window, self.stride, self.padding), x[-1])

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return tuple(map(Reach, self.window, self.stride))


class MaxPool1D(_Pool[Single, PoolPadding1D]):
    """The largest number of each window, channel by channel.

    `y[i, c] = max(x[i * s + u, c])`. (length, channels) becomes (length', channels). Padded cells
    never win, whatever the numbers are.
    """

    foreign: ClassVar[tuple[str, ...]] = ("MaxPooling1D", "MaxPool1d")
    rank: ClassVar[int] = SEQUENCE

    cases: ClassVar[tuple[Case, ...]] = (
        Case("MaxPool1D(2)", (7, 3)),
        Case("MaxPool1D(3, stride=2, padding=1)", (8, 2)),
        Case("MaxPool1D(3, stride=2, same)", (8, 2)),
        Case("MaxPool1D(2, stride=1, same)", (5, 1)),
        Case("MaxPool1D(3, stride=2, padding=(0, 2))", (6, 2)),
        Case("MaxPool1D(3, stride=3, ceil)", (7, 2)),
        Case("MaxPool1D(2, stride=3, ceil)", (9, 2)),
        Case("MaxPool1D(1)", (1, 3)),
    )


class MaxPool2D(_Pool[Pair, PoolPadding2D]):
    """The largest number of each window, channel by channel.

    `y[i, j, c] = max(x[i * s + u, j * s + v, c])`. (height, width, channels) becomes
    (height', width', channels). Padded cells never win, whatever the numbers are.
    """

    foreign: ClassVar[tuple[str, ...]] = ("MaxPooling2D", "MaxPool2d")
    rank: ClassVar[int] = PICTURE

    cases: ClassVar[tuple[Case, ...]] = (
        Case("MaxPool2D(2x2)", (7, 8, 3)),
        Case("MaxPool2D(3x3, stride=2, padding=1)", (8, 8, 2)),
        Case("MaxPool2D(3x3, stride=2, same)", (8, 7, 2)),
        Case("MaxPool2D(2x2, stride=1, same)", (5, 4, 1)),
        Case("MaxPool2D(2x4, stride=(2, 1), same)", (7, 6, 2)),
        Case("MaxPool2D(2x3, stride=(3, 4), same)", (8, 9, 2)),
        Case("MaxPool2D(3x2, stride=2, padding=((0, 2), (1, 0)))", (6, 5, 2)),
        Case("MaxPool2D(1x1)", (1, 1, 3)),
        Case("MaxPool2D(3x3, stride=2, ceil)", (6, 7, 2)),
        Case("MaxPool2D(2x3, stride=(3, 2), ceil)", (8, 8, 2)),
    )


class MaxPool3D(_Pool[Triple, PoolPadding3D]):
    """The largest number of each window of a volume, channel by channel.

    `y[h, i, j, c] = max(x[h * s + t, i * s + u, j * s + v, c])`. (depth, height, width, channels)
    becomes (depth', height', width', channels). Padded cells never win. Of equal
    numbers in a window PyTorch gives one the gradient, TensorFlow all.
    """

    foreign: ClassVar[tuple[str, ...]] = ("MaxPooling3D", "MaxPool3d")
    rank: ClassVar[int] = VOLUME

    cases: ClassVar[tuple[Case, ...]] = (
        Case("MaxPool3D(2)", (4, 5, 3, 2)),
        Case("MaxPool3D(3, stride=2, padding=1)", (4, 5, 3, 1)),
        Case("MaxPool3D(3x2x2, stride=(2, 1, 3), same)", (4, 3, 5, 2)),
        Case("MaxPool3D(2, stride=1, same)", (3, 2, 3, 1)),
        Case("MaxPool3D(3, stride=1, padding=((0, 2), (1, 0), (2, 1)))", (3, 4, 2, 1)),
        Case("MaxPool3D(2x3x2, stride=(2, 2, 3), ceil)", (5, 6, 6, 1)),
        Case("MaxPool3D(2, stride=3, padding=((1, 1), (0, 1), (1, 0)))", (5, 6, 4, 1)),
    )


class AvgPool1D(_Pool[Single, PoolPadding1D]):
    """The mean of each window, channel by channel.

    `y[i, c] = mean(x[i * s + u, c])`. (length, channels) becomes (length', channels). The cells
    that `same` and `ceil` add do not count in the mean; those that are asked for in numbers are
    zeros like any others and do.
    """

    foreign: ClassVar[tuple[str, ...]] = ("AveragePooling1D", "AvgPool1d", "AveragePool1D")
    rank: ClassVar[int] = SEQUENCE

    cases: ClassVar[tuple[Case, ...]] = (
        Case("AvgPool1D(2)", (7, 3)),
        Case("AvgPool1D(3, stride=2, padding=1)", (8, 2)),
        Case("AvgPool1D(3, stride=2, same)", (8, 2)),
        Case("AvgPool1D(2, stride=1, same)", (5, 1)),
        Case("AvgPool1D(3, stride=2, padding=(0, 2))", (6, 2)),
        Case("AvgPool1D(3, stride=3, ceil)", (7, 2)),
        Case("AvgPool1D(5, stride=3, ceil)", (7, 2)),
        Case("AvgPool1D(2, stride=3, ceil)", (9, 2)),
    )


class AvgPool2D(_Pool[Pair, PoolPadding2D]):
    """The mean of each window, channel by channel.

    `y[i, j, c] = mean(x[i * s + u, j * s + v, c])`. (height, width, channels) becomes
    (height', width', channels). The cells that `same` and `ceil` add do not count in the mean;
    those that are asked for in numbers are zeros like any others and do.
    """

    foreign: ClassVar[tuple[str, ...]] = ("AveragePooling2D", "AvgPool2d", "AveragePool2D")
    rank: ClassVar[int] = PICTURE

    cases: ClassVar[tuple[Case, ...]] = (
        Case("AvgPool2D(2x2)", (7, 8, 3)),
        Case("AvgPool2D(3x3, stride=2, padding=1)", (8, 8, 2)),
        Case("AvgPool2D(3x3, stride=2, same)", (8, 7, 2)),
        Case("AvgPool2D(3x3, stride=1, same)", (5, 6, 2)),
        Case("AvgPool2D(2x2, stride=1, same)", (5, 4, 1)),
        Case("AvgPool2D(2x4, stride=(2, 1), same)", (7, 6, 2)),
        Case("AvgPool2D(2x3, stride=(3, 4), same)", (8, 9, 2)),
        Case("AvgPool2D(3x2, stride=2, padding=((0, 2), (1, 0)))", (6, 5, 2)),
        Case("AvgPool2D(3x3, stride=2, ceil)", (6, 7, 2)),
        Case("AvgPool2D(5x3, stride=(3, 2), ceil)", (7, 6, 2)),
    )


class AvgPool3D(_Pool[Triple, PoolPadding3D]):
    """The mean of each window of a volume, channel by channel: `AvgPool2D` with one more axis.

    `y[h, i, j, c] = mean(x[h * s + t, i * s + u, j * s + v, c])`. (depth, height, width, channels)
    becomes (depth', height', width', channels).
    """

    foreign: ClassVar[tuple[str, ...]] = ("AveragePooling3D", "AvgPool3d", "AveragePool3D")
    rank: ClassVar[int] = VOLUME

    cases: ClassVar[tuple[Case, ...]] = (
        Case("AvgPool3D(2)", (4, 5, 3, 2)),
        Case("AvgPool3D(3, stride=2, padding=1)", (4, 5, 3, 1)),
        Case("AvgPool3D(3x2x2, stride=(2, 1, 3), same)", (4, 3, 5, 2)),
        Case("AvgPool3D(2, stride=1, same)", (3, 2, 3, 1)),
        Case("AvgPool3D(2x1x3, stride=2, same)", (1, 4, 2, 2)),
        Case("AvgPool3D(2x1x3, padding=(1, 0, 1))", (1, 2, 2, 1)),
        Case("AvgPool3D(3, stride=1, padding=((0, 2), (1, 0), (2, 1)))", (3, 4, 2, 1)),
        Case("AvgPool3D(2x5x2, stride=(2, 3, 3), ceil)", (5, 7, 6, 1)),
        Case("AvgPool3D(2, stride=3, padding=((1, 1), (0, 1), (1, 0)))", (5, 6, 4, 1)),
    )
