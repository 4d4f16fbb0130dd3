"""Weights that a case moves before the training begins, alike in every backend."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np

from specc.parity.case import Array, Move


def moved(name: str, value: Array, moves: Iterable[Move]) -> Array:
    """A tensor in canonical layout after the moves that name it; one of zeros moves by the size."""
    for move in moves:
        if move.names is None or name in move.names:
            value = value + move.size * (_size(value) or 1.0) * _direction(name, value, move.seed)
    return value


def _size(value: Array) -> float:
    return float(np.sqrt(np.mean(np.square(value)))) if value.size else 0.0


def _direction(name: str, value: Array, seed: int) -> Array:
    rng = np.random.Generator(np.random.Philox(key=[seed, zlib.crc32(name.encode())]))
    return rng.standard_normal(value.shape).astype(value.dtype)
