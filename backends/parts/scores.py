"""Metrics from counts and scores, worked out once at the end of a pass.

A confusion matrix counts the samples of (class, predicted class). `average` makes one number of
those of all classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from .data import Array

Averaging: TypeAlias = Callable[[Array, Array, Array], float]


def precision(confusion: Array, average: Averaging) -> float:
    """The share of the predictions of a class that are right."""
    return average(confusion.diagonal(), confusion.sum(axis=0), confusion)


def recall(confusion: Array, average: Averaging) -> float:
    """The share of the samples of a class that are found."""
    return average(confusion.diagonal(), confusion.sum(axis=1), confusion)


def f1(confusion: Array, average: Averaging) -> float:
    """The harmonic mean of precision and recall."""
    both = confusion.sum(axis=0) + confusion.sum(axis=1)
    return average(2 * confusion.diagonal(), both, confusion)


def ratios(part: Array, whole: Array) -> Array:
    """part / whole of each class; 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole != 0)


def second_class(part: Array, whole: Array, confusion: Array) -> float:
    """That of the second of two classes alone."""
    return float(ratios(part, whole)[1])


def micro_average(part: Array, whole: Array, confusion: Array) -> float:
    """That of all classes in one pot."""
    return float(part.sum() / whole.sum())


def macro_average(part: Array, whole: Array, confusion: Array) -> float:
    """The mean over the classes."""
    # A class that neither occurs nor is predicted says nothing about the model.
    known = confusion.sum(axis=0) + confusion.sum(axis=1) > 0
    return float(ratios(part, whole)[known].mean())


def weighted_average(part: Array, whole: Array, confusion: Array) -> float:
    """The mean over the classes, each by the number of its samples."""
    samples = confusion.sum(axis=1)
    return float((ratios(part, whole) * samples).sum() / samples.sum())


def rank_auc(scores: Array, positive: Array) -> float:
    """The chance that a positive sample scores above a negative one, ties counting half.

    NaN where one of the two classes is missing.
    """
    scores, positive = scores.ravel(), positive.ravel().astype(bool)
    hits, misses = int(positive.sum()), int((~positive).sum())
    if not hits or not misses:
        return float("nan")
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]  # ties share their mean rank
    return float((rank[positive].sum() - hits * (hits + 1) / 2) / (hits * misses))


def macro_auc(scores: Array, labels: Array) -> float:
    """The mean of the AUC of each class against the rest; scores have a column for each."""
    areas = [rank_auc(scores[:, c], labels == c) for c in range(scores.shape[1])]
    return float(np.mean(areas))
