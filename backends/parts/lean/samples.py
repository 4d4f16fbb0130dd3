"""Samples in memory, their parts and their batches."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

Arrays: TypeAlias = dict[str, np.ndarray]


def split(size: int, seed: int, validation: float, test: float) -> dict[str, np.ndarray]:
    """Rows of a seeded permutation for each part; shares in percent, training gets the rest."""
    rows = np.random.Generator(np.random.Philox(key=[seed, 2**32])).permutation(size)
    held = [math.floor(size * share / 100 + 0.5) for share in (validation, test)]
    cuts = np.split(rows, [size - sum(held), size - held[1]])
    return dict(zip(("train", "validation", "test"), cuts, strict=True))


def select(arrays: Arrays, rows: np.ndarray) -> Arrays:
    """Some rows of each array."""
    return {name: array[rows] for name, array in arrays.items()}


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel, in float64 and block by block."""
    blocks = [
        x[i : i + 1024].reshape(-1, x.shape[-1]).astype(float) for i in range(0, len(x), 1024)
    ]
    count = x.size // x.shape[-1]
    mean = np.sum([block.sum(axis=0) for block in blocks], axis=0) / count
    std = np.sqrt(np.sum([((block - mean) ** 2).sum(axis=0) for block in blocks], axis=0) / count)
    std[std == 0] = 1.0  # a channel that never changes becomes 0
    return mean.astype(np.float32), std.astype(np.float32)
