"""Arrays and tables: which feeds which input or output goes by names."""

from __future__ import annotations

import csv
import math
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np

from .data import Array, Arrays, Samples
from .errors import RunError

Names: TypeAlias = tuple[str, ...]


def read_digits(*, x: str = "input", y: str = "output") -> dict[str, Samples]:
    """The handwritten digits of scikit-learn: 8x8x1 with values 0 to 16.

    x, y: the names of the model's input and output.
    """
    from sklearn.datasets import load_digits  # nothing else needs scikit-learn

    digits = load_digits()
    pictures = digits.images.astype(np.uint8)[..., np.newaxis]
    return {"all": Samples({x: pictures}, {y: digits.target})}


def read_npz(
    path: Path, inputs: Mapping[str, str], targets: Mapping[str, str]
) -> dict[str, Samples]:
    """Arrays of a NumPy archive: the name of each by that of its input or output."""
    arrays = read_arrays(path, [*inputs.values(), *targets.values()])
    given = {name: arrays[array] for name, array in inputs.items()}
    return {"all": Samples(given, {name: arrays[array] for name, array in targets.items()})}


def read_inputs(path: Path, inputs: Mapping[str, str]) -> Arrays:
    """The inputs of samples to predict of."""
    arrays = read_arrays(path, inputs.values())
    return {name: arrays[array] for name, array in inputs.items()}


def read_csv(
    path: Path, inputs: Mapping[str, Names], targets: Mapping[str, Names]
) -> dict[str, Samples]:
    """Columns of a table with a header, by the name of the input or output that they are for."""
    header, table = read_table(path, [*listed_columns(targets), *listed_columns(inputs)])
    wanted = {name: select_columns(table, header, names) for name, names in targets.items()}
    return {"all": Samples(input_columns(header, table, inputs, targets), wanted)}


def read_rows(path: Path, inputs: Mapping[str, Names], targets: Mapping[str, Names]) -> Arrays:
    """The inputs of rows to predict of; columns of targets may be missing, and are not read."""
    header, table = read_table(path, listed_columns(inputs))
    return input_columns(header, table, inputs, targets)


def listed_columns(columns: Mapping[str, Names]) -> list[str]:
    return [name for names in columns.values() for name in names]


def input_columns(
    header: list[str],
    table: Array,
    inputs: Mapping[str, Names],
    targets: Mapping[str, Names],
) -> Arrays:
    """The columns of each input; one without names takes all that are left, in their order."""
    taken = {*listed_columns(inputs), *listed_columns(targets)}
    rest = [place for place, name in enumerate(header) if name not in taken]
    return {
        name: select_columns(table, header, names)
        if names
        else np.ascontiguousarray(table[:, rest])
        for name, names in inputs.items()
    }


def select_columns(table: Array, header: list[str], names: Names) -> Array:
    return np.ascontiguousarray(table[:, [header.index(name) for name in names]])


def read_table(path: Path, needed: Iterable[str]) -> tuple[list[str], Array]:
    """The header, which must have some names, and the numbers of a table."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, *rows = [row for row in csv.reader(file) if row] or [[]]
    except FileNotFoundError:
        raise RunError(f"there is no file {path}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise RunError(f"{path} is not a table in UTF-8: {error}") from None
    for name in needed:
        if name not in header:
            raise RunError(f"{path} has no column `{name}`, it has {', '.join(header) or 'none'}")
    if not rows:
        raise RunError(f"{path} has a header and no rows")
    table = np.empty((len(rows), len(header)))
    for number, row in enumerate(rows):
        table[number] = read_row(row, header, f"{path}, row {number + 1}")
    return header, table


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


def read_arrays(path: Path, names: Iterable[str]) -> Arrays:
    """Arrays of finite numbers, all with the same number of rows."""
    found = {}
    try:
        with np.load(path) as arrays:
            for name in names:
                if name not in arrays:
                    raise RunError(f"{path} has no array `{name}`, it has {', '.join(arrays)}")
                found[name] = arrays[name]
    except FileNotFoundError:
        raise RunError(f"there is no file {path}") from None
    # What NumPy raises for a file that is no archive, is cut short, or holds pickled objects.
    except (ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise RunError(f"{path} is not an archive of plain arrays: {error}") from None
    first = next(iter(found))
    for name, array in found.items():
        if array.dtype.kind not in "iufb" or array.ndim == 0:
            raise RunError(f"array `{name}` of {path} holds no rows of numbers: {array.dtype}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise RunError(f"array `{name}` of {path} holds a number that is not finite")
        if len(array) != len(found[first]):
            counts = f"`{first}` has {len(found[first])} rows and `{name}` has {len(array)}"
            raise RunError(f"{path}: {counts}")
    return found
