"""Metrics: numbers for the reader, counted over a whole pass and divided once."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from specc.kinds import Count, Word
from specc.terms import Term, arg

AverageWord: TypeAlias = Literal["macro", "micro", "weighted"]
Average: TypeAlias = Annotated[AverageWord, Word("macro", "micro", "weighted")]
Need: TypeAlias = Literal["classes", "one class", "one of several", "numbers"]


class _Base(Term):
    category: ClassVar[str] = "metric"

    needs: ClassVar[Need] = "classes"
    """What the output must tell for it: classes (one, or several yes or no), one class of two or
    more, one class of several units, or numbers."""

    def key(self) -> str:
        """Its name in histories and on the screen."""
        return self.word()


Metric = _Base


class Accuracy(_Base):
    """The share of right answers: the largest of several, or a probability above one half."""

    foreign: ClassVar[tuple[str, ...]] = (
        "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
    )  # fmt: skip


class TopK(_Base):
    """The share of samples whose class has fewer than `k` classes above it."""

    foreign: ClassVar[tuple[str, ...]] = (
        "top_k_categorical_accuracy",
        "sparse_top_k_categorical_accuracy",
    )
    needs: ClassVar[Need] = "one of several"

    k: Count = arg("how many of the best classes count")

    def key(self) -> str:
        return f"top_{self.k}"


class _Averaged(_Base):
    needs: ClassVar[Need] = "one class"

    average: Average = arg(
        "over several classes: their mean, all samples in one pot, or their mean by class size",
        default="macro",
    )


class Precision(_Averaged):
    """The share of a class's predictions that are right; of the positive one for a single unit."""


class Recall(_Averaged):
    """The share of a class's samples that are found; of the positive one for a single unit."""


class F1(_Averaged):
    """The harmonic mean of precision and recall; of the positive class for a single unit."""

    foreign: ClassVar[tuple[str, ...]] = ("f1_score", "F1Score")


class Auc(_Base):
    """The area under the ROC curve, exact, from ranks.

    Over several classes it is the mean of each one's area against the rest.
    """

    foreign: ClassVar[tuple[str, ...]] = ("AUC", "roc_auc", "auroc", "AUROC")
    needs: ClassVar[Need] = "one class"


class Mae(_Base):
    """The mean absolute error."""

    foreign: ClassVar[tuple[str, ...]] = ("mean_absolute_error", "MeanAbsoluteError")
    needs: ClassVar[Need] = "numbers"


class Rmse(_Base):
    """The root of the mean squared error."""

    foreign: ClassVar[tuple[str, ...]] = ("root_mean_squared_error", "RootMeanSquaredError")
    needs: ClassVar[Need] = "numbers"
