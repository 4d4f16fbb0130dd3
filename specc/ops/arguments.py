"""Arguments that several families of layers take, in the same words."""

from __future__ import annotations

from typing import Any

from specc.terms import arg
from specc.train.initializers import GlorotUniform, Zeros

SAME_OR_VALID = "`valid` adds nothing, `same` adds zeros; or the number of zeros on each side"

CAUSAL_TOO = (
    "`valid` adds nothing, `same` adds zeros on both sides, `causal` at the beginning; "
    "or the number of zeros on each side"
)


def filters() -> Any:
    return arg("number of output channels", foreign=("out_channels",))


def kernel() -> Any:
    return arg(
        "size of the window, such as `3x3`; one number for all axes", foreign=("kernel_size",)
    )


def stride(axes: int) -> Any:
    return arg("step from window to window", default=(1,) * axes, foreign=("strides",))


def dilation(axes: int) -> Any:
    return arg("step from tap to tap", default=(1,) * axes, foreign=("dilation_rate",))


def padding(text: str = SAME_OR_VALID) -> Any:
    return arg(text, default="valid")


def bias() -> Any:
    return arg("add a learned number to each output channel", default=True, foreign=("use_bias",))


def activation() -> Any:
    return arg("applied to the output", default="linear")


def kernel_initializer(text: str = "what the kernel is drawn from") -> Any:
    return arg(text, default=GlorotUniform(), foreign=("weight_initializer",))


def bias_initializer() -> Any:
    return arg("what the bias is drawn from", default=Zeros())


def l1(of: str = "the kernel") -> Any:
    return arg(f"adds l1 times the sum of |w| over {of} to the loss", default=0.0)


def l2(of: str = "the kernel") -> Any:
    text = f"adds l2 times the sum of w * w over {of} to the loss"
    return arg(text, default=0.0, foreign=("kernel_regularizer",))
