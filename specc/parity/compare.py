"""Distances between what two backends computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from specc.parity.case import Array


def norm(arrays: Iterable[Array]) -> float:
    return float(np.sqrt(sum(float(np.square(np.asarray(a, np.float64)).sum()) for a in arrays)))


def relative(one: Array, other: Array) -> float:
    """|one - other| / |one|; infinite where shapes differ or a number is not finite."""
    return distance({"": one}, {"": other})


def distance(ones: Mapping[str, Array], others: Mapping[str, Array]) -> float:
    """The relative L2 distance over all tensors together."""
    if ones.keys() != others.keys():
        return float("inf")
    pairs = [
        (np.asarray(ones[name], np.float64), np.asarray(others[name], np.float64)) for name in ones
    ]
    if any(a.shape != b.shape for a, b in pairs):
        return float("inf")
    apart, size = norm(a - b for a, b in pairs), norm(a for a, _ in pairs)
    if not (np.isfinite(apart) and np.isfinite(size)):
        return float("inf")
    if apart == 0:
        return 0.0
    return apart / size if size > 0 else float("inf")


def each(ones: Mapping[str, Array], others: Mapping[str, Array]) -> dict[str, float]:
    """The relative distance of every tensor that both have."""
    return {name: relative(ones[name], others[name]) for name in ones if name in others}


def numbers(ones: list[float], others: list[float]) -> float:
    """The largest difference of two lists, relative to the largest number where that is above 1."""
    if len(ones) != len(others):
        return float("inf")
    a, b = np.array(ones, np.float64), np.array(others, np.float64)
    if not len(a):
        return 0.0
    both = np.isfinite(a) & np.isfinite(b)
    if not np.array_equal(np.isnan(a), np.isnan(b)) or (np.isinf(a) | np.isinf(b)).any():
        return float("inf")
    return float(np.abs(a - b)[both].max(initial=0) / max(1.0, np.abs(a)[both].max(initial=0)))


def first_apart(one: Array, other: Array, tolerance: float) -> tuple[int, ...]:
    """The index of the first value that differs by more than the tolerance, or the most apart."""
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    apart = np.abs(a - b)
    apart[~np.isfinite(apart)] = np.inf
    limit = tolerance * max(float(np.abs(a).max(initial=0)), 1e-300)
    places = np.argwhere(apart > limit)
    if not len(places):
        places = np.argwhere(apart == apart.max())
    return tuple(int(place) for place in places[0])
