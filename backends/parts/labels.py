"""Labels as a loss needs them, checked against what the spec says."""

from __future__ import annotations

import numpy as np

from .data import Array, Samples
from .errors import RunError


def check_inputs(x: Array, shape: tuple[int, ...], source: object) -> None:
    """Stop unless every sample has the shape that the model takes."""
    if x.shape[1:] != shape:
        found, wanted = ("x".join(map(str, s)) for s in (x.shape[1:], shape))
        raise RunError(f"samples of {source} are {found}, the model takes {wanted}")


def class_numbers(y: Array, classes: int, source: object) -> Array:
    """Labels 0, 1, ... as integers."""
    y = np.asarray(y)
    if y.dtype.kind not in "iub" and (y.dtype.kind != "f" or not np.all(y == np.floor(y))):
        raise RunError(f"labels of {source} are not whole numbers; is `labels = onehot` meant?")
    if y.size and (y.min() < 0 or y.max() >= classes):
        bad = int(y.min() if y.min() < 0 else y.max())
        raise RunError(f"label {bad} in {source} is outside 0..{classes - 1}")
    return y.astype(np.int64)


def onehot_numbers(y: Array, classes: int, source: object) -> Array:
    """The place of the 1 in each one-hot row."""
    y = np.asarray(y)
    if y.ndim < 2 or y.shape[-1] != classes:
        raise RunError(
            f"labels of {source} are not one-hot rows of {classes}: each is {list(y.shape[1:])}"
        )
    if not (np.isin(y, (0, 1)).all() and (y.sum(axis=-1) == 1).all()):
        raise RunError(f"a label row of {source} is not one-hot: one 1 and zeros are needed")
    return y.argmax(axis=-1)
