"""What files of weights hold, and in what two of them differ, as figures and as text."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from specc.weights.file import Array, Tensors, part


@dataclass(frozen=True)
class TensorEntry:
    """A tensor. norm: the root of the sum of squares, without what is not finite."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    norm: float
    least: float | None
    largest: float | None
    not_finite: int


@dataclass(frozen=True)
class TensorDifference:
    """A tensor of two files. note: why its values cannot be compared; otherwise the largest
    difference, and its share of the largest value in either file.
    """

    name: str
    note: str
    absolute: float = 0.0
    relative: float = 0.0


def entries(tensors: Tensors) -> list[TensorEntry]:
    """The tensors of a file, by name."""
    return [_entry(name, tensors.arrays[name]) for name in _sorted(tensors.arrays)]


def _entry(name: str, array: Array) -> TensorEntry:
    values = array.astype(np.float64).ravel()
    finite = values[np.isfinite(values)]
    norm = math.sqrt(float(np.dot(finite, finite)))
    least, largest = (float(finite.min()), float(finite.max())) if finite.size else (None, None)
    wild = values.size - finite.size
    return TensorEntry(name, array.shape, array.dtype.name, norm, least, largest, wild)


def differences(a: Tensors, b: Tensors) -> list[TensorDifference]:
    """Every tensor of either file; of a checkpoint and of weights alone, the weights."""
    one, other = a.arrays, b.arrays
    if a.is_checkpoint != b.is_checkpoint:
        one, other = a.weights(), b.weights()
    return [_difference(name, one.get(name), other.get(name)) for name in _sorted(one | other)]


def _difference(name: str, a: Array | None, b: Array | None) -> TensorDifference:
    if a is None or b is None:
        return TensorDifference(name, f"only in {'B' if a is None else 'A'}")
    if a.shape != b.shape:
        by = part("weights", "spell_shape")
        return TensorDifference(name, f"{by(a.shape)} in A, {by(b.shape)} in B")
    x, y = a.astype(np.float64), b.astype(np.float64)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return TensorDifference(name, "holds values that are not finite")
    absolute = float(np.abs(x - y).max(initial=0.0))
    largest = max(float(np.abs(x).max(initial=0.0)), float(np.abs(y).max(initial=0.0)))
    return TensorDifference(name, "", absolute, absolute / largest if largest else 0.0)


def differ(difference: TensorDifference, tolerance: float) -> bool:
    return bool(difference.note) or difference.relative > tolerance


def listing(tensors: Tensors, found: Sequence[TensorEntry]) -> str:
    """The text of `specc weights show`."""
    by = part("weights", "spell_shape")
    rows = [("name", "shape", "type", "norm", "least", "largest", "")]
    rows += [
        (
            entry.name,
            by(entry.shape),
            entry.dtype,
            f"{entry.norm:.6g}",
            _number(entry.least),
            _number(entry.largest),
            f"{entry.not_finite:,} not finite" if entry.not_finite else "",
        )
        for entry in found
    ]
    values = sum(math.prod(entry.shape) for entry in found)
    size = sum(array.nbytes for array in tensors.arrays.values())
    total = f"{len(found)} tensors, {values:,} values, {size:,} bytes"
    facts = [f"{key}: {value}" for key, value in sorted(tensors.metadata.items())]
    return "\n".join([*_aligned(rows), "", total, *facts])


def comparison(found: Sequence[TensorDifference], tolerance: float) -> str:
    """The text of `specc weights diff`: the tensors that differ, and a line that counts them."""
    rows = [("name", "absolute", "relative", "")]
    rows += [
        (d.name, "", "", d.note)
        if d.note
        else (d.name, f"{d.absolute:.3g}", f"{d.relative:.3g}", "")
        for d in found
        if d.note or d.absolute
    ]
    beyond = sum(differ(d, tolerance) for d in found)
    same = sum(not d.note and not d.absolute for d in found)
    limit = f" by more than {tolerance:g} of their size" if tolerance else ""
    total = f"{len(found)} tensors: {same} equal, {beyond} differ{limit}"
    return "\n".join([*_aligned(rows), "", total] if len(rows) > 1 else [total])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names and notes to the left, all between to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *cells, note in rows:
        figures = [cell.rjust(width) for cell, width in zip(cells, widths[1:-1], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *figures, note]).rstrip())
    return lines


def _sorted(names: dict[str, Array]) -> list[str]:
    """`conv2` before `conv10`."""
    return sorted(names, key=_natural)


def _natural(name: str) -> list[str | int]:
    pieces = re.split(r"([0-9]+)", name)  # text and digits take turns, so like meets like
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)]
