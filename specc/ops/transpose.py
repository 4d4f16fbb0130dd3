"""Transposed convolutions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar

from specc.kinds import (
    Bool,
    Count,
    ExtraPair,
    ExtraSingle,
    ExtraTriple,
    NotNegative,
    Padding1D,
    Padding2D,
    Padding3D,
    Pair,
    Single,
    Triple,
)
from specc.nested import InitializerTerm
from specc.ops import arguments
from specc.ops.base import Activation, Case, Dims, Layer, Penalty, Problem, Reach, Weight
from specc.ops.geometry import transposed
from specc.ops.ranks import PICTURE, SEQUENCE, VOLUME, written, wrong_rank
from specc.ops.windows import Padding, PaddingT, SizeT
from specc.terms import arg

ExtraT = TypeVar("ExtraT", bound=tuple[int, ...] | None)


class _ConvTranspose(Layer, Generic[SizeT, PaddingT, ExtraT]):
    """What transposed convolutions of all ranks share."""

    label: ClassVar[str] = "up"
    lacking: ClassVar[dict[str, str]] = {
        "dilation": "TensorFlow has no transposed convolution with dilation",
        "dilation_rate": "TensorFlow has no transposed convolution with dilation",
        "groups": "Keras has no transposed convolution in groups",
    }
    rank: ClassVar[int]

    filters: Count = arguments.filters()
    kernel: SizeT = arguments.kernel()
    stride: SizeT
    padding: PaddingT = arguments.padding(
        "`valid` cuts nothing off, `same` cuts down to size x stride; or the number of cells to "
        "cut off each side, as PyTorch counts"
    )
    output_padding: ExtraT = arg(
        "cells more at the far end, fewer than the stride; where it is left out, `valid` adds what "
        "is missing to size x stride",
        default=None,
    )
    bias: Bool = arguments.bias()
    activation: Activation = arguments.activation()
    kernel_initializer: InitializerTerm = arguments.kernel_initializer()
    bias_initializer: InitializerTerm = arguments.bias_initializer()
    l1: NotNegative = arguments.l1()
    l2: NotNegative = arguments.l2()

    def part(self, dims: Dims) -> tuple[tuple[int, int], ...]:
        """For each axis, where the output begins in the uncut one, and its size."""
        padding: Padding = self.padding
        more: Dims | None = self.output_padding
        axes = zip(dims[:-1], self.kernel, self.stride, strict=True)
        return tuple(
            transposed(
                *axis,
                padding if isinstance(padding, str) else padding[place],
                None if more is None else more[place],
            )
            for place, axis in enumerate(axes)
        )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != self.rank:
            yield from wrong_rank(self, x, self.rank)
            return
        extra: Dims | None = self.output_padding
        if extra and any(more >= step for more, step in zip(extra, self.stride, strict=True)):
            yield Problem(
                "E0311",
                "the output padding is as large as the stride",
                field="output_padding",
                label=f"output padding is {written(extra)}",
                expected=f"at most {written(tuple(step - 1 for step in self.stride))}",
                found=written(extra),
                help="what a whole stride would add is left empty; enlarge the stride instead",
                at_input=None,
            )
            return
        sizes = tuple(size for _, size in self.part(x))
        if min(sizes) < 1:
            uncut = tuple(map(_full, x[:-1], self.kernel, self.stride))
            yield Problem(
                "E0312",
                f"nothing is left of the {written(uncut)} output",
                field="padding",
                label="cuts everything off",
                expected="at least 1 cell along each axis",
                found=written(sizes),
                help="cut less off",
            )

    def output_shape(self, *inputs: Dims) -> Dims:
        return (*(size for _, size in self.part(inputs[0])), self.filters)

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        shape = (inputs[0][-1], self.filters, *self.kernel)
        penalty = Penalty(self.l1, self.l2)
        kernel = Weight("weight", shape, self.kernel_initializer, penalty=penalty)
        bias = Weight("bias", (self.filters,), self.bias_initializer)
        return (kernel, bias) if self.bias else (kernel,)

    def macs(self, *inputs: Dims) -> int:
        return math.prod(inputs[0]) * math.prod(self.kernel) * self.filters

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        axes = zip(self.kernel, self.stride, strict=True)
        return tuple(Reach(-(-kernel // stride), zoom=stride) for kernel, stride in axes)


def _full(size: int, kernel: int, stride: int) -> int:
    return (size - 1) * stride + kernel


class Conv1DTranspose(_ConvTranspose[Single, Padding1D, ExtraSingle]):
    """Spreads each cell of a sequence over a learned window, `stride` cells apart, and adds up.

    `y[i * s + u, f] += k[u, c, f] * x[i, c]`, then bias and activation: the transpose of what
    `Conv1D` does. (length, channels) becomes (length', filters), length' being
    (length - 1) * stride + kernel before `padding` cuts.
    """

    foreign: ClassVar[tuple[str, ...]] = ("ConvTranspose1d", "Convolution1DTranspose")
    rank: ClassVar[int] = SEQUENCE

    stride: Single = arguments.stride(1)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Conv1DTranspose(3, 2, stride=2, relu)", (5, 2)),
        Case("Conv1DTranspose(2, 3, stride=2, same)", (4, 3)),
        Case("Conv1DTranspose(2, 5, stride=3, padding=(2, 1), output_padding=1)", (4, 2)),
        Case("Conv1DTranspose(2, 2, stride=3)", (4, 1)),
        Case("Conv1DTranspose(2, 2, stride=2, same, output_padding=0)", (4, 1)),
        Case("Conv1DTranspose(2, 4, padding=(3, 1), bias=false)", (4, 2)),
        Case("Conv1DTranspose(2, 1, softmax)", (1, 3)),
    )


class Conv2DTranspose(_ConvTranspose[Pair, Padding2D, ExtraPair]):
    """Spreads each cell of a picture over a learned window, `stride` cells apart, and adds up.

    `y[i * s + u, j * s + v, f] += k[u, v, c, f] * x[i, j, c]`, then bias and activation: the
    transpose of what `Conv2D` does (Zeiler et al. 2010). (height, width, channels) becomes
    (height', width', filters), height' being (height - 1) * stride + kernel before `padding`
    cuts. `same` cuts to size * stride, the odd row or column at the far end; PyTorch's
    `padding=1, output_padding=1` cuts it at the near end.
    """

    foreign: ClassVar[tuple[str, ...]] = (
        "ConvTranspose2d",
        "Convolution2DTranspose",
        "Deconvolution2D",
    )
    rank: ClassVar[int] = PICTURE

    stride: Pair = arguments.stride(2)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Conv2DTranspose(3, 2x2, stride=2, relu)", (3, 4, 2)),
        Case("Conv2DTranspose(2, 4x4, stride=2, same)", (3, 4, 2)),
        Case("Conv2DTranspose(2, 3x3, stride=2, same, bias=false)", (4, 3, 2)),
        Case("Conv2DTranspose(2, 5x2, stride=(2, 3), same)", (4, 3, 1)),
        Case("Conv2DTranspose(2, 3x3, stride=2, padding=1, output_padding=1)", (4, 3, 2)),
        Case("Conv2DTranspose(2, 3x3, stride=2, same, output_padding=0)", (4, 3, 2)),
        Case("Conv2DTranspose(2, 2x4, stride=2, same, output_padding=1, tanh)", (4, 3, 2)),
        Case("Conv2DTranspose(2, 4x2, stride=2, same, output_padding=0)", (3, 4, 2)),
        Case("Conv2DTranspose(2, 5x3, stride=(3, 2), output_padding=(1, 0))", (4, 3, 2)),
        Case("Conv2DTranspose(2, 3x4, stride=2, padding=((0, 2), (3, 0)))", (4, 3, 1)),
        Case("Conv2DTranspose(2, 3x3, padding=((2, 0), (1, 2)))", (4, 5, 1)),
        Case("Conv2DTranspose(2, 1x2, stride=3)", (3, 2, 1)),
        Case("Conv2DTranspose(2, 1x1, stride=2, padding=0)", (3, 2, 1)),
        Case("Conv2DTranspose(3, 3x3, stride=2, same, leaky_relu)", (1, 1, 1)),
        Case("Conv2DTranspose(4, 3x3, softmax)", (1, 1, 2)),
        Case("Conv2DTranspose(2, 2x3, stride=2, l2=1e-2)", (2, 3, 2)),
    )


class Conv3DTranspose(_ConvTranspose[Triple, Padding3D, ExtraTriple]):
    """Spreads each cell of a volume over a learned window, `stride` cells apart, and adds up.

    `y[h * s + t, i * s + u, j * s + v, f] += k[t, u, v, c, f] * x[h, i, j, c]`, then bias and
    activation, as `Conv2DTranspose` with one more axis. (depth, height, width, channels) becomes
    (depth', height', width', filters).
    """

    foreign: ClassVar[tuple[str, ...]] = ("ConvTranspose3d", "Convolution3DTranspose")
    rank: ClassVar[int] = VOLUME

    stride: Triple = arguments.stride(3)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Conv3DTranspose(2, 2, stride=2, relu)", (2, 3, 2, 2)),
        Case("Conv3DTranspose(2, 3x2x4, stride=2, same)", (2, 3, 2, 1)),
        Case("Conv3DTranspose(2, 1, stride=3, same)", (2, 2, 3, 2)),
        Case("Conv3DTranspose(2, 1x3x2, stride=(3, 2, 2), same)", (2, 3, 2, 1)),
        Case("Conv3DTranspose(2, 3, stride=2, padding=1, output_padding=(1, 0, 1))", (2, 2, 3, 1)),
        Case("Conv3DTranspose(2, 2x3x3, padding=((0, 1), (2, 0), (1, 1)), bias=false)",
             (2, 2, 3, 1)),
        Case("Conv3DTranspose(2, 3x2x1, stride=2, same, output_padding=1)", (2, 2, 2, 1)),
        Case("Conv3DTranspose(1, 2, stride=3, padding=1, output_padding=1)", (1, 2, 1, 1)),
        Case("Conv3DTranspose(3, 1, softmax)", (1, 1, 1, 2)),
    )  # fmt: skip
