"""Fully connected layers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

from specc.kinds import Bool, Count, NotNegative
from specc.nested import InitializerTerm
from specc.ops import arguments
from specc.ops.base import Activation, Case, Dims, Layer, Penalty, Problem, Weight
from specc.ops.ranks import PICTURE, described, kind_name
from specc.terms import arg
from specc.train.initializers import GlorotUniform, Zeros


class Dense(Layer):
    """Connects every input to every unit: `y = activation(W x + b)`.

    A vector (n,) becomes (units,). In a sequence (length, n) each place is transformed alike:
    (length, units).
    """

    label: ClassVar[str] = "dense"
    foreign: ClassVar[tuple[str, ...]] = ("Linear",)
    fully_connected: ClassVar[bool] = True

    units: Count = arg("number of outputs", foreign=("out_features",))
    bias: Bool = arg("add a learned number to each unit", default=True, foreign=("use_bias",))
    activation: Activation = arg("applied to the output", default="linear")
    kernel_initializer: InitializerTerm = arg(
        "what the weights are drawn from", default=GlorotUniform(), foreign=("weight_initializer",)
    )
    bias_initializer: InitializerTerm = arg("what the bias is drawn from", default=Zeros())
    l1: NotNegative = arguments.l1("the weights")
    l2: NotNegative = arguments.l2("the weights")

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Dense(5, relu)", (7,)),
        Case("Dense(1, sigmoid)", (3,)),
        Case("Dense(4, bias=false, softmax)", (6,)),
        Case("Dense(3, softmax)", (5, 4)),
        Case("Dense(4, tanh, l1=1e-3, l2=1e-2)", (5,)),
        Case("Dense(2, leaky_relu)", (1, 1)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) >= PICTURE:
            yield Problem(
                "E0302",
                f"`Dense` does not work on {kind_name(x)}",
                label=f"gets {kind_name(x)}",
                expected="a vector or a sequence",
                found=described(x),
                help=f"flatten it first: `Flatten -> Dense({self.units})`; "
                f"or connect the channels of each place: `Conv{len(x) - 1}D({self.units}, 1)`",
            )

    def output_shape(self, *inputs: Dims) -> Dims:
        return (*inputs[0][:-1], self.units)

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        shape, penalty = (self.units, inputs[0][-1]), Penalty(self.l1, self.l2)
        kernel = Weight("weight", shape, self.kernel_initializer, penalty=penalty)
        bias = Weight("bias", (self.units,), self.bias_initializer)
        return (kernel, bias) if self.bias else (kernel,)

    def macs(self, *inputs: Dims) -> int:
        return math.prod(inputs[0]) * self.units
