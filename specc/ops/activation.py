"""Activations as layers, and the table that leads from their words to them."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

from specc.kinds import NotNegative
from specc.ops.base import Case, Layer
from specc.terms import arg

_EACH_RANK = ((4, 3, 5), (6, 4), (9,))


def _cases(text: str) -> tuple[Case, ...]:
    return tuple(Case(text, dims) for dims in _EACH_RANK)


class _Activation(Layer):
    """Applied to each number alone; the shape stays."""


class ReLU(_Activation):
    """`max(x, 0)` (Nair and Hinton 2010). The shape stays."""

    label: ClassVar[str] = "relu"
    cases: ClassVar[tuple[Case, ...]] = _cases("ReLU")


class ReLU6(_Activation):
    """`min(max(x, 0), 6)` (Howard et al. 2017). The shape stays."""

    # Not `relu6`: its first would bear the name of the 61st `relu`.
    label: ClassVar[str] = "relu"
    cases: ClassVar[tuple[Case, ...]] = _cases("ReLU6")


class LeakyReLU(_Activation):
    """`x` where x is positive, `slope * x` elsewhere (Maas et al. 2013). The shape stays."""

    label: ClassVar[str] = "leaky_relu"
    slope: NotNegative = arg(
        "the slope left of zero; Keras's layer has 0.3, PyTorch's 0.01",
        default=0.3,
        foreign=("negative_slope", "alpha"),
    )
    cases: ClassVar[tuple[Case, ...]] = (*_cases("LeakyReLU"), *_cases("LeakyReLU(0.1)"))


class ELU(_Activation):
    """`x` where x is positive, `exp(x) - 1` elsewhere (Clevert et al. 2016). The shape stays."""

    label: ClassVar[str] = "elu"
    cases: ClassVar[tuple[Case, ...]] = _cases("ELU")


class SELU(_Activation):
    """`1.0507 * x` where x is positive, `1.7581 * (exp(x) - 1)` elsewhere. The shape stays.

    Klambauer et al. 2017; the numbers are rounded here.
    """

    label: ClassVar[str] = "selu"
    cases: ClassVar[tuple[Case, ...]] = _cases("SELU")


class GELU(_Activation):
    """`x * Phi(x)` with the exact normal distribution, not its tanh approximation. The shape stays.

    Hendrycks and Gimpel 2016.
    """

    label: ClassVar[str] = "gelu"
    cases: ClassVar[tuple[Case, ...]] = _cases("GELU")


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
    cases: ClassVar[tuple[Case, ...]] = _cases("Softmax")


class Softplus(_Activation):
    """`log(1 + exp(x))`. The shape stays."""

    label: ClassVar[str] = "softplus"
    cases: ClassVar[tuple[Case, ...]] = _cases("Softplus")


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
}
"""The layer that each word of `activation` means, save `linear`."""

WORD_OF: dict[type[Layer], str] = {cls: word for word, cls in LAYER_OF.items()}


@cache
def meant_by(word: str) -> Layer | None:
    """The layer that a word means, with its defaults; None for `linear`."""
    cls = LAYER_OF.get(word)
    return None if cls is None else cls.build({})
