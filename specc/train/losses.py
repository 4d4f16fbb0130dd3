"""Losses: what training makes small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

from specc.cases import LossCase, Pair
from specc.kinds import Number, Positive
from specc.terms import Term, arg

Fold: TypeAlias = Literal["none", "sigmoid", "softmax"]


class _Base(Term):
    category: ClassVar[str] = "loss"
    cases: ClassVar[tuple[LossCase, ...]] = ()
    refusable: ClassVar[tuple[LossCase, ...]] = ()

    folds: ClassVar[Fold] = "none"
    """The last activation that it takes over: the network trains on logits."""
    needs_fold: ClassVar[bool] = False
    """Whether the output must end in that activation."""
    least_units: ClassVar[int] = 1
    """The fewest units that the output may have."""
    labels: ClassVar[Mapping[str, str]] = {"integers": "target_numbers"}
    """The settings of `labels` that it can work with, each with the part that reads such labels."""

    if TYPE_CHECKING:
        weight: float  # each loss has it as its last argument

    def classes(self, shape: tuple[int, ...]) -> int | None:
        """How many classes an output of this shape tells apart; None where it chooses none."""
        return None

    def label_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of one sample's label, as integers or numbers, for an output of this shape."""
        return shape


Loss = _Base

# Answers at the edges, each with what is right there; they are exact in float32.
_ERRORS: tuple[Pair, ...] = ((2.0, 2.0), (1.0, 1.0 + 2**-20), (-3000.0, 5.0), (0.0, 0.0))
_AT_HALF: tuple[Pair, ...] = (
    (1.5, 1.0), (0.5, 1.0), (1.0, 1.0), (1.4375, 1.0), (1.5625, 1.0), (-30.0, 2.0),
)  # fmt: skip
_SURE: tuple[Pair, ...] = (
    (40.0, 1), (40.0, 0), (-40.0, 1), (-40.0, 0), (0.0, 1), (0.0, 0), (-300.0, 1), (300.0, 1),
)  # fmt: skip
_SURE_ROWS: tuple[Pair, ...] = (
    ((60.0, -60.0, 0.0), 0), ((60.0, -60.0, 0.0), 1), ((1.0, 1.0, 1.0), 2),
    ((300.0, 0.0, 299.0), 1),
)  # fmt: skip


def _weight() -> Any:
    return arg("what it counts in the sum of the losses of several outputs", default=1.0)


_NUMBERS = {"integers": "target_numbers", "onehot": "onehot_targets"}


class Mse(_Base):
    """The mean squared error over all numbers of the output."""

    foreign: ClassVar[tuple[str, ...]] = (
        "mean_squared_error",
        "MeanSquaredError",
        "MSELoss",
        "mse_loss",
    )
    labels: ClassVar[Mapping[str, str]] = _NUMBERS
    cases: ClassVar[tuple[LossCase, ...]] = (
        LossCase("mse", (1,), "one number for each sample"),
        LossCase("mse", (3,), "no error, a tiny and a large one", _ERRORS),
        LossCase("mse(weight=2.5)", (4, 3), "a sequence, with a weight"),
        LossCase("mse", (3, 2, 2), "a picture"),
        LossCase("mse", (4,), "one-hot labels", onehot=True),
        LossCase("mse", (2,), "a single sample", samples=1),
    )

    weight: Positive = _weight()


class Mae(_Base):
    """The mean absolute error over all numbers of the output."""

    foreign: ClassVar[tuple[str, ...]] = (
        "mean_absolute_error",
        "MeanAbsoluteError",
        "L1Loss",
        "l1_loss",
    )
    labels: ClassVar[Mapping[str, str]] = _NUMBERS
    cases: ClassVar[tuple[LossCase, ...]] = (
        LossCase("mae", (1,), "one number for each sample"),
        LossCase("mae", (3,), "no error, a tiny and a large one", _ERRORS),
        LossCase("mae(weight=0.25)", (4, 3), "a sequence, with a weight"),
        LossCase("mae", (2, 3, 2), "a picture"),
        LossCase("mae", (3,), "one-hot labels", onehot=True),
    )

    weight: Positive = _weight()


class Huber(_Base):
    """The mean of half the squared error, which becomes a line where the error is above `delta`.

    It is `error * error / 2` up to `delta` and `delta * (error - delta / 2)` above, averaged over
    all numbers of the output.
    """

    foreign: ClassVar[tuple[str, ...]] = ("HuberLoss", "huber_loss")
    labels: ClassVar[Mapping[str, str]] = _NUMBERS

    cases: ClassVar[tuple[LossCase, ...]] = (
        LossCase("huber", (3,), "no error, a tiny and a large one", _ERRORS),
        LossCase("huber(delta=0.5)", (3,), "errors of delta, and on both sides of it", _AT_HALF),
        LossCase("huber(2.5)", (1,), "one number for each sample"),
        LossCase("huber(delta=0.1, weight=3)", (4, 3), "a sequence, with a weight"),
        LossCase("huber(delta=1.5)", (3, 2, 2), "a picture"),
        LossCase("huber(delta=0.75)", (4,), "one-hot labels", onehot=True),
    )

    delta: Positive = arg("the error at which the line begins", default=1.0)
    weight: Positive = _weight()


