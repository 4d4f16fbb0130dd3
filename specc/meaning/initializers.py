"""Initializers: `(term, shape)` give the law of a weight's numbers.

A shape is (out, in, *window): `in * window` numbers come into each unit, `out * window` go out.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from specc.meaning import Array, means
from specc.train import initializers
from specc.train.initializers import Initializer

Shape = tuple[int, ...]
CUT = math.sqrt(1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2)))
"""The deviation of a standard normal number that is drawn again beyond 2."""


class Law(NamedTuple):
    """Mean, deviation and ends of numbers that are alike; or each number, where none is drawn."""

    mean: float
    std: float
    low: float = -math.inf
    high: float = math.inf
    exactly: Array | None = None


def _exactly(values: Array) -> Law:
    return Law(float(values.mean()), float(values.std()), values.min(), values.max(), values)


def _even(low: float, high: float) -> Law:
    return Law((low + high) / 2, (high - low) / math.sqrt(12), low, high)


def _cut(mean: float, whole: float) -> Law:
    """whole: the deviation before the cut."""
    return Law(mean, CUT * whole, mean - 2 * whole, mean + 2 * whole)


def _fans(shape: Shape) -> tuple[int, int]:
    out, into, *window = shape
    return into * math.prod(window), out * math.prod(window)


@means(initializers.Zeros)
def zeros(term: Initializer, shape: Shape) -> Law:
    return _exactly(np.zeros(shape))


@means(initializers.Ones)
def ones(term: Initializer, shape: Shape) -> Law:
    return _exactly(np.ones(shape))


@means(initializers.Constant)
def constant(term: initializers.Constant, shape: Shape) -> Law:
    return _exactly(np.full(shape, term.value))


@means(initializers.ForgetOne)
def forget_one(term: Initializer, shape: Shape) -> Law:
    return _exactly(np.repeat([0.0, 1.0, 0.0, 0.0], shape[0] // 4))


@means(initializers.GlorotUniform)
def glorot_uniform(term: Initializer, shape: Shape) -> Law:
    limit = math.sqrt(6 / sum(_fans(shape)))
    return _even(-limit, limit)


@means(initializers.HeUniform)
def he_uniform(term: Initializer, shape: Shape) -> Law:
    limit = math.sqrt(6 / _fans(shape)[0])
    return _even(-limit, limit)


@means(initializers.LecunUniform)
def lecun_uniform(term: Initializer, shape: Shape) -> Law:
    limit = math.sqrt(3 / _fans(shape)[0])
    return _even(-limit, limit)


# The three papers give the variance that the numbers have after the cut.


@means(initializers.GlorotNormal)
def glorot_normal(term: Initializer, shape: Shape) -> Law:
    return _cut(0, math.sqrt(2 / sum(_fans(shape))) / CUT)


@means(initializers.HeNormal)
def he_normal(term: Initializer, shape: Shape) -> Law:
    return _cut(0, math.sqrt(2 / _fans(shape)[0]) / CUT)


@means(initializers.LecunNormal)
def lecun_normal(term: Initializer, shape: Shape) -> Law:
    return _cut(0, math.sqrt(1 / _fans(shape)[0]) / CUT)


@means(initializers.Normal)
def normal(term: initializers.Normal, shape: Shape) -> Law:
    return Law(term.mean, term.std)


@means(initializers.TruncatedNormal)
def truncated_normal(term: initializers.TruncatedNormal, shape: Shape) -> Law:
    return _cut(term.mean, term.std)


@means(initializers.Uniform)
def uniform(term: initializers.Uniform, shape: Shape) -> Law:
    return _even(term.low, term.high)


@means(initializers.Orthogonal)
def orthogonal(term: initializers.Orthogonal, shape: Shape) -> Law:
    """The longer side has vectors of length `gain`, whose squares add up to its square."""
    longer = max(shape[0], math.prod(shape[1:]))
    return Law(0, term.gain / math.sqrt(longer))
