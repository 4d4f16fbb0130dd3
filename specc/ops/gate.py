"""Activations that are more than a function of one number: learned slopes, gates."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Annotated, ClassVar, Literal

from specc.kinds import Positive, Word
from specc.nested import InitializerTerm
from specc.ops.base import Case, Dims, Layer, Problem, Weight
from specc.ops.ranks import written
from specc.terms import arg
from specc.train.initializers import Constant, Ones, Zeros

GATES = ("sigmoid", "linear", "relu", "gelu", "silu", "tanh")


class PReLU(Layer):
    """`x` where x is positive, `alpha * x` elsewhere, with a learned alpha (He et al. 2015).

    The shape stays. Keras's own layer has an alpha for each number of its input, which is `each`
    here; PyTorch's has one for all and starts at 0.25.
    """

    label: ClassVar[str] = "prelu"
    kinked: ClassVar[bool] = True
    alphas: Annotated[
        Literal["channels", "single", "each"],
        Word("channels", "single", "each"),
    ] = arg(
        "`channels`: an alpha for each channel; `single`: one; `each`: one for each number",
        default="channels",
        foreign=("shared_axes", "num_parameters"),
    )
    initializer: InitializerTerm = arg(
        "what alpha is drawn from", default=Zeros(), foreign=("alpha_initializer", "init")
    )
    cases: ClassVar[tuple[Case, ...]] = (
        Case("PReLU", (4, 3, 5)),
        Case("PReLU", (6, 4)),
        Case("PReLU", (9,)),
        Case("PReLU", (2, 3, 2, 4)),
        Case("PReLU(single)", (4, 3, 5)),
        Case("PReLU(single)", (6, 4)),
        Case("PReLU(single)", (9,)),
        Case("PReLU(single)", (2, 3, 2, 4)),
        Case("PReLU(each)", (4, 3, 5)),
        Case("PReLU(each)", (6, 4)),
        Case("PReLU(each)", (2, 3, 2, 4)),
    )

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        (x,) = inputs
        counts = {"channels": x[-1], "single": 1, "each": prod(x)}
        return (Weight("weight", (counts[self.alphas],), self.initializer),)


class GLU(Layer):
    """`a * sigmoid(b)`, where a and b are the first and the second half of the channels.

    Dauphin et al. 2017. (..., channels) becomes (..., channels / 2). Other gates of b are those of
    Shazeer 2020, with `gelu` GEGLU, with `silu` SwiGLU; `linear` multiplies the halves.
    """

    label: ClassVar[str] = "glu"

    gate: Annotated[Literal["sigmoid", "linear", "relu", "gelu", "silu", "tanh"], Word(*GATES)] = (
        arg("what the second half goes through", default="sigmoid")
    )

    cases: ClassVar[tuple[Case, ...]] = (
        Case("GLU", (4, 3, 6)),
        Case("GLU", (5, 4)),
        Case("GLU", (2,)),
        Case("GLU(gelu)", (4, 3, 6)),
        Case("GLU(silu)", (5, 4)),
        Case("GLU(relu)", (6,)),
        Case("GLU(linear)", (1, 3, 2)),
        Case("GLU(tanh)", (2, 3, 2, 4)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if x[-1] % 2:
            yield Problem(
                "E0315",
                f"`GLU` halves the channels, and {x[-1]} is odd",
                label="needs an even number of channels",
                expected="an even number of channels",
                found=f"{written(x)}: {x[-1]}",
                help=f"give it {x[-1] + 1} channels",
            )

    def output_shape(self, *inputs: Dims) -> Dims:
        return (*inputs[0][:-1], inputs[0][-1] // 2)


class DynamicTanh(Layer):
    """`y = scale * tanh(alpha * x) + offset` in the place of a normalisation (Zhu et al. 2025).

    alpha is one learned number, scale and offset have one for each channel. The shape stays.
    """

    label: ClassVar[str] = "tanh"
    foreign: ClassVar[tuple[str, ...]] = ("DyT",)

    alpha: Positive = arg("where the learned alpha begins", default=0.5, foreign=("init_alpha",))

    cases: ClassVar[tuple[Case, ...]] = (
        Case("DynamicTanh", (4, 3, 5)),
        Case("DynamicTanh(0.8)", (6, 4)),
        Case("DynamicTanh", (1,)),
        Case("DynamicTanh", (2, 3, 2, 4)),
    )

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        channels = inputs[0][-1:]
        return (
            Weight("alpha", (1,), Constant(value=self.alpha)),
            Weight("weight", channels, Ones()),
            Weight("bias", channels, Zeros()),
        )
