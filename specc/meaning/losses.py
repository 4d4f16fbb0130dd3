"""Losses: `(term, outputs, targets)` give the loss and its slope for each output.

Outputs have a first axis of samples and their units last; they are logits where the loss takes
over the last activation. The mean is over all answers: numbers, questions, or places with a class.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from specc.meaning import Array, means
from specc.train import losses

Valued: TypeAlias = tuple[float, Array]


def mean_of(term: losses.Loss, each: Array, slope: Array) -> Valued:
    """The mean of the losses of all answers, times the weight, and its slope for each."""
    return term.weight * float(each.mean()), term.weight * slope / each.size


@means(losses.Mse)
def mse(term: losses.Mse, outputs: Array, targets: Array) -> Valued:
    error = outputs - targets
    return mean_of(term, error**2, 2 * error)


@means(losses.Mae)
def mae(term: losses.Mae, outputs: Array, targets: Array) -> Valued:
    error = outputs - targets
    return mean_of(term, np.abs(error), np.sign(error))


@means(losses.Huber)
def huber(term: losses.Huber, outputs: Array, targets: Array) -> Valued:
    error, delta = outputs - targets, term.delta
    size = np.abs(error)
    each = np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))
    return mean_of(term, each, np.clip(error, -delta, delta))


@means(losses.LogCosh)
def log_cosh(term: losses.LogCosh, outputs: Array, targets: Array) -> Valued:
    """`cosh(e) = exp(size) (1 + exp(-2 size)) / 2`, which is finite for every error."""
    error = outputs - targets
    size = np.abs(error)
    return mean_of(term, size + np.log1p(np.exp(-2 * size)) - np.log(2), np.tanh(error))


@means(losses.BinaryCrossentropy)
def binary_crossentropy(term: losses.BinaryCrossentropy, outputs: Array, targets: Array) -> Valued:
    """`-t log(p) - (1 - t) log(1 - p)` with `p = 1 / (1 + exp(-z))`, of which the logarithms are
    `-log(1 + exp(-z))` and `-log(1 + exp(z))`."""
    target = targets + term.label_smoothing * (0.5 - targets)
    each = target * np.logaddexp(0, -outputs) + (1 - target) * np.logaddexp(0, outputs)
    return mean_of(term, each, np.exp(-np.logaddexp(0, -outputs)) - target)


@means(losses.CategoricalCrossentropy)
def categorical_crossentropy(
    term: losses.CategoricalCrossentropy, outputs: Array, targets: Array
) -> Valued:
    """`-sum(t log(p))` with `p = softmax(z)`. targets: the class at each place."""
    classes, share = outputs.shape[-1], term.label_smoothing
    target = (1 - share) * np.eye(classes)[targets.astype(int)] + share / classes
    below = outputs - outputs.max(axis=-1, keepdims=True)  # which rounds large logits less
    log_p = below - np.logaddexp.reduce(below, axis=-1, keepdims=True)
    return mean_of(term, -(target * log_p).sum(axis=-1), np.exp(log_p) - target)
