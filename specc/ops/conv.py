"""Convolutions over pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

from specc.kinds import Bool, Count, Padding2D, Pair
from specc.nested import InitializerTerm
from specc.ops.base import Activation, Case, Dims, Layer, Problem, Reach, Weight
from specc.ops.geometry import span_of
from specc.ops.ranks import PICTURE, wrong_rank
from specc.ops.windows import slid, too_large
from specc.terms import arg
from specc.train.initializers import GlorotUniform, Zeros


class Conv2D(Layer):
    """Slides `filters` learned windows over a picture.

    Each output is the sum over window and channels of input times kernel, plus a bias:
    `y[i, j, f] = activation(b[f] + sum(k[u, v, c, f] * x[i * s + u * d, j * s + v * d, c]))`
    (LeCun et al. 1998). (height, width, channels) becomes (height', width', filters). `same`
    pads with zeros to ceil(size / stride), the odd row or column at the far end.
    """

    label: ClassVar[str] = "conv"
    foreign: ClassVar[tuple[str, ...]] = ("Conv2d", "Convolution2D")

    filters: Count = arg("number of output channels", foreign=("out_channels",))
    kernel: Pair = arg("size of the window: `3x3`, or `3` for a square", foreign=("kernel_size",))
    stride: Pair = arg("step from window to window", default=(1, 1), foreign=("strides",))
    padding: Padding2D = arg(
        "`valid` adds nothing, `same` adds zeros; or the number of zeros on each side",
        default="valid",
    )
    dilation: Pair = arg("step from tap to tap", default=(1, 1), foreign=("dilation_rate",))
    groups: Count = arg(
        "parts that the channels are split into, each with filters of its own", default=1
    )
    bias: Bool = arg(
        "add a learned number to each filter's output", default=True, foreign=("use_bias",)
    )
    activation: Activation = arg("applied to the output", default="linear")
    kernel_initializer: InitializerTerm = arg(
        "what the kernel is drawn from", default=GlorotUniform(), foreign=("weight_initializer",)
    )
    bias_initializer: InitializerTerm = arg("what the bias is drawn from", default=Zeros())

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
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != PICTURE:
            yield from wrong_rank(self, x, PICTURE)
            return
        if x[2] % self.groups or self.filters % self.groups:
            yield Problem(
                "E0304",
                f"{self.groups} groups do not divide {x[2]} channels and {self.filters} filters",
                field="groups",
                label=f"{self.groups} groups",
                expected=f"a number that divides {x[2]} and {self.filters}",
                found=str(self.groups),
                help=_divisors(math.gcd(x[2], self.filters)),
            )
        yield from too_large("kernel", x, self.kernel, self.padding, self.dilation)

    def output_shape(self, *inputs: Dims) -> Dims:
        (x,) = inputs
        return (*slid(x, self.kernel, self.stride, self.padding, self.dilation), self.filters)

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        channels = inputs[0][2] // self.groups
        kernel = Weight("weight", (self.filters, channels, *self.kernel), self.kernel_initializer)
        bias = Weight("bias", (self.filters,), self.bias_initializer)
        return (kernel, bias) if self.bias else (kernel,)

    def macs(self, *inputs: Dims) -> int:
        taps = math.prod(self.kernel) * inputs[0][2] // self.groups
        return math.prod(self.output_shape(*inputs)) * taps

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return tuple(map(Reach, map(span_of, self.kernel, self.dilation), self.stride))


def _divisors(number: int) -> str:
    """Up to five choices of `groups`, so that the line stays short."""
    found = [str(n) for n in range(1, min(number, 1024) + 1) if number % n == 0]
    return "use " + " or ".join(f"`groups={n}`" for n in found[:5])
