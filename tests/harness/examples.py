"""The data of the specs in specs/, made here: what their scripts train with and predict from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import homes
import numpy as np
import photos
import tables
from PIL import Image
from sklearn.datasets import load_digits

from harness.scripts import write_idx


def clothes(folder: Path) -> None:
    """Fashion-MNIST's files with digits in them: 600 pictures, and 150 for the test."""
    digits = load_digits()
    large = np.kron(digits.images * 15, np.ones((1, 3, 3)))
    pictures = np.pad(large, ((0, 0), (2, 2), (2, 2)))
    folder.mkdir(parents=True)
    # Not packed: gzip would write the time into the files.
    for prefix, part in (("train", slice(600)), ("t10k", slice(600, 750))):
        write_idx(folder / f"{prefix}-images-idx3-ubyte", pictures[part])
        write_idx(folder / f"{prefix}-labels-idx1-ubyte", digits.target[part])


def draw_homes(path: Path) -> None:
    np.savez(path, **homes.homes())  # type: ignore[arg-type]


DATA: dict[str, tuple[str, Callable[[Path], object]]] = {
    "diabetes": ("diabetes.csv", tables.write),
    "fashion": ("fashion-mnist", clothes),
    "homes": ("homes.npz", draw_homes),
    "lecture": ("photos", photos.write),
}
"""What is written for a spec, and how; all others read data that comes with scikit-learn."""


@dataclass(frozen=True)
class Data:
    """source: what `--data` names, if anything; sample: what `--predict` names."""

    source: Path | None
    sample: Path

    @property
    def content(self) -> bytes:
        """All bytes, each file's behind its name."""
        places = [place for place in (self.source, self.sample) if place is not None]
        files = [file for place in places for file in (place, *sorted(place.rglob("*")))]
        return b"".join(file.name.encode() + file.read_bytes() for file in files if file.is_file())


def make_data(folder: Path, spec: str) -> Data:
    """Write the data of a spec to a new folder."""
    folder.mkdir(parents=True)
    sample = folder / "sample.png"
    # In colour and larger than most inputs: a script has to convert and to resize it.
    Image.fromarray(photos.photographs()["china"][: photos.SIZE, : photos.SIZE]).save(sample)
    if spec not in DATA:
        return Data(None, sample)
    name, write = DATA[spec]
    write(folder / name)
    return Data(folder / name, folder / name if name.endswith(".npz") else sample)
