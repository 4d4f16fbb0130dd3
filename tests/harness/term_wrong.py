"""Wrong meanings of terms: what a person might have written. Cases must tell each from the term's
own, in the scripts of every backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from harness.terms import BATCH
from harness.wrong_optimizers import (
    dampened,
    epsilon_after,
    epsilon_inside,
    late,
    right_step,
    uncorrected,
    wrong_adagrad,
    wrong_adam,
)
from specc.cases import Ending
from specc.meaning import Array, losses, metrics, optimizers, scalings


def _with(right: Callable[..., Any], **other: Any) -> Callable[..., Any]:
    """The meaning of the term with other arguments."""
    return lambda term, *rest: right(term.model_copy(update=other), *rest)


def _times(right: Callable[..., Any], factor: Callable[[Any, Array], float]) -> Callable[..., Any]:
    """A loss times a factor of its term and outputs."""

    def wrong(term: Any, outputs: Array, targets: Array) -> losses.Valued:
        value, slope = right(term, outputs, targets)
        times = factor(term, outputs)
        return value * times, slope * times

    return wrong


def _of_batches(right: Callable[..., float]) -> Callable[..., Any]:
    """The mean of a metric's figures of the batches."""

    def wrong(term: Any, outputs: Array, targets: Array, ends: Ending) -> float:
        starts = range(0, len(outputs), BATCH)
        batches = [slice(start, start + BATCH) for start in starts]
        return float(np.mean([right(term, outputs[b], targets[b], ends) for b in batches]))

    return wrong


def _moved(right: Callable[..., float], by: float) -> Callable[..., Any]:
    """A metric of answers of which each one is moved; of several, the last ones a bit more."""

    def wrong(term: Any, outputs: Array, targets: Array, ends: Ending) -> float:
        return right(term, outputs + by * np.arange(1, outputs.shape[-1] + 1), targets, ends)

    return wrong


# ---- losses


def _raised(right: Callable[..., Any], by: float) -> Callable[..., Any]:
    """A loss that is more by a constant, of which its slope knows nothing."""

    def wrong(term: Any, outputs: Array, targets: Array) -> losses.Valued:
        value, slope = right(term, outputs, targets)
        return value + term.weight * by, slope

    return wrong


def weight_of_a_summand(term: Any, outputs: Array, targets: Array) -> losses.Valued:
    """`weight * a - b` for `weight * (a - b)`."""
    value, slope = losses.log_cosh(term, outputs, targets)
    return value + (term.weight - 1) * np.log(2), slope


def clipped_yes_no(term: Any, outputs: Array, targets: Array) -> losses.Valued:
    p = np.clip(1 / (1 + np.exp(-outputs)), 1e-7, 1 - 1e-7)
    target = targets * (1 - term.label_smoothing) + term.label_smoothing / 2
    each = -target * np.log(p) - (1 - target) * np.log(1 - p)
    return losses.mean_of(term, each, p - target)


def smoothed_others(term: Any, outputs: Array, targets: Array) -> losses.Valued:
    """The share of a smoothed label goes to the other classes alone."""
    more = term.label_smoothing * outputs.shape[-1] / (outputs.shape[-1] - 1)
    again = term.model_copy(update={"label_smoothing": more})
    return losses.categorical_crossentropy(again, outputs, targets)


def softmax_twice(term: Any, outputs: Array, targets: Array) -> losses.Valued:
    powers = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
    chances = powers / powers.sum(axis=-1, keepdims=True)
    return losses.categorical_crossentropy(term, chances, targets)


# ---- metrics


def last_of_ties(term: Any, outputs: Array, targets: Array, ends: Ending) -> float:
    if ends != "softmax":
        return metrics.accuracy(term, outputs, targets, ends)
    last = outputs.shape[-1] - 1 - outputs[..., ::-1].argmax(axis=-1)
    return float(np.mean(last == targets))


def ties_miss(term: Any, outputs: Array, targets: Array, ends: Ending) -> float:
    right = np.take_along_axis(outputs, targets[..., np.newaxis].astype(int), axis=-1)
    return float(np.mean((outputs >= right).sum(axis=-1) - 1 < term.k))


