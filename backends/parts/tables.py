"""Arrays and tables."""

from __future__ import annotations

import csv
import math
import zipfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from .data import Array, Samples
from .errors import RunError


def read_digits() -> dict[str, Samples]:
    """The handwritten digits of scikit-learn: 8x8x1 with values 0 to 16."""
    digits = load_digits()
    return {"all": Samples(digits.images.astype(np.uint8)[..., np.newaxis], digits.target)}


def read_npz(path: Path, x: str, y: str) -> dict[str, Samples]:
    """Two arrays of a NumPy archive."""
    try:
        with np.load(path) as arrays:
            for name in (x, y):
                if name not in arrays:
                    raise RunError(f"{path} has no array `{name}`, it has {', '.join(arrays)}")
            samples = Samples(arrays[x], arrays[y])
    except FileNotFoundError:
        raise RunError(f"there is no file {path}") from None
    # What NumPy raises for a file that is no archive, is cut short, or holds pickled objects.
    except (ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise RunError(f"{path} is not an archive of plain arrays: {error}") from None
    for name, array in ((x, samples.x), (y, samples.y)):
        if array.dtype.kind not in "iufb" or array.ndim == 0:
            raise RunError(f"array `{name}` of {path} holds no rows of numbers: {array.dtype}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise RunError(f"array `{name}` of {path} holds a number that is not finite")
    if len(samples.x) != len(samples.y):
        raise RunError(f"{path}: `{x}` has {len(samples.x)} rows and `{y}` has {len(samples.y)}")
    return {"all": samples}


def read_csv(path: Path, target: str) -> dict[str, Samples]:
    """A table with a header: `target` is y, all other columns are x, in the file's order."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, *rows = [row for row in csv.reader(file) if row] or [[]]
    except FileNotFoundError:
        raise RunError(f"there is no file {path}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise RunError(f"{path} is not a table in UTF-8: {error}") from None
    if target not in header:
        raise RunError(f"{path} has no column `{target}`, it has {', '.join(header) or 'none'}")
    if not rows:
        raise RunError(f"{path} has a header and no rows")
    table = np.empty((len(rows), len(header)))
    for number, row in enumerate(rows):
        table[number] = read_row(row, header, f"{path}, row {number + 1}")
    column = header.index(target)
    return {"all": Samples(np.delete(table, column, axis=1), table[:, column])}


def read_row(row: list[str], header: list[str], place: str) -> Array:
    """The numbers of a row of a table."""
    if len(row) != len(header):
        raise RunError(f"{place}: {len(row)} fields, the header has {len(header)}")
    numbers = []
    for name, text in zip(header, row, strict=True):
        try:
            numbers.append(float(text))
        except ValueError:
            raise RunError(f"{place}: `{name}` is not a number: {text!r}") from None
        if not math.isfinite(numbers[-1]):
            raise RunError(f"{place}: `{name}` is not a finite number: {text!r}")
    return np.array(numbers)
