"""The file of weights that every framework reads: safetensors, PyTorch's names and layouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save_file

from .data import Array
from .errors import RunError
from .files import atomic

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]

EXACT = ("float32", "float64")


def read_weights(path: Path, shapes: Shapes) -> dict[str, Array]:
    """The weights in a file, which must have exactly these names and shapes."""
    if not path.exists():
        raise RunError(f"there are no weights {path}")
    try:
        weights = load(path.read_bytes())
    except SafetensorError as error:
        raise RunError(f"{path} is damaged: {error}") from None
    except KeyError as kind:  # NumPy has no such numbers
        raise RunError(f"{path} holds {kind.args[0]}, not float32") from None
    check_tensors(f"{path} does not fit the model", weights, shapes, ("float32",))
    return weights


def keep_best(
    folder: Path, native: str, save: Callable[[Path], object], tensors: Mapping[str, Array]
) -> None:
    """Keep the weights of the best epoch: in the framework's own file, and for all scripts."""
    atomic(folder / native, save)
    weights = {
        name.removeprefix("model."): np.ascontiguousarray(array)
        for name, array in tensors.items()
        if name.startswith("model.")
    }
    path = folder / "best.safetensors"
    atomic(path, partial(save_file, weights, metadata={"format": "specc-1"}))
    path.chmod(0o644)  # safetensors makes files for their owner only
    # What a run in another framework has left there is no longer the best.
    for old in folder.glob("best.*"):
        if old.name not in (native, path.name):
            old.unlink()


def check_tensors(
    title: str, tensors: Mapping[str, Array], shapes: Shapes, types: tuple[str, ...]
) -> None:
    """Stop unless tensors have exactly these names and shapes, one of the types, and no NaN."""
    if wrong := misfits(tensors, shapes, types):
        rest = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise RunError(f"{title}: {wrong[0]}{rest}")


def misfits(tensors: Mapping[str, Array], shapes: Shapes, types: tuple[str, ...]) -> list[str]:
    """All that is wrong with tensors, each by its name."""
    found = [f"`{name}` is missing" for name in shapes if name not in tensors]
    for name, array in tensors.items():
        if name not in shapes:
            found.append(f"`{name}` is not in the model")
        elif array.shape != shapes[name]:
            found.append(
                f"`{name}` is {spell_shape(array.shape)}, the model has {spell_shape(shapes[name])}"
            )
        elif array.dtype.name not in types:
            found.append(f"`{name}` is {array.dtype.name}, not {' or '.join(types)}")
        elif bad := int(np.count_nonzero(~np.isfinite(array))):
            found.append(f"`{name}` holds {bad:,} of {array.size:,} values that are not finite")
    return found


def spell_shape(shape: tuple[int, ...]) -> str:
    """`32x1x3x3`."""
    return "x".join(map(str, shape)) or "one number"