def of_the_answer(term: Any, outputs: Array, targets: Array, ends: Ending) -> float:
    return metrics.mape(term, targets, outputs, ends)


def without_zeros(term: Any, outputs: Array, targets: Array, ends: Ending) -> float:
    there = targets != 0
    return metrics.mape(term, outputs[there], targets[there], ends)


def absent_count(right: Callable[..., float]) -> Callable[..., Any]:
    """A class that neither occurs nor is named counts as 0 in the mean."""

    def wrong(term: Any, outputs: Array, targets: Array, ends: Ending) -> float:
        found = right(term, outputs, targets, ends)
        if ends != "softmax" or term.average != "macro":
            return found
        classes = outputs.shape[-1]
        there = {*outputs.argmax(axis=-1).ravel(), *targets.ravel()}
        return float(found * len(there) / classes)

    return wrong


def f1_of_means(term: Any, outputs: Array, targets: Array, ends: Ending) -> float:
    """The harmonic mean of the mean precision and the mean recall."""
    one = metrics.precision(term, outputs, targets, ends)
    other = metrics.recall(term, outputs, targets, ends)
    return float(2 * one * other / (one + other)) if one + other else 0.0


def ties_lose(term: Any, outputs: Array, targets: Array, ends: Ending) -> float:
    """An area in which a tie counts nothing."""
    if ends != "sigmoid":
        return metrics.auc(term, outputs, targets, ends)
    ahead = outputs[targets == 1][:, np.newaxis] > outputs[targets == 0]
    return float(ahead.mean()) if ahead.size else float("nan")


def half_of_nothing(term: Any, outputs: Array, targets: Array, ends: Ending) -> float:
    return float(np.nan_to_num(metrics.auc(term, outputs, targets, ends), nan=0.5))


def _no_root(term: Any, outputs: Array, targets: Array, ends: Ending) -> float:
    return metrics.rmse(term, outputs, targets, ends) ** 2


# ---- scalings


def _unbiased(term: Any, samples: Array, training: Array) -> Array:
    rows = training.reshape(-1, training.shape[-1])
    std = term.std or tuple(rows.std(axis=0, ddof=1))
    return scalings.standardize(term.model_copy(update={"std": std}), samples, training)


def _all_channels(term: Any, samples: Array, training: Array) -> Array:
    given = {"mean": term.mean or (training.mean(),), "std": term.std or (training.std(),)}
    return scalings.standardize(term.model_copy(update=given), samples, training)


