"""Layers that normalise each sample alone, in training and after it alike."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from specc.kinds import Count, Positive, Whole, Word
from specc.ops.base import Case, Dims, Layer, Problem, Weight
from specc.ops.ranks import VECTOR, described
from specc.terms import arg
from specc.train.initializers import Ones, Zeros


class LayerNorm(Layer):
    """Normalises the channels of each place, then scales and shifts them (Ba et al. 2016).

    `y = scale * (x - mean) / sqrt(var + epsilon) + offset`, with mean and variance over the
    channels of one place; with `all`, over everything in the sample, and a scale and an offset for
    each number of it. The shape stays.
    """

    label: ClassVar[str] = "norm"
    foreign: ClassVar[tuple[str, ...]] = ("LayerNormalization",)

    axes: Annotated[Literal["channels", "all"], Word("channels", "all")] = arg(
        "what is normalised together: the `channels` of a place, or `all` of a sample",
        default="channels",
        foreign=("axis", "normalized_shape"),
    )
    epsilon: Positive = arg(
        "added to the variance (PyTorch's default is 1e-5)", default=1e-3, foreign=("eps",)
    )

    cases: ClassVar[tuple[Case, ...]] = (
        Case("LayerNorm", (5, 4, 3)),
        Case("LayerNorm", (1, 1, 4)),
        Case("LayerNorm", (6, 4)),
        Case("LayerNorm(epsilon=0.1)", (7,)),
        Case("LayerNorm(all)", (5, 4, 3)),
        Case("LayerNorm(all, epsilon=1e-5)", (3, 4)),
        Case("LayerNorm(all)", (5,)),
        Case("LayerNorm(all)", (2, 3, 4, 2)),
        Case("LayerNorm", (2, 3, 2, 5)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if (x[-1] if self.axes == "channels" else math.prod(x)) == 1:
            yield _of_one_number(self, x)

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        (x,) = inputs
        shape = x[-1:]
        if self.axes == "all":
            # As PyTorch keeps them: the channels of a picture first.
            shape = x if len(x) <= 2 else (x[-1], *x[:-1])
        return Weight("weight", shape, Ones()), Weight("bias", shape, Zeros())


def _of_one_number(op: Layer, x: Dims, field: str | None = None) -> Problem:
    return Problem(
        "E0316",
        f"`{op.word()}` of a single number is zero everywhere",
        field=field,
        label="each number is its own mean",
        expected="at least 2 numbers to normalise together",
        found=f"{described(x)}: 1 number",
    )


class _PerChannel(Layer):
    label: ClassVar[str] = "norm"

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        shape = inputs[0][-1:]
        return Weight("weight", shape, Ones()), Weight("bias", shape, Zeros())


class GroupNorm(_PerChannel):
    """Normalises groups of neighbouring channels over all places of a sample (Wu and He 2018).

    `y = scale * (x - mean) / sqrt(var + epsilon) + offset`, mean and variance of each group, scale
    and offset of each channel. With one group it is not `LayerNorm`: that looks at each place
    alone. The shape stays.
    """

    foreign: ClassVar[tuple[str, ...]] = ("GroupNormalization",)

    groups: Count = arg("parts of one size that the channels are cut into", foreign=("num_groups",))
    epsilon: Positive = arg(
        "added to the variance (PyTorch's default is 1e-5)", default=1e-3, foreign=("eps",)
    )

    cases: ClassVar[tuple[Case, ...]] = (
        Case("GroupNorm(2)", (5, 4, 6)),
        Case("GroupNorm(1)", (3, 4, 3)),
        Case("GroupNorm(3, epsilon=0.1)", (1, 1, 6)),
        Case("GroupNorm(2)", (5, 4)),
        Case("GroupNorm(2)", (8,)),
        Case("GroupNorm(2)", (2, 3, 2, 4)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        channels = inputs[0][-1]
        if channels % self.groups:
            fitting = [str(n) for n in range(1, channels + 1) if channels % n == 0][:8]
            yield Problem(
                "E0304",
                f"{self.groups} groups do not divide {channels} channels",
                field="groups",
                label=f"{self.groups} groups",
                expected=f"a number that divides {channels}",
                found=str(self.groups),
                help="use " + " or ".join(f"`GroupNorm({n})`" for n in fitting),
            )
        elif math.prod(inputs[0]) == self.groups:
            yield _of_one_number(self, inputs[0], "groups")


class InstanceNorm(_PerChannel):
    """Normalises each channel over all places of a sample (Ulyanov et al. 2016).

    `y = scale * (x - mean) / sqrt(var + epsilon) + offset`, the mean and the variance those of the
    channel in this sample. PyTorch's own has neither scale nor offset unless it is told to. The
    shape stays.
    """

    foreign: ClassVar[tuple[str, ...]] = (
        "InstanceNormalization",
        "InstanceNorm1d",
        "InstanceNorm2d",
        "InstanceNorm3d",
    )

    epsilon: Positive = arg(
        "added to the variance (PyTorch's default is 1e-5)", default=1e-3, foreign=("eps",)
    )

    cases: ClassVar[tuple[Case, ...]] = (
        Case("InstanceNorm", (5, 4, 3)),
        Case("InstanceNorm(epsilon=0.1)", (1, 2, 2)),
        Case("InstanceNorm", (5, 3)),
        Case("InstanceNorm", (2, 3, 2, 2)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) == VECTOR or max(x[:-1]) == 1:
            yield Problem(
                "E0316",
                "`InstanceNorm` of a single place is zero everywhere",
                label="one number for each channel",
                expected="at least 2 places",
                found=f"{described(x)}: 1 place",
                help="use `LayerNorm`, which looks at the channels of a place",
            )


class RMSNorm(Layer):
    """Divides the channels of each place by their root mean square (Zhang and Sennrich 2019).

    `y = scale * x / sqrt(mean(x^2) + epsilon)`. The shape stays.
    """

    label: ClassVar[str] = "norm"
    foreign: ClassVar[tuple[str, ...]] = ("RMSNormalization",)

    epsilon: Positive = arg("added to the mean of squares", default=1e-6, foreign=("eps",))

    cases: ClassVar[tuple[Case, ...]] = (
        Case("RMSNorm", (5, 4, 3)),
        Case("RMSNorm(epsilon=0.1)", (6, 4)),
        Case("RMSNorm", (7,)),
        Case("RMSNorm", (1, 1, 3)),
        Case("RMSNorm", (2, 3, 2, 3)),
    )

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        return (Weight("weight", inputs[0][-1:], Ones()),)


class UnitNorm(Layer):
    """Divides the channels of each place by their length: `y = x / sqrt(sum(x^2))`.

    A length below 1e-12 counts as 1e-12. The shape stays.
    """

    label: ClassVar[str] = "norm"
    foreign: ClassVar[tuple[str, ...]] = ("UnitNormalization",)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("UnitNorm", (5, 4, 3)),
        Case("UnitNorm", (6, 4)),
        Case("UnitNorm", (7,)),
        Case("UnitNorm", (2, 3, 2, 3)),
    )


class LocalResponseNorm(Layer):
    """Divides each number by the strength of the channels beside it.

    `y[c] = x[c] / (k + alpha * sum(x[j]^2))^beta`, j the `size` channels around c (Krizhevsky et
    al. 2012). PyTorch divides alpha by the size. The shape stays.
    """

    label: ClassVar[str] = "norm"
    foreign: ClassVar[tuple[str, ...]] = ("LocalResponseNormalization",)

    size: Annotated[int, Whole(1)] = arg("how many channels, an odd number", default=5)
    alpha: Positive = arg("factor of the sum of squares", default=1e-4)
    beta: Positive = arg("exponent", default=0.75)
    k: Positive = arg("added to the sum", default=2.0, foreign=("bias",))

    cases: ClassVar[tuple[Case, ...]] = (
        Case("LocalResponseNorm(alpha=0.5)", (3, 4, 7)),
        Case("LocalResponseNorm(3, alpha=0.2, beta=0.5, k=1)", (3, 2, 4)),
        Case("LocalResponseNorm(7, alpha=1)", (2, 2, 3)),
        Case("LocalResponseNorm(1, alpha=1)", (2, 2, 3)),
        Case("LocalResponseNorm(3, alpha=1)", (4, 5)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) == VECTOR:
            yield Problem(
                "E0301",
                "`LocalResponseNorm` works on places with channels",
                label="gets a vector",
                expected="a sequence or a picture",
                found=described(x),
            )
        elif self.size % 2 == 0:
            yield Problem(
                "E0317",
                f"{self.size} channels have no middle",
                field="size",
                label="an even size",
                expected="an odd number",
                found=str(self.size),
                help=f"use {self.size - 1} or {self.size + 1}",
                at_input=None,
            )
