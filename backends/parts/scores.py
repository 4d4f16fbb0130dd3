"""Metrics from counts and scores, worked out once at the end of a pass."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from .data import Array

Average: TypeAlias = Literal["macro", "micro", "weighted"]


def rank_auc(scores: Array, positive: Array) -> float:
    """The chance that a positive sample scores above a negative one, ties counting half."""
    positive = positive.astype(bool)
    hits, misses = int(positive.sum()), int((~positive).sum())
    if not hits or not misses:
        return float("nan")
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    rank = (last - (counts - 1) / 2)[place]
    return float((rank[positive].sum() - hits * (hits + 1) / 2) / (hits * misses))


def macro_auc(scores: Array, labels: Array) -> float:
    """The mean over the classes of each one's AUC against the rest; scores have a column each."""
    columns = range(scores.shape[1])
    return float(np.mean([rank_auc(scores[:, c], labels == c) for c in columns]))


def _ratio(part: Array, whole: Array) -> Array:
    """part / whole, and 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole != 0)