_OF_CLASSES = (("precision", metrics.precision), ("recall", metrics.recall), ("f1", metrics.f1))
WRONG: list[tuple[str, str, str, Callable[..., Any]]] = [
    ("loss", "mse", "the sum for the mean", _times(losses.mse, lambda t, y: y.size)),
    ("loss", "mse", "half of the square", _times(losses.mse, lambda t, y: 0.5)),
    ("loss", "mse", "the weight forgotten", _with(losses.mse, weight=1)),
    ("loss", "mae", "the sum of each sample", _times(losses.mae, lambda t, y: y[0].size)),
    ("loss", "mae", "the square for the size", losses.mse),
    ("loss", "huber", "smooth l1", _times(losses.huber, lambda t, y: 1 / t.delta)),
    ("loss", "huber", "a line from 1 on", _with(losses.huber, delta=1)),
    ("loss", "log_cosh", "half of the square", _times(losses.log_cosh, lambda t, y: 0.5)),
    ("loss", "log_cosh", "without the logarithm of 2", _raised(losses.log_cosh, np.log(2))),
    ("loss", "log_cosh", "a weight of its first summand alone", weight_of_a_summand),
    ("loss", "binary_crossentropy", "of clipped probabilities", clipped_yes_no),
    ("loss", "binary_crossentropy", "labels that are not smoothed",
     _with(losses.binary_crossentropy, label_smoothing=0)),
    ("loss", "binary_crossentropy", "the sum of each sample",
     _times(losses.binary_crossentropy, lambda t, y: y[0].size)),
    ("loss", "categorical_crossentropy", "a share for the other classes alone", smoothed_others),
    ("loss", "categorical_crossentropy", "of probabilities for logits", softmax_twice),
    ("loss", "categorical_crossentropy", "the sum over the places",
     _times(losses.categorical_crossentropy, lambda t, y: y[0, ..., 0].size)),
    ("loss", "categorical_crossentropy", "the mean over classes too",
     _times(losses.categorical_crossentropy, lambda t, y: 1 / y.shape[-1])),
    ("optimizer", "sgd", "dampened", dampened),
    ("optimizer", "sgd", "the momentum of one update alone", late),
    ("optimizer", "sgd", "not looking ahead", _with(optimizers.sgd, nesterov=False)),
    ("optimizer", "sgd", "looking ahead always", _with(optimizers.sgd, nesterov=True)),
    ("optimizer", "adam", "epsilon after the correction", wrong_adam(epsilon_after)),
    ("optimizer", "adam", "epsilon inside the root", wrong_adam(epsilon_inside)),
    ("optimizer", "adam", "not corrected", wrong_adam(uncorrected)),
    ("optimizer", "adam", "another epsilon", _with(optimizers.adam, epsilon=1e-8)),
    ("optimizer", "adam", "steps counted anew in each epoch", wrong_adam(right_step, steps=3)),
    ("optimizer", "adagrad", "epsilon outside the root",
     wrong_adagrad(lambda term, squares: np.sqrt(squares) + term.epsilon)),
    ("optimizer", "adagrad", "sums that fade",
     wrong_adagrad(lambda term, squares: np.sqrt(squares + term.epsilon), kept=0.999)),
    ("optimizer", "adagrad", "nothing to begin with", _with(optimizers.adagrad, initial=0)),
    ("optimizer", "adagrad", "PyTorch's epsilon", _with(optimizers.adagrad, epsilon=1e-10)),
    ("metric", "accuracy", "the last of ties", last_of_ties),
    ("metric", "accuracy", "a threshold of a half for logits", _moved(metrics.accuracy, -0.5)),
    ("metric", "accuracy", "one half is yes", _moved(metrics.accuracy, 1e-9)),
    ("metric", "top_k", "ties are misses", ties_miss),
    ("metric", "top_k", "one class fewer",
     lambda term, *rest: metrics.top_k(term.model_copy(update={"k": term.k - 1}), *rest)),
    *[("metric", word, "the mean of the batches", _of_batches(right))
      for word, right in _OF_CLASSES],
    *[("metric", word, "classes that are not there count", absent_count(right))
      for word, right in _OF_CLASSES],
    *[("metric", word, "always in one pot", _with(right, average="micro"))
      for word, right in _OF_CLASSES],
    *[("metric", word, "every class alike", _with(right, average="macro"))
      for word, right in _OF_CLASSES],
    ("metric", "precision", "recall", metrics.recall),
    ("metric", "recall", "precision", metrics.precision),
    ("metric", "f1", "of the mean precision and recall", f1_of_means),
    ("metric", "auc", "ties count nothing", ties_lose),
    ("metric", "auc", "a half where one class is missing", half_of_nothing),
    ("metric", "auc", "the mean of the batches", _of_batches(metrics.auc)),
    ("metric", "mae", "the mean of the batches", _of_batches(metrics.mae)),
    ("metric", "mae", "the root of the squares", metrics.rmse),
    ("metric", "mape", "the mean of the batches", _of_batches(metrics.mape)),
    ("metric", "mape", "a share for a percentage", lambda *a: metrics.mape(*a) / 100),
    ("metric", "mape", "of the answer, not of the target", of_the_answer),
    ("metric", "mape", "without targets of 0", without_zeros),
    ("metric", "rmse", "the mean of the batches", _of_batches(metrics.rmse)),
    ("metric", "rmse", "without the root", _no_root),
    ("scaling", "unit_range", "by 256", lambda t, x, _: x / 256),
    ("scaling", "unit_range", "by the largest that is there", lambda t, x, _: x / x.max()),
    ("scaling", "standardize", "of a sample, not of all there is", _unbiased),
    ("scaling", "standardize", "one figure for all channels", _all_channels),
    ("scaling", "standardize", "measured on all samples",
     lambda t, x, _: scalings.standardize(t, x, x)),
]  # fmt: skip
"""Category, word, what is wrong, and the function that has the mistake."""
