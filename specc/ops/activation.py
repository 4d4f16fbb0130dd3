"""Activations as layers, and the table that leads from their words to them."""

from __future__ import annotations

from functools import cache
from typing import Annotated, ClassVar

from specc.kinds import Bool, Maybe, NotNegative, Number, Positive
from specc.ops.base import Case, Layer
from specc.terms import arg

_EACH_RANK = ((4, 3, 5), (6, 4), (9,), (2, 3, 2, 4))


_OVER_CHANNELS = {axis: "it is over the channels: leave it out" for axis in ("axis", "dim")}


def _cases(text: str) -> tuple[Case, ...]:
    return tuple(Case(text, dims) for dims in _EACH_RANK)


class _Activation(Layer):
    """Applied to each number alone; the shape stays."""


class ReLU(_Activation):
    """`max(x, 0)` (Nair and Hinton 2010). The shape stays.

    With a ceiling `min(max(x, 0), ceiling)`; with a slope, `slope * x` stands left of zero.
    """

    label: ClassVar[str] = "relu"
    kinked: ClassVar[bool] = True
    ceiling: Annotated[float | None, Maybe(Number(0, above=True))] = arg(
        "the largest output; none where it is left out", default=None, foreign=("max_value",)
    )
    slope: NotNegative = arg(
        "the slope left of zero", default=0.0, foreign=("negative_slope", "alpha")
    )
    cases: ClassVar[tuple[Case, ...]] = (
        *_cases("ReLU"),
        *_cases("ReLU(ceiling=1.5)"),
        *_cases("ReLU(slope=0.2)"),
        Case("ReLU(1, slope=0.1)", (4, 3, 5)),
        Case("ReLU(ceiling=6)", (9,)),
        Case("ReLU(ceiling=6, slope=0.5)", (9,)),
    )


class ReLU6(_Activation):
    """`min(max(x, 0), 6)` (Howard et al. 2017). The shape stays."""

    # Not `relu6`: its first would bear the name of the 61st `relu`.
    label: ClassVar[str] = "relu"
    kinked: ClassVar[bool] = True
    cases: ClassVar[tuple[Case, ...]] = _cases("ReLU6")


class LeakyReLU(_Activation):
    """`x` where x is positive, `slope * x` elsewhere (Maas et al. 2013). The shape stays."""

    label: ClassVar[str] = "leaky_relu"
    kinked: ClassVar[bool] = True
    slope: NotNegative = arg(
        "the slope left of zero; Keras's layer has 0.3, PyTorch's 0.01",
        default=0.3,
        foreign=("negative_slope", "alpha"),
    )
    cases: ClassVar[tuple[Case, ...]] = (*_cases("LeakyReLU"), *_cases("LeakyReLU(0.1)"))


class ELU(_Activation):
    """`x` where x is positive, `alpha * (exp(x) - 1)` elsewhere. The shape stays.

    Clevert et al. 2016.
    """

    label: ClassVar[str] = "elu"
    alpha: Positive = arg("the output far left of zero, without its sign", default=1.0)
    cases: ClassVar[tuple[Case, ...]] = (*_cases("ELU"), *_cases("ELU(0.3)"))


class SELU(_Activation):
    """`1.0507 * x` where x is positive, `1.7581 * (exp(x) - 1)` elsewhere. The shape stays.

    Klambauer et al. 2017; the numbers are rounded here.
    """

    label: ClassVar[str] = "selu"
    cases: ClassVar[tuple[Case, ...]] = _cases("SELU")


class GELU(_Activation):
    """`x * Phi(x)` with the exact normal distribution (Hendrycks and Gimpel 2016). The shape stays.

    The approximation is `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))`, as in the first
    BERT and GPT.
    """

    label: ClassVar[str] = "gelu"
    approximate: Bool = arg("use the approximation by tanh", default=False)
    cases: ClassVar[tuple[Case, ...]] = (*_cases("GELU"), *_cases("GELU(approximate=true)"))


