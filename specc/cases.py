"""Cases: uses of a term that are examples for readers and tests of every backend at once.

Plain data without a framework. What is not written out in a case is drawn by
`specc/meaning/drawn.py`, which tests and parity alone import.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol, TypeAlias

# Named tuples and not dataclasses: the command line imports these at every start, and the classes
# are made eight times as fast.

Shape: TypeAlias = tuple[int, ...]
Row: TypeAlias = float | tuple[float, ...]
Pair: TypeAlias = tuple[Row, float]
"""What the network says and what is right, at one place. A row has the logits of all classes, and
what is right is one of them."""
Ending: TypeAlias = Literal["none", "sigmoid", "softmax"]


class TermCase(Protocol):
    """What every case has, a layer's too."""

    @property
    def text(self) -> str:
        """The term as a spec writes it."""
        ...

    @property
    def about(self) -> str:
        """What the case shows."""
        ...


class LossCase(NamedTuple):
    """Answers of a network of this shape: `pairs` are the first ones, the others are drawn.

    onehot: the data has a row for each label, with a 1 for its class.
    """

    text: str
    shape: Shape
    about: str
    pairs: tuple[Pair, ...] = ()
    samples: int = 5
    onehot: bool = False


class MetricCase(NamedTuple):
    """Answers of a network as in a LossCase. ends: its last activation, which they do not have."""

    text: str
    ends: Ending
    shape: Shape
    about: str
    pairs: tuple[Pair, ...] = ()
    samples: int = 11


class OptimizerCase(NamedTuple):
    """A run of updates: the gradients of each are drawn and multiplied by one of these factors."""

    text: str
    factors: tuple[float, ...]
    about: str


class ScalingCase(NamedTuple):
    """Samples of this shape. pixels: whole numbers from 0 to 255, as pictures are stored.

    constant: the last channel never changes.
    """

    text: str
    shape: Shape
    about: str
    pixels: bool = False
    constant: bool = False


class InitializerCase(NamedTuple):
    """A weight of this shape, in the canonical layout."""

    text: str
    shape: Shape
    about: str


class SourceCase(NamedTuple):
    """A use to read; what sources do is tested with files."""

    text: str
    about: str
