"""Metrics: numbers for the reader, counted over a whole pass and divided once."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from specc.cases import MetricCase, Pair
from specc.kinds import Count, Word
from specc.terms import Term, arg

AverageWord: TypeAlias = Literal["macro", "micro", "weighted"]
Average: TypeAlias = Annotated[AverageWord, Word("macro", "micro", "weighted")]
Need: TypeAlias = Literal["classes", "one class", "one of several", "numbers"]


class _Base(Term):
    category: ClassVar[str] = "metric"
    cases: ClassVar[tuple[MetricCase, ...]] = ()
    refusable: ClassVar[tuple[MetricCase, ...]] = ()

    needs: ClassVar[Need] = "classes"
    """What the output must tell for it: classes (one, or several yes or no), one class of two or
    more, one class of several units, or numbers."""

    def key(self) -> str:
        """Its name in histories and on the screen."""
        return self.word()


Metric = _Base

# Answers, each with what is right there.
_YES_NO: tuple[Pair, ...] = (
    (0.0, 0), (0.0, 1), (0.0, 0), (0.25, 1), (0.25, 0), (-0.25, 1), (0.75, 0), (0.25, 1),
    (-2.0, 0),
)  # fmt: skip
_TIED: tuple[Pair, ...] = (
    ((1.0, 1.0, 1.0), 0), ((1.0, 1.0, 1.0), 1), ((0.0, 2.0, 2.0), 1), ((0.0, 2.0, 2.0), 1),
    ((0.0, 2.0, 2.0), 2),
    ((3.0, 0.0, 0.0), 1), ((3.0, 0.0, 0.0), 2), ((-1.0, 0.0, 0.0), 0),
)  # fmt: skip
_WITHOUT_LAST: tuple[Pair, ...] = (
    ((2.0, 1.0, 0.0), 0), ((0.0, 1.0, 0.5), 1), ((1.0, 0.0, 0.5), 1), ((0.5, 1.0, 0.0), 1),
    ((2.0, 0.0, 1.0), 1),
)  # fmt: skip
_NEVER_FOUND: tuple[Pair, ...] = (
    ((2.0, 1.0, 0.0), 0), ((0.0, 1.0, 0.5), 2), ((1.0, 0.0, 0.5), 2), ((0.5, 1.0, 0.0), 1),
)  # fmt: skip
_NO_YES: tuple[Pair, ...] = ((-1.0, 0), (-0.5, 0), (-2.0, 0), (-0.25, 0))
_CLOSE: tuple[Pair, ...] = tuple((10 + k * 2.0**-16, k % 3 == k % 2) for k in range(12))
_AT_ZERO: tuple[Pair, ...] = ((2.0**-20, 0.0), (0.0, 0.0), (2.0**-20, 2.0**-24), (0.0, -(2.0**-22)))
_ONLY_YES: tuple[Pair, ...] = ((-1.0, 1), (0.5, 1), (2.0, 1), (-0.25, 1))


def _of_classes(word: str) -> tuple[MetricCase, ...]:
    """Cases of a figure that is worked out for each class."""
    return (
        MetricCase(word, "sigmoid", (1,), "one question", _YES_NO),
        MetricCase(word, "sigmoid", (1,), "nobody says yes, and none is right", _NO_YES, 4),
        MetricCase(word, "sigmoid", (1,), "yes is always right", _ONLY_YES, 4),
        MetricCase(word, "softmax", (3,), "the mean of three classes, with ties", _TIED),
        MetricCase(word, "softmax", (3,), "a class that does not occur", _WITHOUT_LAST, 5),
        MetricCase(word, "softmax", (3,), "a class that is never found", _NEVER_FOUND, 4),
        MetricCase(f"{word}(micro)", "softmax", (3,), "all in one pot", _NEVER_FOUND),
        MetricCase(f"{word}(weighted)", "softmax", (4,), "by the size of the classes", samples=20),
        MetricCase(f"{word}(weighted)", "softmax", (3,), "without one of them", _WITHOUT_LAST, 5),
        MetricCase(word, "softmax", (2,), "two classes with a unit for each"),
        MetricCase(word, "softmax", (4, 3), "places of a sequence"),
        MetricCase(f"{word}(micro)", "softmax", (2, 2, 3), "places of a picture"),
        MetricCase(word, "softmax", (3,), "a single sample", samples=1),
    )


def _of_numbers(word: str) -> tuple[MetricCase, ...]:
    """Cases of a figure of errors."""
    far: tuple[Pair, ...] = ((1e4, 0.0), (0.0, 0.0), (-2.0, 2.0))
    return (
        MetricCase(word, "none", (1,), "one number for each sample, no error and a large one", far),
        MetricCase(word, "none", (3,), "several numbers"),
        MetricCase(word, "none", (4, 3), "a sequence"),
        MetricCase(word, "none", (3, 2, 2), "a picture"),
        MetricCase(word, "none", (2,), "a single sample", samples=1),
    )


class Accuracy(_Base):
    """The share of right answers: the largest of several, or a probability above one half."""

    foreign: ClassVar[tuple[str, ...]] = (
        "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
    )  # fmt: skip
    cases: ClassVar[tuple[MetricCase, ...]] = (
        MetricCase("accuracy", "sigmoid", (1,), "one question, and answers of one half", _YES_NO),
        MetricCase("accuracy", "sigmoid", (3,), "several questions", _YES_NO),
        MetricCase("accuracy", "sigmoid", (3, 2, 1), "questions at places of a picture", _YES_NO),
        MetricCase("accuracy", "softmax", (3,), "ties, of which the first class counts", _TIED),
        MetricCase("accuracy", "softmax", (4, 3), "places of a sequence", _TIED),
        MetricCase("accuracy", "softmax", (3, 2, 4), "places of a picture"),
        MetricCase("accuracy", "softmax", (2,), "a single sample", samples=1),
    )


class TopK(_Base):
    """The share of samples whose class has fewer than `k` classes above it."""

    foreign: ClassVar[tuple[str, ...]] = (
        "top_k_categorical_accuracy",
        "sparse_top_k_categorical_accuracy",
    )
    needs: ClassVar[Need] = "one of several"
    cases: ClassVar[tuple[MetricCase, ...]] = (
        MetricCase("top_k(2)", "softmax", (3,), "ties, which are hits", _TIED),
        MetricCase("top_k(1)", "softmax", (3,), "the best one, with ties", _TIED),
        MetricCase("top_k(3)", "softmax", (3,), "as many as there are", _TIED),
        MetricCase("top_k(3)", "softmax", (7,), "some of many"),
        MetricCase("top_k(2)", "softmax", (4, 3), "places of a sequence", _TIED),
        MetricCase("top_k(2)", "softmax", (3, 2, 4), "places of a picture"),
        MetricCase("top_k(2)", "softmax", (3,), "a single sample", samples=1),
    )

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

    cases: ClassVar[tuple[MetricCase, ...]] = _of_classes("precision")


class Recall(_Averaged):
    """The share of a class's samples that are found; of the positive one for a single unit."""

    cases: ClassVar[tuple[MetricCase, ...]] = _of_classes("recall")


