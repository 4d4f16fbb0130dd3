"""Convolutions that treat each channel alone, and those that mix the channels afterwards."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar, Generic

from specc.kinds import Bool, CausalPadding1D, Count, NotNegative, Padding2D, Pair, Single
from specc.nested import InitializerTerm
from specc.ops import arguments
from specc.ops.base import Activation, Case, Dims, Layer, Penalty, Problem, Reach, Weight
from specc.ops.geometry import span_of
from specc.ops.ranks import PICTURE, SEQUENCE, wrong_rank
from specc.ops.windows import PaddingT, SizeT, slid, too_large
from specc.terms import arg
from specc.train.initializers import GlorotUniform

_MULTIPLIER = "how many outputs each channel gets"


class _Depthwise(Layer, Generic[SizeT, PaddingT]):
    """What depthwise convolutions of all ranks share."""

    label: ClassVar[str] = "depthwise"
    rank: ClassVar[int]

    kernel: SizeT = arguments.kernel()
    stride: SizeT
    padding: PaddingT = arguments.padding()
    dilation: SizeT
    multiplier: Count = arg(_MULTIPLIER, default=1, foreign=("depth_multiplier",))
    bias: Bool = arguments.bias()
    activation: Activation = arguments.activation()
    kernel_initializer: InitializerTerm = arg(
        "what the kernel is drawn from",
        default=GlorotUniform(),
        foreign=("depthwise_initializer", "weight_initializer"),
    )
    bias_initializer: InitializerTerm = arguments.bias_initializer()
    l1: NotNegative = arguments.l1()
    l2: NotNegative = arguments.l2()

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != self.rank:
            yield from wrong_rank(self, x, self.rank)
            return
        yield from too_large("kernel", x, self.kernel, self.padding, self.dilation)

    def output_shape(self, *inputs: Dims) -> Dims:
        (x,) = inputs
        sizes = slid(x, self.kernel, self.stride, self.padding, self.dilation)
        return (*sizes, x[-1] * self.multiplier)

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        outputs = inputs[0][-1] * self.multiplier
        shape, penalty = (outputs, 1, *self.kernel), Penalty(self.l1, self.l2)
        kernel = Weight("weight", shape, self.kernel_initializer, penalty=penalty)
        bias = Weight("bias", (outputs,), self.bias_initializer)
        return (kernel, bias) if self.bias else (kernel,)

    def macs(self, *inputs: Dims) -> int:
        return math.prod(self.output_shape(*inputs)) * math.prod(self.kernel)

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return tuple(map(Reach, map(span_of, self.kernel, self.dilation), self.stride))


class DepthwiseConv1D(_Depthwise[Single, CausalPadding1D]):
    """Slides `multiplier` learned windows of its own along each channel of a sequence.

    `y[i, c * m + j] = activation(b[c * m + j] + sum(k[u, c, j] * x[i * s + u * d, c]))`.
    (length, channels) becomes (length', channels * multiplier). In PyTorch it is a `Conv1d` with
    as many groups as channels.
    """

    rank: ClassVar[int] = SEQUENCE

    stride: Single = arguments.stride(1)
    padding: CausalPadding1D = arguments.padding(arguments.CAUSAL_TOO)
    dilation: Single = arguments.dilation(1)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("DepthwiseConv1D(3, relu)", (8, 3)),
        Case("DepthwiseConv1D(4, stride=2, same, multiplier=2)", (7, 3)),
        Case("DepthwiseConv1D(3, stride=2, same)", (8, 2)),
        Case("DepthwiseConv1D(3, causal, dilation=2)", (7, 2)),
        Case("DepthwiseConv1D(2, padding=(2, 1), stride=3, bias=false)", (6, 2)),
        Case("DepthwiseConv1D(1, multiplier=3, softmax)", (1, 1)),
    )


class DepthwiseConv2D(_Depthwise[Pair, Padding2D]):
    """Slides `multiplier` learned windows of its own over each channel of a picture.

    `y[i, j, c * m + q] = activation(b[c * m + q] + sum(k[u, v, c, q] * x[i * s + u * d,
    j * s + v * d, c]))` (Howard et al. 2017). (height, width, channels) becomes
    (height', width', channels * multiplier). In PyTorch it is a `Conv2d` with as many groups as
    channels.
    """

    rank: ClassVar[int] = PICTURE

    stride: Pair = arguments.stride(2)
    dilation: Pair = arguments.dilation(2)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("DepthwiseConv2D(3x3, same, bias=false)", (6, 5, 3)),
        Case("DepthwiseConv2D(3x3, stride=2, same)", (8, 7, 2)),
        Case("DepthwiseConv2D(2x4, multiplier=2, relu6)", (5, 6, 3)),
        Case("DepthwiseConv2D(4x3, stride=2, same, multiplier=3)", (7, 6, 2)),
        Case("DepthwiseConv2D(1x1, stride=3, same)", (7, 8, 2)),
        Case("DepthwiseConv2D(3x2, padding=((0, 1), (2, 0)), stride=2)", (6, 7, 2)),
        Case("DepthwiseConv2D(3x3, padding=1, dilation=2)", (6, 7, 2)),
        Case("DepthwiseConv2D(3x2, same, dilation=(2, 3))", (7, 6, 2)),
        Case("DepthwiseConv2D(3x3, stride=2, dilation=2, same)", (9, 8, 2)),
        Case("DepthwiseConv2D(2x3, stride=3, dilation=2)", (9, 8, 1)),
        Case("DepthwiseConv2D(1x1, multiplier=4, softmax)", (1, 1, 1)),
        Case("DepthwiseConv2D(3x2, multiplier=2, l2=1e-2)", (4, 4, 2)),
    )
    refusable: ClassVar[tuple[Case, ...]] = (
        Case("DepthwiseConv2D(3x3, stride=(1, 2))", (9, 9, 2)),
    )


class _Separable(Layer, Generic[SizeT, PaddingT]):
    """What separable convolutions of all ranks share."""

    label: ClassVar[str] = "separable"
    rank: ClassVar[int]

    filters: Count = arguments.filters()
    kernel: SizeT = arguments.kernel()
    stride: SizeT
    padding: PaddingT = arguments.padding()
    dilation: SizeT
    multiplier: Count = arg(_MULTIPLIER, default=1, foreign=("depth_multiplier",))
    bias: Bool = arguments.bias()
    activation: Activation = arguments.activation()
    depthwise_initializer: InitializerTerm = arg(
        "what the windows of the channels are drawn from", default=GlorotUniform()
    )
    pointwise_initializer: InitializerTerm = arg(
        "what the kernel that mixes them is drawn from", default=GlorotUniform()
    )
    bias_initializer: InitializerTerm = arguments.bias_initializer()
    l1: NotNegative = arguments.l1("both kernels")
    l2: NotNegative = arguments.l2("both kernels")

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != self.rank:
            yield from wrong_rank(self, x, self.rank)
            return
        yield from too_large("kernel", x, self.kernel, self.padding, self.dilation)

    def output_shape(self, *inputs: Dims) -> Dims:
        (x,) = inputs
        return (*slid(x, self.kernel, self.stride, self.padding, self.dilation), self.filters)

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        middle, ones = inputs[0][-1] * self.multiplier, (1,) * len(self.kernel)
        kernels = tuple(
            Weight(f"{part}.weight", shape, initial, penalty=Penalty(self.l1, self.l2))
            for part, shape, initial in (
                ("depthwise", (middle, 1, *self.kernel), self.depthwise_initializer),
                ("pointwise", (self.filters, middle, *ones), self.pointwise_initializer),
            )
        )
        bias = Weight("pointwise.bias", (self.filters,), self.bias_initializer)
        return (*kernels, bias) if self.bias else kernels

    def macs(self, *inputs: Dims) -> int:
        places = math.prod(self.output_shape(*inputs)[:-1])
        middle = inputs[0][-1] * self.multiplier
        return places * middle * (math.prod(self.kernel) + self.filters)

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return tuple(map(Reach, map(span_of, self.kernel, self.dilation), self.stride))


class SeparableConv1D(_Separable[Single, CausalPadding1D]):
    """A depthwise convolution of a sequence, and a convolution of window 1 that mixes its channels.

    `y[i, f] = activation(b[f] + sum(p[c, f] * d[i, c]))` with d what `DepthwiseConv1D(bias=false)`
    makes of x: the two layers in one. (length, channels) becomes (length', filters).
    """

    foreign: ClassVar[tuple[str, ...]] = ("SeparableConvolution1D",)
    rank: ClassVar[int] = SEQUENCE

    stride: Single = arguments.stride(1)
    padding: CausalPadding1D = arguments.padding(arguments.CAUSAL_TOO)
    dilation: Single = arguments.dilation(1)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("SeparableConv1D(4, 3, relu)", (8, 3)),
        Case("SeparableConv1D(3, 4, stride=2, same, multiplier=2)", (7, 2)),
        Case("SeparableConv1D(2, 3, causal, dilation=2)", (7, 2)),
        Case("SeparableConv1D(2, 2, padding=(2, 1), stride=3, bias=false)", (6, 2)),
        Case("SeparableConv1D(3, 1, softmax)", (1, 1)),
    )


class SeparableConv2D(_Separable[Pair, Padding2D]):
    """A depthwise convolution of a picture, and a 1x1 convolution that mixes its channels.

    `y[i, j, f] = activation(b[f] + sum(p[c, f] * d[i, j, c]))` with d what
    `DepthwiseConv2D(bias=false)` makes of x: the two layers in one (Chollet 2017).
    (height, width, channels) becomes (height', width', filters).
    """

    foreign: ClassVar[tuple[str, ...]] = ("SeparableConvolution2D",)
    rank: ClassVar[int] = PICTURE

    stride: Pair = arguments.stride(2)
    dilation: Pair = arguments.dilation(2)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("SeparableConv2D(4, 3x3, same, relu)", (6, 5, 3)),
        Case("SeparableConv2D(3, 3x3, stride=2, same)", (8, 7, 2)),
        Case("SeparableConv2D(2, 2x4, multiplier=2, tanh)", (5, 6, 2)),
        Case("SeparableConv2D(2, 3x2, padding=((0, 1), (2, 0)), stride=2, bias=false)", (6, 7, 2)),
        Case("SeparableConv2D(2, 3x3, same, dilation=2)", (7, 6, 1)),
        Case("SeparableConv2D(2, 2x3, stride=3, dilation=2)", (9, 8, 1)),
        Case("SeparableConv2D(5, 1x1, softmax)", (1, 1, 3)),
        Case("SeparableConv2D(2, 2x2, l1=1e-3, l2=1e-2)", (3, 4, 2)),
    )
    refusable: ClassVar[tuple[Case, ...]] = (
        Case("SeparableConv2D(2, 3x3, stride=(2, 1))", (9, 9, 2)),
    )
