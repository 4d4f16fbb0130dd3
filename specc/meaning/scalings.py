"""Scalings: `(term, samples, training)` give the samples as the network sees them."""

from __future__ import annotations

import numpy as np

from specc.data import scalings
from specc.meaning import Array, means

LARGEST = 255
"""The largest value of a cell of an 8-bit picture."""


@means(scalings.UnitRange)
def unit_range(term: scalings.UnitRange, samples: Array, training: Array) -> Array:
    return samples / LARGEST


@means(scalings.Standardize)
def standardize(term: scalings.Standardize, samples: Array, training: Array) -> Array:
    """A channel without a deviation becomes 0."""
    rows = training.reshape(-1, training.shape[-1])
    mean = rows.mean(axis=0) if term.mean is None else np.array(term.mean)
    std = rows.std(axis=0) if term.std is None else np.array(term.std)
    scaled: Array = (samples - mean) / np.where(std == 0, 1, std)
    return scaled
