"""What a difference looks like: the likely cause, by its pattern."""

from __future__ import annotations

import numpy as np

from specc.parity.case import Answer, Array

_CLOSE = 1e-6


def same(one: Array, other: Array, tolerance: float = _CLOSE) -> bool:
    if one.shape != other.shape:
        return False
    size = max(float(np.abs(one).max(initial=0)), 1e-300)
    return float(np.abs(one - other).max(initial=0)) <= tolerance * size


def factor(one: Array, other: Array) -> float | None:
    """c where other = c * one."""
    square = float((one * one).sum())
    if one.shape != other.shape or square == 0:
        return None
    c = float((one * other).sum()) / square
    return c if abs(c) > 1e-12 and same(c * one, other, 1e-5) else None


def of_input(one: Array, other: Array) -> str:
    """A layer is given other numbers than its counterpart."""
    if one.shape != other.shape:
        return f"another shape: {one.shape} and {other.shape}"
    if shift(one, other) is None and same(np.sort(one, axis=None), np.sort(other, axis=None)):
        return "the same numbers in another order, as from a flatten in another order of the axes"
    c = factor(one, other)
    return f"the numbers are {c:.6g} times the others" if c is not None else _forward(one, other)


def of_output(layer: str, one: Array, other: Array, given: bool, mode: str) -> str:
    """A layer makes other numbers from the same input (`given`)."""
    if one.shape != other.shape:
        return f"another shape: {one.shape} and {other.shape}"
    if mode == "eval" and dropped(one, other):
        return "dropout is on: not in eval mode"
    scaled = per_channel(one, other)
    if scaled is not None and "norm" in layer and given:
        return "each channel is scaled: another epsilon of the normalization, or other statistics"
    return _forward(one, other)


def of_weight(name: str, one: Array, other: Array) -> str:
    """A weight has other numbers before the first step."""
    if one.ndim == 2 and one.shape[0] == one.shape[1] and same(one.T, other):
        return f"`{name}` is transposed"
    c = factor(one, other)
    times = "" if c is None else f", {c:.6g} times the others"
    return f"`{name}` begins with other numbers{times}: another seed, name or initializer"


def _forward(one: Array, other: Array) -> str:
    moved = shift(one, other)
    if moved is not None:
        return f"the picture is moved by {moved}: shifted padding"
    ratio = dropped(one, other)
    if ratio:
        return ratio
    c = factor(one, other)
    if c is not None:
        return f"all numbers are {c:.6g} times the others"
    return "other weights, another activation or another argument of the layer"


def dropped(one: Array, other: Array) -> str:
    """Dropout: zeros at other places, or another scale."""
    zeros, others = one == 0, other == 0
    if not zeros.any() and not others.any():
        return ""
    both = ~zeros & ~others
    if not np.array_equal(zeros, others) and both.any() and factor(one[both], other[both]):
        return "zeros at other places: another dropout rate or stream"
    return ""


def per_channel(one: Array, other: Array) -> Array | None:
    """Factor and offset of each channel that lead from one to the other, if they do."""
    a, b = one.reshape(-1, one.shape[-1]), other.reshape(-1, other.shape[-1])
    mean_a, mean_b = a.mean(axis=0), b.mean(axis=0)
    spread = ((a - mean_a) ** 2).sum(axis=0)
    spread[spread == 0] = 1
    slope = ((a - mean_a) * (b - mean_b)).sum(axis=0) / spread
    return slope if same((a - mean_a) * slope + mean_b, b, 1e-5) else None


def shift(one: Array, other: Array) -> tuple[int, int] | None:
    """By how many cells a picture is moved."""
    if one.ndim != 4 or min(one.shape[1:3]) < 4:
        return None
    inner = one[:, 2:-2, 2:-2]
    if not np.abs(inner).max(initial=0):
        return None
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            if (down, right) == (0, 0):
                continue
            moved = np.roll(other, (down, right), axis=(1, 2))[:, 2:-2, 2:-2]
            if same(inner, moved, 1e-5):
                return -down, -right
    return None


def of_loss(one: float, other: float, batch: int) -> str:
    ratio = other / one if one else float("inf")
    if abs(ratio / batch - 1) < 1e-6 or abs(ratio * batch - 1) < 1e-6:
        return f"one is the sum over the {batch} samples, the other their mean"
    return f"the loss is {ratio:.6g} times the other: smoothing, weights or reduction"


def of_added(losses: tuple[float, float], evaluated: tuple[float, float]) -> str:
    """The loss of a batch and the one of an evaluation, each of both scripts; the outputs agree."""
    more, later = losses[1] - losses[0], evaluated[1] - evaluated[0]
    if more and abs(more - later) <= _CLOSE * abs(more):
        return f"{more:+.6g} in training and in evaluation alike: a penalty of weights (l1, l2)"
    return ""


def of_gradient(one: Array, other: Array, batch: int) -> str:
    c = factor(one, other)
    if c is None:
        return "another loss (label smoothing, weights), or something in the way back"
    if abs(c - batch) < 1e-6 * batch or abs(c * batch - 1) < 1e-6:
        return f"a factor of {c:.6g}, the size of the batch: sum for mean"
    return f"all gradients are {c:.6g} times the others: reduction, scaling or clipping"


def of_statistic(name: str, a: Answer, b: Answer) -> str:
    before, after, other = (
        a.arrays[f"statistic/0/{name}"], a.arrays[f"statistic/1/{name}"],
        b.arrays[f"statistic/1/{name}"],
    )  # fmt: skip
    moved, others = after - before, other - before
    if name.endswith("running_var") and _same_means(name.removesuffix("var") + "mean", a, b):
        return "the mean agrees and the variance does not: n/(n-1) times the biased variance"
    c = factor(moved, others)
    if c is not None:
        return f"the statistics move {c:.6g} times as far: momentum, or 1 - momentum in its place"
    return "other statistics of the batch"


def _same_means(name: str, a: Answer, b: Answer) -> bool:
    one, other = (each.arrays.get(f"statistic/1/{name}") for each in (a, b))
    return one is not None and other is not None and same(one, other)


def of_update(name: str, a: Answer, b: Answer) -> str:
    """A parameter moves in another way although its gradient agrees."""
    before = a.arrays[f"parameter/0/{name}"]
    moved = a.arrays[f"parameter/1/{name}"] - before
    others = b.arrays[f"parameter/1/{name}"] - before
    if not np.abs(others).max(initial=0):
        return "it does not move at all"
    c = factor(moved, others)
    if c is not None:
        return f"each step is {c:.6g} times the other: the learning rate, or nesterov"
    rest = others - moved
    if np.abs(before).max(initial=0) and factor(before, rest) is not None:
        return "the rest is a multiple of the weight: weight decay"
    return "another formula of the optimizer: epsilon, beta or bias correction"


def of_slot(slot: str, one: Array, other: Array) -> str:
    c = factor(one, other)
    if c is None:
        return f"`{slot}` is made in another way"
    return f"`{slot}` is {c:.6g} times the other: beta, dampening or momentum"
