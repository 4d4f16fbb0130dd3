"""What happens to the numbers of a batch before the network sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .data import Array, Part, Scale
from .errors import RunError


def as_float(x: Array) -> Array:
    """The numbers as they are."""
    return x.astype(np.float32)


@dataclass(frozen=True)
class UnitRange:
    """Brings 0..top to 0..1."""

    top: int

    def __call__(self, x: Array) -> Array:
        # Not a product with 1 / top: that differs in the last bit for half of the values.
        return x.astype(np.float32) / np.float32(self.top)


@dataclass(frozen=True)
class Standardize:
    """Subtracts a mean and divides by a standard deviation, one for each channel or for all."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, x: Array) -> Array:
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        scaled: Array = (x.astype(np.float32) - mean) / std
        return scaled


def moments(
    part: Part, name: str, block: int = 1024
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel of an input, in float64 and block by block."""
    x = part.samples.inputs[name]
    channels = x.shape[-1]
    rows = [part.rows[start : start + block] for start in range(0, len(part), block)]

    def per_channel(some: Array) -> Array:
        return x[some].reshape(-1, channels).astype(np.float64)

    count = len(part) * x[0].size // channels
    mean = np.sum([per_channel(some).sum(axis=0) for some in rows], axis=0) / count
    squares = np.sum([((per_channel(some) - mean) ** 2).sum(axis=0) for some in rows], axis=0)
    std = np.sqrt(squares / count)
    # A channel that never changes carries nothing: it becomes 0 and not a division by 0.
    std[std == 0] = 1.0
    return tuple(mean.tolist()), tuple(std.tolist())


def measure(part: Part, name: str) -> Standardize:
    """Standardize an input with the figures of a part."""
    return Standardize(*moments(part, name))


def measure_mean(part: Part, name: str, *, std: tuple[float, ...]) -> Standardize:
    """Standardize an input with the mean of a part and a given standard deviation."""
    return Standardize(moments(part, name)[0], std)


def measure_std(part: Part, name: str, *, mean: tuple[float, ...]) -> Standardize:
    """Standardize an input with a given mean and the standard deviation of a part."""
    return Standardize(mean, moments(part, name)[1])


def stored_scale(numbers: Mapping[str, Any]) -> Scale:
    """The scaling that was measured when the model was trained."""
    try:
        return Standardize(**{name: tuple(figures) for name, figures in numbers.items()})
    except TypeError as error:
        raise RunError(f"the measured scaling is damaged: {error}") from None
