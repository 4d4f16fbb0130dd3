"""Arrays of several inputs and targets."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from .data_several import Arrays, Samples, check_shapes
from .errors import RunError


def read_npz(
    path: Path, inputs: Mapping[str, str], targets: Mapping[str, str]
) -> dict[str, Samples]:
    """Arrays of a NumPy archive: the name of each by that of its input or output."""
    arrays = read_arrays(path, [*inputs.values(), *targets.values()])
    given = {name: arrays[array] for name, array in inputs.items()}
    return {"all": Samples(given, {name: arrays[array] for name, array in targets.items()})}


def read_inputs(
    path: Path, inputs: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]]
) -> Arrays:
    """The inputs of samples to predict of."""
    arrays = read_arrays(path, inputs.values())
    given = {name: arrays[array] for name, array in inputs.items()}
    check_shapes(given, shapes, path)
    return given


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