class F1(_Averaged):
    """The harmonic mean of precision and recall; of the positive class for a single unit."""

    foreign: ClassVar[tuple[str, ...]] = ("f1_score", "F1Score")
    cases: ClassVar[tuple[MetricCase, ...]] = _of_classes("f1")


class Auc(_Base):
    """The area under the ROC curve, exact, from ranks.

    Over several classes it is the mean of each one's area against the rest.
    """

    foreign: ClassVar[tuple[str, ...]] = ("AUC", "roc_auc", "auroc", "AUROC")
    needs: ClassVar[Need] = "one class"
    cases: ClassVar[tuple[MetricCase, ...]] = (
        MetricCase("auc", "sigmoid", (1,), "one question, with ties", _YES_NO),
        MetricCase("auc", "sigmoid", (1,), "many answers close together", _CLOSE, 12),
        MetricCase("auc", "sigmoid", (1,), "one class alone, which has no area", _NO_YES, 4),
        MetricCase("auc", "softmax", (3,), "three classes, with ties", _TIED),
        MetricCase("auc", "softmax", (2,), "two classes with a unit for each"),
        MetricCase("auc", "softmax", (3,), "a class that does not occur", _WITHOUT_LAST, 5),
    )


class Mae(_Base):
    """The mean absolute error."""

    foreign: ClassVar[tuple[str, ...]] = ("mean_absolute_error", "MeanAbsoluteError")
    needs: ClassVar[Need] = "numbers"
    cases: ClassVar[tuple[MetricCase, ...]] = _of_numbers("mae")


class Rmse(_Base):
    """The root of the mean squared error."""

    foreign: ClassVar[tuple[str, ...]] = ("root_mean_squared_error", "RootMeanSquaredError")
    needs: ClassVar[Need] = "numbers"
    cases: ClassVar[tuple[MetricCase, ...]] = _of_numbers("rmse")


class Mape(_Base):
    """The mean absolute error in percent of the target's size, or of 1e-7 where that is smaller."""

    foreign: ClassVar[tuple[str, ...]] = (
        "mean_absolute_percentage_error",
        "MeanAbsolutePercentageError",
    )
    needs: ClassVar[Need] = "numbers"
    cases: ClassVar[tuple[MetricCase, ...]] = (
        *_of_numbers("mape"),
        MetricCase("mape", "none", (2,), "targets of 0, and close to it", _AT_ZERO),
    )
