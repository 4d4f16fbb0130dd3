"""Metrics: `(term, outputs, targets, ends)` give the figure of a whole pass.

Outputs have a first axis of samples and their units last, and lack the activation that `ends` says
the network ends in. Targets are numbers, 0 and 1, or the class at each place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specc.cases import Ending
from specc.meaning import Array, means
from specc.train import metrics

Chosen = NDArray[np.bool_]


def _answers(outputs: Array, ends: Ending) -> Array:
    """Yes is a probability above one half. Of classes that are equally likely the first counts."""
    return (outputs > 0).astype(float) if ends == "sigmoid" else outputs.argmax(-1).astype(float)


@means(metrics.Accuracy)
def accuracy(term: metrics.Accuracy, outputs: Array, targets: Array, ends: Ending) -> float:
    return float(np.mean(_answers(outputs, ends) == targets))


@means(metrics.TopK)
def top_k(term: metrics.TopK, outputs: Array, targets: Array, ends: Ending) -> float:
    right = np.take_along_axis(outputs, targets[..., np.newaxis].astype(int), axis=-1)
    return float(np.mean((outputs > right).sum(axis=-1) < term.k))


def _averaged(average: str, ratio: str, outputs: Array, targets: Array, ends: Ending) -> float:
    """A ratio of each class. One that neither occurs nor is named is not among them."""
    named = _answers(outputs, ends)
    if ends == "sigmoid":
        return _ratio(ratio, named == 1, targets == 1)
    classes = range(outputs.shape[-1])
    if average == "micro":
        every = [np.stack([each == c for c in classes]) for each in (named, targets)]
        return _ratio(ratio, *every)
    there = [c for c in classes if c in named or c in targets]
    ratios = [_ratio(ratio, named == c, targets == c) for c in there]
    sizes = [np.sum(targets == c) for c in there]
    return float(np.average(ratios, weights=sizes if average == "weighted" else None))


def _ratio(ratio: str, named: Chosen, true: Chosen) -> float:
    """Of a class, from where it is named and where it is right; 0 of nothing is 0."""
    found = int(np.sum(named & true))
    precision = found / max(int(named.sum()), 1)
    recall = found / max(int(true.sum()), 1)
    if ratio == "f1":
        both = precision + recall
        return float(2 * precision * recall / both) if both else 0.0
    return float(precision if ratio == "precision" else recall)


@means(metrics.Precision)
def precision(term: metrics.Precision, outputs: Array, targets: Array, ends: Ending) -> float:
    return _averaged(term.average, "precision", outputs, targets, ends)


@means(metrics.Recall)
def recall(term: metrics.Recall, outputs: Array, targets: Array, ends: Ending) -> float:
    return _averaged(term.average, "recall", outputs, targets, ends)


@means(metrics.F1)
def f1(term: metrics.F1, outputs: Array, targets: Array, ends: Ending) -> float:
    return _averaged(term.average, "f1", outputs, targets, ends)


@means(metrics.Auc)
def auc(term: metrics.Auc, outputs: Array, targets: Array, ends: Ending) -> float:
    if ends == "sigmoid":
        return _area(outputs.ravel(), targets.ravel() == 1)
    powers = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
    chances = powers / powers.sum(axis=-1, keepdims=True)
    return float(np.mean([_area(chances[..., c], targets == c) for c in range(chances.shape[-1])]))


def _area(scores: Array, true: Chosen) -> float:
    """How often a sample of the class is before one of the rest; a tie is half of that."""
    ahead = scores[true][:, np.newaxis] - scores[~true]
    return float(np.mean((np.sign(ahead) + 1) / 2)) if ahead.size else float("nan")


@means(metrics.Mae)
def mae(term: metrics.Mae, outputs: Array, targets: Array, ends: Ending) -> float:
    return float(np.mean(np.abs(outputs - targets)))


@means(metrics.Rmse)
def rmse(term: metrics.Rmse, outputs: Array, targets: Array, ends: Ending) -> float:
    return float(np.sqrt(np.mean((outputs - targets) ** 2)))


@means(metrics.Mape)
def mape(term: metrics.Mape, outputs: Array, targets: Array, ends: Ending) -> float:
    return float(100 * np.mean(np.abs(outputs - targets) / np.maximum(np.abs(targets), 1e-7)))
