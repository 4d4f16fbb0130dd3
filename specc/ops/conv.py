"""Convolutions over sequences, pictures and volumes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar, Generic

from specc.kinds import (
    Bool,
    CausalPadding1D,
    Count,
    NotNegative,
    Padding2D,
    Padding3D,
    Pair,
    Single,
    Triple,
)
from specc.nested import InitializerTerm
from specc.ops import arguments
from specc.ops.base import Activation, Case, Dims, Layer, Penalty, Problem, Reach, Weight
from specc.ops.geometry import span_of
from specc.ops.ranks import PICTURE, SEQUENCE, VOLUME, wrong_rank
from specc.ops.windows import PaddingT, SizeT, slid, too_large
from specc.terms import arg


class _Conv(Layer, Generic[SizeT, PaddingT]):
    """What convolutions of all ranks share: the only place that knows their arithmetic."""

    label: ClassVar[str] = "conv"
    lacking: ClassVar[dict[str, str]] = {
        "padding_mode": "pad before it, as with `ReflectionPad2D(1)`"
    }
    rank: ClassVar[int]

    filters: Count = arguments.filters()
    kernel: SizeT = arguments.kernel()
    stride: SizeT
    padding: PaddingT = arguments.padding()
    dilation: SizeT
    groups: Count = arg(
        "parts that the channels are split into, each with filters of its own", default=1
    )
    bias: Bool = arguments.bias()
    activation: Activation = arguments.activation()
    kernel_initializer: InitializerTerm = arguments.kernel_initializer()
    bias_initializer: InitializerTerm = arguments.bias_initializer()
    l1: NotNegative = arguments.l1()
    l2: NotNegative = arguments.l2()

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != self.rank:
            yield from wrong_rank(self, x, self.rank)
            return
        channels = x[-1]
        if channels % self.groups or self.filters % self.groups:
            yield Problem(
                "E0304",
                f"{self.groups} groups do not divide {channels} channels"
                f" and {self.filters} filters",
                field="groups",
                label=f"{self.groups} groups",
                expected=f"a number that divides {channels} and {self.filters}",
                found=str(self.groups),
                help=_divisors(math.gcd(channels, self.filters)),
            )
        yield from too_large("kernel", x, self.kernel, self.padding, self.dilation)

    def output_shape(self, *inputs: Dims) -> Dims:
        (x,) = inputs
        return (*slid(x, self.kernel, self.stride, self.padding, self.dilation), self.filters)

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        channels = inputs[0][-1] // self.groups
        shape = (self.filters, channels, *self.kernel)
        penalty = Penalty(self.l1, self.l2)
        kernel = Weight("weight", shape, self.kernel_initializer, penalty=penalty)
        bias = Weight("bias", (self.filters,), self.bias_initializer)
        return (kernel, bias) if self.bias else (kernel,)

    def macs(self, *inputs: Dims) -> int:
        taps = math.prod(self.kernel) * inputs[0][-1] // self.groups
        return math.prod(self.output_shape(*inputs)) * taps

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return tuple(map(Reach, map(span_of, self.kernel, self.dilation), self.stride))


class Conv1D(_Conv[Single, CausalPadding1D]):
    """Slides `filters` learned windows along a sequence.

    Each output is the sum over window and channels of input times kernel, plus a bias:
    `y[i, f] = activation(b[f] + sum(k[u, c, f] * x[i * s + u * d, c]))`. (length, channels)
    becomes (length', filters). `same` pads with zeros to ceil(length / stride), the odd cell at
    the end; `causal` pads at the beginning alone, so that no output sees what comes later
    (van den Oord et al. 2016).
    """

    foreign: ClassVar[tuple[str, ...]] = ("Conv1d", "Convolution1D")
    rank: ClassVar[int] = SEQUENCE

    stride: Single = arguments.stride(1)
    padding: CausalPadding1D = arguments.padding(arguments.CAUSAL_TOO)
    dilation: Single = arguments.dilation(1)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Conv1D(4, 3, relu)", (8, 3)),
        Case("Conv1D(3, 3, stride=2, same)", (8, 2)),
        Case("Conv1D(3, 4, same, tanh)", (7, 1)),
        Case("Conv1D(2, 1, stride=3, same)", (7, 2)),
        Case("Conv1D(2, 3, causal, dilation=2)", (7, 3)),
        Case("Conv1D(2, 4, causal, stride=3)", (8, 2)),
        Case("Conv1D(2, 3, padding=(2, 0), dilation=2, bias=false)", (6, 2)),
        Case("Conv1D(3, 3, padding=2)", (4, 2)),
        Case("Conv1D(4, 3, groups=2, softmax)", (6, 4)),
        Case("Conv1D(2, 2, stride=4, leaky_relu)", (9, 1)),
        Case("Conv1D(5, 1, gelu)", (1, 3)),
        Case("Conv1D(2, 3, same, l1=1e-3)", (4, 2)),
    )
    refusable: ClassVar[tuple[Case, ...]] = (Case("Conv1D(2, 3, stride=2, dilation=2)", (9, 2)),)


class Conv2D(_Conv[Pair, Padding2D]):
    """Slides `filters` learned windows over a picture.

    Each output is the sum over window and channels of input times kernel, plus a bias:
    `y[i, j, f] = activation(b[f] + sum(k[u, v, c, f] * x[i * s + u * d, j * s + v * d, c]))`
    (LeCun et al. 1998). (height, width, channels) becomes (height', width', filters). `same`
    pads with zeros to ceil(size / stride), the odd row or column at the far end.
    """

    foreign: ClassVar[tuple[str, ...]] = ("Conv2d", "Convolution2D")
    rank: ClassVar[int] = PICTURE

    stride: Pair = arguments.stride(2)
    dilation: Pair = arguments.dilation(2)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Conv2D(4, 3x3, relu)", (8, 8, 3)),
        Case("Conv2D(4, 2x5, stride=2, same)", (9, 8, 3)),
        Case("Conv2D(3, 3x3, stride=2, same)", (8, 8, 2)),
        Case("Conv2D(2, 4x2, same, tanh)", (5, 6, 1)),
        Case("Conv2D(3, 1x1, stride=3, same)", (7, 8, 2)),
        Case("Conv2D(2, 3x3, stride=(2, 3))", (9, 11, 2)),
        Case("Conv2D(3, 3x2, padding=((0, 1), (2, 0)), stride=2)", (6, 7, 2)),
        Case("Conv2D(3, 3x3, padding=(2, 1), bias=false)", (5, 4, 2)),
        Case("Conv2D(2, 3x3, same, dilation=2)", (7, 6, 2)),
        Case("Conv2D(2, 2x3, dilation=(3, 2), leaky_relu)", (7, 9, 2)),
        Case("Conv2D(6, 3x3, groups=3, bias=false)", (8, 8, 3)),
        Case("Conv2D(4, 3x3, groups=2, stride=2, same, softmax)", (6, 5, 4)),
        Case("Conv2D(5, 1x1, gelu)", (1, 1, 3)),
        Case("Conv2D(3, 2x3, l2=1e-3)", (4, 5, 2)),
    )
    refusable: ClassVar[tuple[Case, ...]] = (
        Case("Conv2D(2, 3x3, stride=2, dilation=2)", (9, 9, 2)),
    )


class Conv3D(_Conv[Triple, Padding3D]):
    """Slides `filters` learned windows through a volume, such as a film or a scan.

    As `Conv2D` with one more axis (Ji et al. 2013): (depth, height, width, channels) becomes
    (depth', height', width', filters). `same` pads with zeros to ceil(size / stride), the odd
    cell at the far end.
    """

    foreign: ClassVar[tuple[str, ...]] = ("Conv3d", "Convolution3D")
    rank: ClassVar[int] = VOLUME

    stride: Triple = arguments.stride(3)
    dilation: Triple = arguments.dilation(3)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Conv3D(3, 3, relu)", (4, 5, 3, 2)),
        Case("Conv3D(2, 2x3x4, same)", (3, 4, 5, 2)),
        Case("Conv3D(2, 3x2x1, stride=2, same)", (4, 5, 6, 1)),
        Case("Conv3D(2, 1, stride=3, same)", (6, 6, 6, 2)),
        Case("Conv3D(2, 2x1x2, stride=(4, 3, 4), same)", (8, 6, 8, 1)),
        Case("Conv3D(2, 3x2x2, stride=(1, 2, 3))", (4, 5, 6, 1)),
        Case("Conv3D(2, 2, padding=((0, 1), (2, 0), (1, 1)), bias=false)", (2, 3, 2, 2)),
        Case("Conv3D(2, 2, padding=(1, 0, 2), stride=2)", (3, 4, 2, 1)),
        Case("Conv3D(2, 2, same, dilation=(2, 1, 2))", (4, 3, 5, 1)),
        Case("Conv3D(4, 2, groups=2, softmax)", (3, 3, 3, 2)),
        Case("Conv3D(2, 1, leaky_relu)", (1, 1, 1, 3)),
    )
    refusable: ClassVar[tuple[Case, ...]] = (
        Case("Conv3D(2, 2, stride=2, dilation=2)", (5, 5, 5, 1)),
    )


def _divisors(number: int) -> str:
    """Up to five choices of `groups`, so that the line stays short."""
    found = [str(n) for n in range(1, min(number, 1024) + 1) if number % n == 0]
    return "use " + " or ".join(f"`groups={n}`" for n in found[:5])