class SiLU(_Activation):
    """`x * sigmoid(x)`, also called swish (Ramachandran et al. 2017). The shape stays."""

    label: ClassVar[str] = "silu"
    foreign: ClassVar[tuple[str, ...]] = ("Swish", "swish")
    cases: ClassVar[tuple[Case, ...]] = _cases("SiLU")


class Sigmoid(_Activation):
    """`1 / (1 + exp(-x))`. The shape stays."""

    label: ClassVar[str] = "sigmoid"
    cases: ClassVar[tuple[Case, ...]] = _cases("Sigmoid")


class Tanh(_Activation):
    """`tanh(x)`. The shape stays."""

    label: ClassVar[str] = "tanh"
    cases: ClassVar[tuple[Case, ...]] = _cases("Tanh")


class Softmax(_Activation):
    """`exp(x) / sum(exp(x))` over the channels of each place. The shape stays."""

    label: ClassVar[str] = "softmax"
    lacking: ClassVar[dict[str, str]] = _OVER_CHANNELS
    cases: ClassVar[tuple[Case, ...]] = _cases("Softmax")


class Softplus(_Activation):
    """`log(1 + exp(x))`. The shape stays."""

    label: ClassVar[str] = "softplus"
    cases: ClassVar[tuple[Case, ...]] = _cases("Softplus")


class Mish(_Activation):
    """`x * tanh(softplus(x))` (Misra 2019). The shape stays."""

    label: ClassVar[str] = "mish"
    cases: ClassVar[tuple[Case, ...]] = _cases("Mish")


class HardSigmoid(_Activation):
    """`min(max(x + 3, 0), 6) / 6`, a sigmoid of straight lines (Howard et al. 2019).

    The shape stays. Keras 2 had `0.2 * x + 0.5` under this name.
    """

    label: ClassVar[str] = "hard_sigmoid"
    kinked: ClassVar[bool] = True
    foreign: ClassVar[tuple[str, ...]] = ("Hardsigmoid", "hardsigmoid")
    cases: ClassVar[tuple[Case, ...]] = _cases("HardSigmoid")


class HardSwish(_Activation):
    """`x * hard_sigmoid(x)` (Howard et al. 2019). The shape stays."""

    label: ClassVar[str] = "hard_swish"
    kinked: ClassVar[bool] = True
    foreign: ClassVar[tuple[str, ...]] = ("Hardswish", "hardswish", "HardSiLU", "hard_silu")
    cases: ClassVar[tuple[Case, ...]] = _cases("HardSwish")


class LogSoftmax(_Activation):
    """`x - log(sum(exp(x)))` over the channels of each place. The shape stays."""

    label: ClassVar[str] = "log_softmax"
    lacking: ClassVar[dict[str, str]] = _OVER_CHANNELS
    cases: ClassVar[tuple[Case, ...]] = _cases("LogSoftmax")


class Softsign(_Activation):
    """`x / (1 + abs(x))`. The shape stays."""

    label: ClassVar[str] = "softsign"
    cases: ClassVar[tuple[Case, ...]] = _cases("Softsign")


class Exponential(_Activation):
    """`exp(x)`. The shape stays."""

    label: ClassVar[str] = "exponential"
    foreign: ClassVar[tuple[str, ...]] = ("Exp",)
    cases: ClassVar[tuple[Case, ...]] = _cases("Exponential")


class Abs(_Activation):
    """`x` where x is positive, `-x` elsewhere. The shape stays."""

    label: ClassVar[str] = "absolute"
    kinked: ClassVar[bool] = True
    foreign: ClassVar[tuple[str, ...]] = ("Absolute", "absolute")
    cases: ClassVar[tuple[Case, ...]] = _cases("Abs")


