"""Labels as a loss takes them, checked against what the spec says."""

from __future__ import annotations

import numpy as np

from .data import Array
from .errors import RunError


def shaped(y: Array, shape: tuple[int, ...]) -> Array:
    """Labels with the axes of the output; a missing axis of length 1 at the end is added."""
    if (*y.shape[1:], 1) == shape:
        y = y[..., np.newaxis]
    if y.shape[1:] != shape:
        found, wanted = ("x".join(map(str, s)) or "one number" for s in (y.shape[1:], shape))
        raise RunError(f"a label is {found}, the output has {wanted}")
    return y


def whole_numbers(y: Array, classes: int) -> Array:
    """Labels that must be 0, 1, ... below the number of classes."""
    if not np.array_equal(y, np.floor(y)):
        raise RunError(f"label {y[y != np.floor(y)][0]:g} is not a whole number")
    if y.size and (y.min() < 0 or y.max() >= classes):
        bad = y.min() if y.min() < 0 else y.max()
        raise RunError(
            f"label {bad:g} is outside 0..{classes - 1}: the model has {classes} classes"
        )
    return y.astype(np.int64)


def class_numbers(y: Array, shape: tuple[int, ...]) -> Array:
    """A class for each place of an output that has a unit for each class."""
    if y.shape[1:] == (*shape[:-1], 1):
        y = y[..., 0]
    if y.shape[1:] == shape:
        raise RunError(
            f"a label is a row of {shape[-1]}: `labels = onehot` in the spec reads such rows"
        )
    if y.shape[1:] != shape[:-1]:
        raise RunError(f"a label has {y.ndim - 1} axes, the output needs {len(shape) - 1}")
    return whole_numbers(y, shape[-1])


def onehot_numbers(y: Array, shape: tuple[int, ...]) -> Array:
    """The place of the 1 in each one-hot row."""
    if y.shape[1:] != shape:
        found = "x".join(map(str, y.shape[1:])) or "one number"
        raise RunError(f"a label is {found}, `labels = onehot` needs rows of {shape[-1]}")
    if not np.isin(y, (0, 1)).all() or not (y.sum(axis=-1) == 1).all():
        raise RunError("a label is not one-hot: a row needs a single 1 among zeros")
    places: Array = y.argmax(axis=-1)
    return places


def binary_numbers(y: Array, shape: tuple[int, ...]) -> Array:
    """Yes or no for each unit of an output, as 1.0 and 0.0."""
    return whole_numbers(shaped(y, shape), 2).astype(np.float32)


def target_numbers(y: Array, shape: tuple[int, ...]) -> Array:
    """Numbers to come near to, one for each unit of an output."""
    return shaped(y, shape).astype(np.float32)


def onehot_targets(y: Array, shape: tuple[int, ...]) -> Array:
    """One-hot rows to come near to."""
    onehot_numbers(y, shape)
    return y.astype(np.float32)
