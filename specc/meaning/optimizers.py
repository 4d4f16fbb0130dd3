"""Optimizers: `(term, weight, gradients)` give a weight after each of its updates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from specc.meaning import Array, means
from specc.train import optimizers


@means(optimizers.Sgd)
def sgd(term: optimizers.Sgd, weight: Array, gradients: Iterable[Array]) -> Iterator[Array]:
    """Looking ahead takes the velocity that the next update would have with the same gradient."""
    velocity = np.zeros_like(weight)
    for gradient in gradients:
        velocity = term.momentum * velocity + gradient
        ahead = term.momentum * velocity + gradient
        weight = weight - term.learning_rate * (ahead if term.nesterov else velocity)
        yield weight


@means(optimizers.Adam)
def adam(term: optimizers.Adam, weight: Array, gradients: Iterable[Array]) -> Iterator[Array]:
    """Section 2 of the paper at its end: the rate holds both corrections, so that epsilon is added
    to a mean square that is not corrected."""
    mean, square = np.zeros_like(weight), np.zeros_like(weight)
    for step, gradient in enumerate(gradients, start=1):
        mean = term.beta1 * mean + (1 - term.beta1) * gradient
        square = term.beta2 * square + (1 - term.beta2) * gradient**2
        rate = term.learning_rate * np.sqrt(1 - term.beta2**step) / (1 - term.beta1**step)
        weight = weight - rate * mean / (np.sqrt(square) + term.epsilon)
        yield weight


@means(optimizers.Adagrad)
def adagrad(term: optimizers.Adagrad, weight: Array, gradients: Iterable[Array]) -> Iterator[Array]:
    """The diagonal form of the paper; epsilon stands inside the root, as in Keras."""
    squares = np.full_like(weight, term.initial)
    for gradient in gradients:
        squares = squares + gradient**2
        weight = weight - term.learning_rate * gradient / np.sqrt(squares + term.epsilon)
        yield weight
