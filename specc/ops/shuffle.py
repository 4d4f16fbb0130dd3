"""Layers that move numbers to other places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from specc.kinds import Count, Shape
from specc.ops.base import Case, Dims, Layer, Problem, Reach
from specc.ops.ranks import PICTURE, described, written, wrong_rank
from specc.terms import arg


class PixelShuffle(Layer):
    """Turns channels into cells: `y[i * r + u, j * r + v, c] = x[i, j, (c * r + u) * r + v]`.

    (height, width, channels * r * r) becomes (height * r, width * r, channels), r being `factor`
    (Shi et al. 2016). TensorFlow's `depth_to_space` numbers the channels otherwise.
    """

    label: ClassVar[str] = "shuffle"

    factor: Count = arg(
        "how many cells each becomes, along each axis", foreign=("upscale_factor", "block_size")
    )

    cases: ClassVar[tuple[Case, ...]] = (
        Case("PixelShuffle(2)", (3, 2, 8)),
        Case("PixelShuffle(3)", (1, 2, 9)),
        Case("PixelShuffle(2)", (1, 1, 4)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        cells = self.factor * self.factor
        if len(x) != PICTURE:
            yield from wrong_rank(self, x, PICTURE)
        elif x[-1] % cells:
            yield Problem(
                "E0304",
                f"{cells} cells do not divide {x[-1]} channels",
                field="factor",
                label=f"{self.factor} x {self.factor} cells",
                expected=f"channels that {cells} divides",
                found=str(x[-1]),
                help=f"bring the channels to {cells} or a multiple: `Conv2D({cells}, 1x1)`",
            )

    def output_shape(self, *inputs: Dims) -> Dims:
        height, width, channels = inputs[0]
        factor = self.factor
        return (height * factor, width * factor, channels // (factor * factor))

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return (Reach(1, zoom=self.factor),) * 2


class PixelUnshuffle(Layer):
    """Turns cells into channels: `y[i, j, (c * r + u) * r + v] = x[i * r + u, j * r + v, c]`.

    What `PixelShuffle` does, undone: (height, width, channels) becomes (height / r, width / r,
    channels * r * r), r being `factor` (Shi et al. 2016). TensorFlow's `space_to_depth` numbers
    the channels otherwise.
    """

    label: ClassVar[str] = "shuffle"

    factor: Count = arg(
        "how many cells become one, along each axis", foreign=("downscale_factor", "block_size")
    )

    cases: ClassVar[tuple[Case, ...]] = (
        Case("PixelUnshuffle(2)", (6, 4, 2)),
        Case("PixelUnshuffle(3)", (3, 6, 1)),
        Case("PixelUnshuffle(2)", (2, 2, 3)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != PICTURE:
            yield from wrong_rank(self, x, PICTURE)
        elif x[0] % self.factor or x[1] % self.factor:
            yield Problem(
                "E0304",
                f"{self.factor} does not divide a picture of {written(x[:2])}",
                field="factor",
                label=f"{self.factor} x {self.factor} cells become one",
                expected=f"a height and a width that {self.factor} divides",
                found=written(x[:2]),
                help="pad it with `ZeroPad2D` or cut it with `Crop2D` before",
            )

    def output_shape(self, *inputs: Dims) -> Dims:
        height, width, channels = inputs[0]
        factor = self.factor
        return (height // factor, width // factor, channels * factor * factor)

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return (Reach(self.factor, self.factor),) * 2


class ChannelShuffle(Layer):
    """Deals the channels out: of `groups` groups the first channels, then the second ones, ...

    `y[..., k * groups + g] = x[..., g * (channels / groups) + k]` (Zhang et al. 2018). The shape
    stays.
    """

    label: ClassVar[str] = "shuffle"

    groups: Count = arg("parts of the channels that are mixed")

    cases: ClassVar[tuple[Case, ...]] = (
        Case("ChannelShuffle(2)", (3, 2, 6)),
        Case("ChannelShuffle(3)", (1, 2, 6)),
        Case("ChannelShuffle(4)", (2, 3, 8)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != PICTURE:
            yield from wrong_rank(self, x, PICTURE)
        elif x[-1] % self.groups:
            yield Problem(
                "E0304",
                f"{self.groups} groups do not divide {x[-1]} channels",
                field="groups",
                label=f"{self.groups} groups",
                expected=f"a number that divides {x[-1]}",
                found=str(self.groups),
            )


class Permute(Layer):
    """The axes in another order: `Permute((2, 1, 3))` swaps height and width.

    That is `y[j, i, c] = x[i, j, c]`: axis k of the output is axis `axes[k]` of the input, counted
    from 1 without the batch.
    """

    label: ClassVar[str] = "permute"

    axes: Shape = arg("the input's axes in their new order, counted from 1", foreign=("dims",))

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Permute((2, 1, 3))", (3, 4, 2)),
        Case("Permute((3, 1, 2))", (3, 4, 2)),
        Case("Permute((2, 1))", (5, 3)),
        Case("Permute((4, 1, 3, 2))", (2, 3, 4, 5)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        wanted = tuple(range(1, len(x) + 1))
        if tuple(sorted(self.axes)) != wanted:
            yield Problem(
                "E0319",
                f"this is no order of the {len(x)} axes of {described(x)}",
                field="axes",
                expected=f"each number from 1 to {len(x)} once",
                found=str(self.axes),
            )

    def output_shape(self, *inputs: Dims) -> Dims:
        return tuple(inputs[0][axis - 1] for axis in self.axes)

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        # Where the channels stay, the places only change their order.
        spatial = len(inputs[0]) - 1
        return () if self.axes[-1] == spatial + 1 else (Reach(None),) * spatial
