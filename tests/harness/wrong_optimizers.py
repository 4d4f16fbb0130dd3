"""Wrong meanings of optimizers; `term_wrong.py` has the table of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import numpy as np

from specc.meaning import Array
from specc.train.optimizers import Adagrad, Adam, Sgd

_Step: TypeAlias = Iterator[Array]


def dampened(term: Sgd, weight: Array, gradients: Iterable[Array]) -> _Step:
    velocity = np.zeros_like(weight)
    for gradient in gradients:
        velocity = term.momentum * velocity + (1 - term.momentum) * gradient
        weight = weight - term.learning_rate * velocity
        yield weight


def late(term: Sgd, weight: Array, gradients: Iterable[Array]) -> _Step:
    """The momentum follows after the step."""
    velocity = np.zeros_like(weight)
    for gradient in gradients:
        weight = weight - term.learning_rate * (gradient + velocity)
        velocity = term.momentum * gradient
        yield weight


def wrong_adam(
    step_of: Callable[[Adam, int, Array, Array], Array], steps: int | None = None
) -> Callable[..., _Step]:
    """Adam with another step of its two means. steps: those after which it counts anew."""

    def wrong(term: Adam, weight: Array, gradients: Iterable[Array]) -> _Step:
        mean, square = np.zeros_like(weight), np.zeros_like(weight)
        for number, gradient in enumerate(gradients):
            mean = term.beta1 * mean + (1 - term.beta1) * gradient
            square = term.beta2 * square + (1 - term.beta2) * gradient**2
            step = 1 + (number if steps is None else number % steps)
            weight = weight - term.learning_rate * step_of(term, step, mean, square)
            yield weight

    return wrong


def _corrected(term: Adam, step: int, mean: Array, square: Array) -> tuple[Array, Array]:
    return mean / (1 - term.beta1**step), square / (1 - term.beta2**step)


def epsilon_after(term: Adam, step: int, mean: Array, square: Array) -> Array:
    one, other = _corrected(term, step, mean, square)
    return one / (np.sqrt(other) + term.epsilon)


def epsilon_inside(term: Adam, step: int, mean: Array, square: Array) -> Array:
    one, other = _corrected(term, step, mean, square)
    return one / np.sqrt(other + term.epsilon)


def uncorrected(term: Adam, step: int, mean: Array, square: Array) -> Array:
    return mean / (np.sqrt(square) + term.epsilon)


def right_step(term: Adam, step: int, mean: Array, square: Array) -> Array:
    rate = np.sqrt(1 - term.beta2**step) / (1 - term.beta1**step)
    return np.asarray(rate * uncorrected(term, step, mean, square))


def wrong_adagrad(
    root: Callable[[Adagrad, Array], Array], kept: float = 1.0
) -> Callable[..., _Step]:
    """Adagrad with another divisor. kept: the share of the sum of squares that stays."""

    def wrong(term: Adagrad, weight: Array, gradients: Iterable[Array]) -> _Step:
        squares = np.full_like(weight, term.initial)
        for gradient in gradients:
            squares = kept * squares + gradient**2
            weight = weight - term.learning_rate * gradient / root(term, squares)
            yield weight

    return wrong