class HardTanh(_Activation):
    """`min(max(x, -1), 1)`, a tanh of straight lines (Collobert 2004). The shape stays."""

    label: ClassVar[str] = "hard_tanh"
    kinked: ClassVar[bool] = True
    foreign: ClassVar[tuple[str, ...]] = ("Hardtanh", "hardtanh")
    cases: ClassVar[tuple[Case, ...]] = _cases("HardTanh")


class CELU(_Activation):
    """`x` where x is positive, `alpha * (exp(x / alpha) - 1)` elsewhere (Barron 2017).

    The shape stays. Unlike `ELU` it is smooth at zero for any alpha.
    """

    label: ClassVar[str] = "celu"
    alpha: Positive = arg("the output far left of zero, without its sign", default=1.0)
    cases: ClassVar[tuple[Case, ...]] = (*_cases("CELU"), *_cases("CELU(0.3)"))


class LogSigmoid(_Activation):
    """`-log(1 + exp(-x))`. The shape stays."""

    label: ClassVar[str] = "log_sigmoid"
    foreign: ClassVar[tuple[str, ...]] = ("logsigmoid",)
    cases: ClassVar[tuple[Case, ...]] = _cases("LogSigmoid")


class HardShrink(_Activation):
    """`x` where `abs(x) > threshold`, 0 elsewhere. The shape stays."""

    label: ClassVar[str] = "hard_shrink"
    kinked: ClassVar[bool] = True
    foreign: ClassVar[tuple[str, ...]] = ("Hardshrink", "hardshrink")
    threshold: Positive = arg("how far from zero", default=0.5, foreign=("lambd",))
    cases: ClassVar[tuple[Case, ...]] = (*_cases("HardShrink"), *_cases("HardShrink(1.2)"))


class SoftShrink(_Activation):
    """`sign(x) * max(abs(x) - threshold, 0)`: x moved towards zero. The shape stays."""

    label: ClassVar[str] = "soft_shrink"
    kinked: ClassVar[bool] = True
    foreign: ClassVar[tuple[str, ...]] = ("Softshrink", "softshrink")
    threshold: Positive = arg("how far", default=0.5, foreign=("lambd",))
    cases: ClassVar[tuple[Case, ...]] = (*_cases("SoftShrink"), *_cases("SoftShrink(0.3)"))


class TanhShrink(_Activation):
    """`x - tanh(x)`. The shape stays."""

    label: ClassVar[str] = "tanh_shrink"
    foreign: ClassVar[tuple[str, ...]] = ("Tanhshrink", "tanhshrink")
    cases: ClassVar[tuple[Case, ...]] = _cases("TanhShrink")


class Square(_Activation):
    """`x * x`. The shape stays. Behind `ReLU` it is the activation of Primer (So et al. 2021)."""

    label: ClassVar[str] = "square"
    cases: ClassVar[tuple[Case, ...]] = _cases("Square")


LAYER_OF: dict[str, type[Layer]] = {
    "relu": ReLU,
    "relu6": ReLU6,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "selu": SELU,
    "gelu": GELU,
    "silu": SiLU,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "softmax": Softmax,
    "softplus": Softplus,
    "mish": Mish,
    "hard_sigmoid": HardSigmoid,
    "hard_swish": HardSwish,
    "log_softmax": LogSoftmax,
    "softsign": Softsign,
    "exponential": Exponential,
    "abs": Abs,
    "hard_tanh": HardTanh,
    "celu": CELU,
    "log_sigmoid": LogSigmoid,
    "hard_shrink": HardShrink,
    "soft_shrink": SoftShrink,
    "tanh_shrink": TanhShrink,
    "square": Square,
}
"""The layer that each word of `activation` means, save `linear`."""

WORD_OF: dict[type[Layer], str] = {cls: word for word, cls in LAYER_OF.items()}


@cache
def meant_by(word: str) -> Layer | None:
    """The layer that a word means, with its defaults; None for `linear`."""
    cls = LAYER_OF.get(word)
    return None if cls is None else cls.build({})
