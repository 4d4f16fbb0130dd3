"""Samples in memory, their parts and their batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .errors import RunError

Array: TypeAlias = NDArray[Any]
Scale: TypeAlias = Callable[[Array], Array]


@dataclass(frozen=True)
class Samples:
    """x is channels last and as it was read (8-bit pictures stay 8-bit); y has a row per sample."""

    x: Array
    y: Array

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class Part:
    """Some rows of a store of samples, such as those to train on."""

    samples: Samples
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Data:
    train: Part
    validation: Part
    test: Part


def split(samples: Samples, shares: tuple[float, float, float], seed: int) -> Data:
    """Cut a seeded permutation in shares of train, validation and test, in percent."""
    rows = np.random.Generator(np.random.Philox(key=[seed, 2**32])).permutation(len(samples))
    validation, test = (math.floor(len(rows) * share / 100 + 0.5) for share in shares[1:])
    train = len(rows) - validation - test
    sizes = dict(zip(("train", "validation", "test"), (train, validation, test), strict=True))
    for (name, size), share in zip(sizes.items(), shares, strict=True):
        if share > 0 and size < 1:
            raise RunError(f"{share:g}% of {len(rows)} samples leaves none to the {name} part")
    cuts = np.split(rows, [train, train + validation])
    return Data(*(Part(samples, cut) for cut in cuts))


def whole(samples: Samples) -> Part:
    """All samples, in their order."""
    return Part(samples, np.arange(len(samples)))


def epoch_order(seed: int, epoch: int, size: int) -> NDArray[np.int64]:
    """The order of the samples in an epoch: a function of seed and epoch alone."""
    return np.random.Generator(np.random.Philox(key=[seed, epoch])).permutation(size)


def batch(part: Part, places: NDArray[np.int64], scale: Scale) -> tuple[Array, Array]:
    """The samples at some places of a part, ready for the network."""
    rows = part.rows[places]
    return scale(part.samples.x[rows]), part.samples.y[rows]


def batches(
    part: Part, order: NDArray[np.int64], size: int, scale: Scale
) -> Iterator[tuple[Array, Array]]:
    """The batches of a pass over a part in some order; the last one may be smaller."""
    for start in range(0, len(order), size):
        yield batch(part, order[start : start + size], scale)


def check_batch_size(part: Part, size: int) -> None:
    if size > len(part):
        raise RunError(f"a batch of {size} is larger than the {len(part)} training samples")


def as_float(x: Array) -> Array:
    """The numbers as they are."""
    return x.astype(np.float32)


@dataclass(frozen=True)
class UnitRange:
    """Brings 0..top to 0..1."""

    top: int

    def __call__(self, x: Array) -> Array:
        return x.astype(np.float32) / np.float32(self.top)


@dataclass(frozen=True)
class Standardize:
    """Subtracts a mean and divides by a standard deviation, one for each channel or for all."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, x: Array) -> Array:
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        return (x.astype(np.float32) - mean) / std


def measure(part: Part, block: int = 1024) -> Standardize:
    """Mean and standard deviation of each channel of a part, in float64 and block by block."""
    channels = part.samples.x.shape[-1]
    total, squares, count = np.zeros(channels), np.zeros(channels), 0
    blocks = [part.rows[start : start + block] for start in range(0, len(part), block)]
    for rows in blocks:
        x = part.samples.x[rows].reshape(-1, channels).astype(np.float64)
        total, count = total + x.sum(axis=0), count + len(x)
    mean = total / count
    for rows in blocks:
        x = part.samples.x[rows].reshape(-1, channels).astype(np.float64)
        squares = squares + ((x - mean) ** 2).sum(axis=0)
    std = np.sqrt(squares / count)
    # A channel that never changes carries nothing: it becomes 0 and not a division by 0.
    std[std == 0] = 1.0
    return Standardize(tuple(mean.tolist()), tuple(std.tolist()))
