"""What every layer tells about itself: arguments, shapes, weights, cost, and its test cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, NamedTuple, TypeAlias

from specc.kinds import Word
from specc.terms import Term

Dims: TypeAlias = tuple[int, ...]
"""A value's shape without the batch axis, channels last: (height, width, channels), (units,)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A layer that does not fit its input.

    field: the argument at fault (its place is underlined), or None for the layer's name.
    at_input: show the layer that made input number `at_input` as a related place.
    """

    code: str
    message: str
    field: str | None = None
    label: str = ""
    expected: str | None = None
    found: str | None = None
    help: str | None = None
    at_input: int | None = 0


class Penalty(NamedTuple):
    """What a tensor adds to the loss: `l1 * sum(|w|) + l2 * sum(w ** 2)`."""

    l1: float
    l2: float


@dataclass(frozen=True, slots=True)
class Weight:
    """A tensor that a layer owns, with its canonical name and layout, which are PyTorch's.

    penalty: of a kernel; None of all else, such as biases, scales and tables of vectors.
    """

    name: str
    shape: Dims
    initial: Term
    trainable: bool = True
    penalty: Penalty | None = None


@dataclass(frozen=True, slots=True, init=False)
class Case:
    """A use of the layer with the shapes of its inputs: an example and a parity test in one."""

    text: str
    inputs: tuple[Dims, ...]
    about: ClassVar[str] = ""
    """The shapes say it."""

    def __init__(self, text: str, *inputs: Dims) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "inputs", inputs)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a layer looks along one spatial axis: its window; None sees everything."""

    window: int | None
    stride: int = 1
    zoom: int = 1
    """How many outputs each cell of the input becomes."""


class Layer(Term):
    """Base of the layers. Methods that take shapes are called only if `problems` found none."""

    category: ClassVar[str] = "layer"
    label: ClassVar[str]
    """The stem of its name in the graph: `conv` for `conv1`, `conv2`, ..."""
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """Least and largest number of inputs; a merge takes (2, None)."""
    value_names: ClassVar[tuple[str, ...]] = ()
    """Names under which it takes values beside the chain's: `memory=encoded`; none for a merge."""
    lacking: ClassVar[dict[str, str]] = {}
    """Arguments that it has elsewhere and not here, each with what to write or why."""
    fully_connected: ClassVar[bool] = False
    """Whether its weights count as fully connected in the summary."""
    random: ClassVar[bool] = False
    """Whether it draws random numbers while training."""
    kinked: ClassVar[bool] = False
    """Whether its slope jumps: near a jump, rounding decides which slope counts."""
    cases: ClassVar[tuple[Case, ...]]
    refusable: ClassVar[tuple[Case, ...]] = ()

    @classmethod
    def written(cls, case: Case, values: Sequence[str]) -> str:
        """The case as a spec writes it behind `a ->`: `Concat(b, width)`. values: `a`, `b`, ..."""
        name, _, arguments = case.text.partition("(")
        words = [f"{word}=" for word in cls.value_names] or [""] * len(case.inputs)
        others = [word + value for value, word in zip(values[1:], words, strict=False)]
        given = [arguments[:-1]] if arguments else []
        given = [*given, *others] if cls.value_names else [*others, *given]
        return f"{name}({', '.join(given)})" if given else name

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        """What does not fit. Nothing after the first that makes the output shape unknown."""
        yield from ()

    def output_shape(self, *inputs: Dims) -> Dims:
        """The output's shape, without the batch axis."""
        return inputs[0]

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        """Its tensors, running statistics too (trainable=False)."""
        return ()

    def index_limit(self) -> int | None:
        """Its inputs are whole numbers from 0 to below this; None where any numbers will do."""
        return None

    def macs(self, *inputs: Dims) -> int:
        """Multiply-accumulates for one sample: convolutions and dense layers; 0 elsewhere."""
        return 0

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        """One Reach for each spatial axis; empty where it looks at each place alone."""
        return ()


ACTIVATIONS = (
    "linear",
    "relu",
    "sigmoid",
    "tanh",
    "softmax",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "softplus",
    "mish",
    "hard_sigmoid",
    "hard_swish",
    "log_softmax",
    "softsign",
    "exponential",
    "abs",
    "hard_tanh",
    "celu",
    "log_sigmoid",
    "hard_shrink",
    "soft_shrink",
    "tanh_shrink",
    "square",
)
"""Bare words that a layer takes as `activation`; each is also a layer of its own, save `linear`."""

ActivationWord: TypeAlias = Literal[
    "linear",
    "relu",
    "sigmoid",
    "tanh",
    "softmax",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "softplus",
    "mish",
    "hard_sigmoid",
    "hard_swish",
    "log_softmax",
    "softsign",
    "exponential",
    "abs",
    "hard_tanh",
    "celu",
    "log_sigmoid",
    "hard_shrink",
    "soft_shrink",
    "tanh_shrink",
    "square",
]
Activation: TypeAlias = Annotated[ActivationWord, Word(*ACTIVATIONS)]


def is_activation(op: Term) -> bool:
    """Whether a layer is nothing but an activation."""
    return type(op).__module__ == "specc.ops.activation"


def activation_of(op: Term) -> str:
    """The word of the activation that a layer ends in."""
    word = getattr(op, "activation", None)
    if isinstance(word, str):
        return word
    return str(op.label) if isinstance(op, Layer) and is_activation(op) else "linear"
