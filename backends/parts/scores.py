"""Metrics from counts and scores, worked out once at the end of a pass.

A confusion matrix counts the samples of (class, predicted class). `average` is macro, micro,
weighted, or binary for the second of two classes alone.
"""

from __future__ import annotations

import numpy as np

from .data import Array


def precision(confusion: Array, average: str) -> float:
    """The share of the predictions of a class that are right."""
    return averaged(confusion.diagonal(), confusion.sum(axis=0), confusion, average)


def recall(confusion: Array, average: str) -> float:
    """The share of the samples of a class that are found."""
    return averaged(confusion.diagonal(), confusion.sum(axis=1), confusion, average)


def f1(confusion: Array, average: str) -> float:
    """The harmonic mean of precision and recall."""
    both = confusion.sum(axis=0) + confusion.sum(axis=1)
    return averaged(2 * confusion.diagonal(), both, confusion, average)


def averaged(part: Array, whole: Array, confusion: Array, average: str) -> float:
    """part / whole of each class, averaged; 0 where there is nothing to divide by."""
    ratios = np.divide(part, whole, out=np.zeros(len(whole)), where=whole != 0)
    if average == "binary":
        return float(ratios[1])
    if average == "micro":
        return float(part.sum() / whole.sum())
    samples = confusion.sum(axis=1)
    if average == "weighted":
        return float((ratios * samples).sum() / samples.sum())
    # A class that neither occurs nor is predicted says nothing about the model.
    return float(ratios[confusion.sum(axis=0) + samples > 0].mean())


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