class LogCosh(_Base):
    """The mean of `log(cosh(error))` over all numbers of the output.

    Half the square of a small error, and the size of a large one less `log(2)`.
    """

    foreign: ClassVar[tuple[str, ...]] = ("LogCosh", "logcosh")
    labels: ClassVar[Mapping[str, str]] = _NUMBERS
    cases: ClassVar[tuple[LossCase, ...]] = (
        LossCase("log_cosh", (1,), "one number for each sample"),
        LossCase("log_cosh", (3,), "no error, a tiny and a large one", _ERRORS),
        LossCase("log_cosh(weight=0.5)", (4, 3), "a sequence, with a weight"),
        LossCase("log_cosh", (3, 2, 2), "a picture"),
        LossCase("log_cosh", (4,), "one-hot labels", onehot=True),
        LossCase("log_cosh", (2,), "a single sample", samples=1),
    )

    weight: Positive = _weight()


class BinaryCrossentropy(_Base):
    """For yes or no: an output that ends in `sigmoid`, labels 0 and 1.

    Several units are several questions, each with its own yes or no.
    """

    foreign: ClassVar[tuple[str, ...]] = (
        "bce", "binary_cross_entropy", "BCELoss", "BCEWithLogitsLoss",
        "binary_cross_entropy_with_logits",
    )  # fmt: skip
    folds: ClassVar[Fold] = "sigmoid"
    needs_fold: ClassVar[bool] = True
    labels: ClassVar[Mapping[str, str]] = {"integers": "binary_numbers"}

    cases: ClassVar[tuple[LossCase, ...]] = (
        LossCase("binary_crossentropy", (1,), "one question"),
        LossCase("binary_crossentropy", (3,), "sure answers, right and wrong, and none", _SURE),
        LossCase("binary_crossentropy(label_smoothing=0.2)", (2,), "softer labels", _SURE),
        LossCase("binary_crossentropy(weight=0.5)", (4, 2), "places of a sequence, with a weight"),
        LossCase("binary_crossentropy(0.05)", (3, 2, 1), "places of a picture"),
    )

    label_smoothing: Annotated[float, Number(0, 1, below=True)] = arg(
        "pulls the labels 0 and 1 towards one half by this share", default=0.0
    )
    weight: Positive = _weight()

    def classes(self, shape: tuple[int, ...]) -> int | None:
        return 2 if shape == (1,) else None


class CategoricalCrossentropy(_Base):
    """For one class of several: an output that ends in `softmax`, with a unit for each class."""

    foreign: ClassVar[tuple[str, ...]] = (
        "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy",
        "crossentropy", "cross_entropy", "CrossEntropyLoss", "NLLLoss", "nll_loss",
    )  # fmt: skip
    folds: ClassVar[Fold] = "softmax"
    needs_fold: ClassVar[bool] = True
    least_units: ClassVar[int] = 2
    labels: ClassVar[Mapping[str, str]] = {
        "integers": "class_numbers",
        "onehot": "onehot_numbers",
    }

    cases: ClassVar[tuple[LossCase, ...]] = (
        LossCase("categorical_crossentropy", (3,), "one class of three"),
        LossCase(
            "categorical_crossentropy", (3,), "sure answers, right and wrong, and ties", _SURE_ROWS
        ),
        LossCase(
            "categorical_crossentropy(label_smoothing=0.1)", (3,), "softer labels", _SURE_ROWS
        ),
        LossCase(
            "categorical_crossentropy(weight=2)", (5, 2), "places of a sequence, with a weight"
        ),
        LossCase("categorical_crossentropy", (3, 2, 4), "places of a picture"),
        LossCase(
            "categorical_crossentropy(0.2)", (2, 3, 4), "softer labels at places of a picture"
        ),
        LossCase("categorical_crossentropy(0.3)", (4, 3), "softer labels in a sequence"),
        LossCase("categorical_crossentropy", (4,), "one-hot labels", onehot=True),
    )

    label_smoothing: Annotated[float, Number(0, 1, below=True)] = arg(
        "spreads this share of each label evenly over all classes", default=0.0
    )
    weight: Positive = _weight()

    def classes(self, shape: tuple[int, ...]) -> int | None:
        return shape[-1]

    def label_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape[:-1]
