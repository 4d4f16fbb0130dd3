"""Initial weights, drawn by name: the same numbers in every framework."""

from __future__ import annotations

import math
import zlib

import numpy as np

from .data import Array


def weight_stream(seed: int, name: str) -> np.random.Generator:
    """The random numbers of one weight, whatever else is drawn and in whatever order."""
    return np.random.Generator(np.random.Philox(key=[seed, zlib.crc32(name.encode())]))


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """fan_in and fan_out of a weight in the layout (out, in, *window)."""
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def cut_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Normal numbers, drawn again beyond two standard deviations."""
    z = rng.standard_normal(shape)
    while (far := np.abs(z) > 2).any():
        z[far] = rng.standard_normal(int(far.sum()))
    return z


# The standard deviation of a normal that is cut at two standard deviations.
CUT_STD = 0.87962566103423978


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    limit = math.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-limit, limit, shape).astype(np.float32)


def glorot_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    std = math.sqrt(2 / sum(fans(shape))) / CUT_STD
    return (std * cut_normal(rng, shape)).astype(np.float32)


def he_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    limit = math.sqrt(6 / fans(shape)[0])
    return rng.uniform(-limit, limit, shape).astype(np.float32)


def he_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    std = math.sqrt(2 / fans(shape)[0]) / CUT_STD
    return (std * cut_normal(rng, shape)).astype(np.float32)


def lecun_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    std = math.sqrt(1 / fans(shape)[0]) / CUT_STD
    return (std * cut_normal(rng, shape)).astype(np.float32)


def lecun_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    limit = math.sqrt(3 / fans(shape)[0])
    return rng.uniform(-limit, limit, shape).astype(np.float32)


def orthogonal(rng: np.random.Generator, shape: tuple[int, ...], gain: float) -> Array:
    """Rows or columns of length `gain` that are orthogonal to each other."""
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # without this the distribution is not uniform
    matrix: Array = gain * (q if rows >= columns else q.T)
    return matrix.reshape(shape).astype(np.float32)


def normal(
    rng: np.random.Generator, shape: tuple[int, ...], std: float, mean: float = 0.0
) -> Array:
    return (mean + std * rng.standard_normal(shape)).astype(np.float32)


def truncated_normal(
    rng: np.random.Generator, shape: tuple[int, ...], std: float, mean: float = 0.0
) -> Array:
    return (mean + std * cut_normal(rng, shape)).astype(np.float32)


def uniform(rng: np.random.Generator, shape: tuple[int, ...], low: float, high: float) -> Array:
    return rng.uniform(low, high, shape).astype(np.float32)


def constant(rng: np.random.Generator, shape: tuple[int, ...], value: float) -> Array:
    return np.full(shape, value, np.float32)


def forget_one(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """The bias of an LSTM: ones for the forget gate, the second of four."""
    bias = np.zeros(shape, np.float32)
    bias[shape[0] // 4 : shape[0] // 2] = 1
    return bias
