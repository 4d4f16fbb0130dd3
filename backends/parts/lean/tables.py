"""Arrays and tables."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from .samples import Arrays


def read_digits() -> tuple[np.ndarray, np.ndarray]:
    """The handwritten digits of scikit-learn: 8x8x1 with values 0 to 16."""
    digits = load_digits()
    return digits.images[..., np.newaxis], digits.target


def read_idx(path: Path) -> np.ndarray:
    """The 8-bit array of an IDX file, compressed or not."""
    packed = path.with_name(f"{path.name}.gz")
    data = gzip.decompress(packed.read_bytes()) if packed.is_file() else path.read_bytes()
    # Two zero bytes, 8 for unsigned bytes, the rank, then each length as a big-endian integer.
    shape = np.frombuffer(data, ">i4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def read_mnist(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """The 60,000 pictures to train on, 28x28x1, and the numbers of their classes."""
    pictures = read_idx(folder / "train-images-idx3-ubyte")
    return pictures[..., np.newaxis], read_idx(folder / "train-labels-idx1-ubyte")


def read_npz(path: Path, x: str, y: str) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays of a NumPy archive."""
    with np.load(path) as arrays:
        return arrays[x], arrays[y]


def read_named_npz(
    path: Path, inputs: Mapping[str, str], targets: Mapping[str, str]
) -> tuple[Arrays, Arrays]:
    """Arrays of a NumPy archive: the name of each by that of its input or output."""
    with np.load(path) as arrays:
        x, y = ({name: arrays[array] for name, array in each.items()} for each in (inputs, targets))
        return x, y


def read_table(path: Path) -> Arrays:
    """The columns of a table with a header, by their names."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        header, *rows = (row for row in csv.reader(file) if row)
    return dict(zip(header, np.array(rows, float).T, strict=True))


def read_csv(path: Path, target: str) -> tuple[np.ndarray, np.ndarray]:
    """All columns of a table but the target, and the target."""
    table = read_table(path)
    y = table.pop(target)
    return np.stack(list(table.values()), axis=1), y


def read_named_csv(
    path: Path, inputs: Mapping[str, Sequence[str]], targets: Mapping[str, Sequence[str]]
) -> tuple[Arrays, Arrays]:
    """Columns of a table by the name of the input or output that they are for; an input without
    columns takes all that are left."""
    table = read_table(path)
    taken = {name for names in (*inputs.values(), *targets.values()) for name in names}
    rest = [name for name in table if name not in taken]

    def columns(side: Mapping[str, Sequence[str]]) -> Arrays:
        return {
            key: np.stack([table[n] for n in names or rest], axis=1) for key, names in side.items()
        }

    return columns(inputs), columns(targets)
