"""Layers that sum up neighbourhoods or whole pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from specc.kinds import Padding2D, Pair
from specc.ops.base import Case, Dims, Layer, Problem, Reach
from specc.ops.ranks import PICTURE, written, wrong_rank
from specc.ops.windows import slid, too_large
from specc.terms import arg


class _Pool2D(Layer):
    label: ClassVar[str] = "pool"

    window: Pair = arg(
        "size of the window: `2x2`, or `2` for a square",
        foreign=("pool_size", "kernel_size", "kernel"),
    )
    stride: Pair = arg(
        "step from window to window; the window's size where it is left out",
        default=None,
        foreign=("strides",),
    )
    padding: Padding2D = arg(
        "`valid` or `same`; or the number of cells added on each side, fewer than the window has",
        default="valid",
    )

    @classmethod
    def complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {"stride": values["window"], **values}

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != PICTURE:
            yield from wrong_rank(self, x, PICTURE)
            return
        if not isinstance(self.padding, str):
            largest = tuple(map(max, self.padding))
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
        yield from too_large("window", x, self.window, self.padding)

    def output_shape(self, *inputs: Dims) -> Dims:
        (x,) = inputs
        return (*slid(x, self.window, self.stride, self.padding), x[2])

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return tuple(map(Reach, self.window, self.stride))


class MaxPool2D(_Pool2D):
    """The largest number of each window, channel by channel.

    `y[i, j, c] = max(x[i * s + u, j * s + v, c])`. (height, width, channels) becomes
    (height', width', channels). Padded cells never win, whatever the numbers are.
    """

    foreign: ClassVar[tuple[str, ...]] = ("MaxPooling2D", "MaxPool2d")

    cases: ClassVar[tuple[Case, ...]] = (
        Case("MaxPool2D(2x2)", (7, 8, 3)),
        Case("MaxPool2D(3x3, stride=2, padding=1)", (8, 8, 2)),
        Case("MaxPool2D(3x3, stride=2, same)", (8, 7, 2)),
        Case("MaxPool2D(2x2, stride=1, same)", (5, 4, 1)),
        Case("MaxPool2D(2x4, stride=(2, 1), same)", (7, 6, 2)),
        Case("MaxPool2D(2x3, stride=(3, 4), same)", (8, 9, 2)),
        Case("MaxPool2D(3x2, stride=2, padding=((0, 2), (1, 0)))", (6, 5, 2)),
        Case("MaxPool2D(1x1)", (1, 1, 3)),
    )


class AvgPool2D(_Pool2D):
    """The mean of each window, channel by channel.

    `y[i, j, c] = mean(x[i * s + u, j * s + v, c])`. (height, width, channels) becomes
    (height', width', channels). The cells that `same` adds do not count in the mean; those
    that are asked for in numbers are zeros like any others and do.
    """

    foreign: ClassVar[tuple[str, ...]] = ("AveragePooling2D", "AvgPool2d", "AveragePool2D")

    cases: ClassVar[tuple[Case, ...]] = (
        Case("AvgPool2D(2x2)", (7, 8, 3)),
        Case("AvgPool2D(3x3, stride=2, padding=1)", (8, 8, 2)),
        Case("AvgPool2D(3x3, stride=2, same)", (8, 7, 2)),
        Case("AvgPool2D(3x3, stride=1, same)", (5, 6, 2)),
        Case("AvgPool2D(2x2, stride=1, same)", (5, 4, 1)),
        Case("AvgPool2D(2x4, stride=(2, 1), same)", (7, 6, 2)),
        Case("AvgPool2D(2x3, stride=(3, 4), same)", (8, 9, 2)),
        Case("AvgPool2D(3x2, stride=2, padding=((0, 2), (1, 0)))", (6, 5, 2)),
    )


class _GlobalPool2D(Layer):
    label: ClassVar[str] = "global_pool"

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        yield from wrong_rank(self, inputs[0], PICTURE)

    def output_shape(self, *inputs: Dims) -> Dims:
        return inputs[0][2:]

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return (Reach(None), Reach(None))


class GlobalAvgPool2D(_GlobalPool2D):
    """The mean of each channel over the whole picture.

    `y[c] = mean(x[i, j, c])` (Lin et al. 2013). (height, width, channels) becomes (channels,).
    """

    foreign: ClassVar[tuple[str, ...]] = (
        "GlobalAveragePooling2D",
        "GlobalAveragePool2D",
        "AdaptiveAvgPool2d",
    )

    cases: ClassVar[tuple[Case, ...]] = (
        Case("GlobalAvgPool2D", (5, 4, 3)),
        Case("GlobalAvgPool2D", (1, 1, 2)),
    )


class GlobalMaxPool2D(_GlobalPool2D):
    """The largest number of each channel.

    `y[c] = max(x[i, j, c])`; where several are largest they share the gradient.
    (height, width, channels) becomes (channels,).
    """

    foreign: ClassVar[tuple[str, ...]] = ("GlobalMaxPooling2D", "AdaptiveMaxPool2d")

    cases: ClassVar[tuple[Case, ...]] = (
        Case("GlobalMaxPool2D", (5, 4, 3)),
        Case("GlobalMaxPool2D", (1, 7, 1)),
    )
