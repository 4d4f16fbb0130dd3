"""The IDX files of MNIST and Fashion-MNIST."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np

from .data import Array, Samples
from .errors import RunError


def read_idx(path: Path) -> Array:
    """The 8-bit array of an IDX file, compressed or not."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise RunError(f"{path} cannot be unpacked: {error}") from None
    # Two zero bytes, 8 for unsigned bytes, the rank, then each length as a big-endian integer.
    rank = data[3] if data[:3] == b"\0\0\x08" and len(data) > 3 else 0
    shape = np.frombuffer(data, ">i4", rank, 4).tolist() if len(data) >= 4 + 4 * rank else []
    if not rank or len(data) != 4 + 4 * rank + np.prod(shape, dtype=np.int64):
        raise RunError(f"{path} is not a whole IDX file of bytes")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def find_idx(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise RunError(f"there is no {name}.gz in {folder}")


def read_mnist(folder: Path, *, x: str = "input", y: str = "output") -> dict[str, Samples]:
    """The training and the test part of a folder of MNIST's four files.

    x, y: the names of the model's input and output.
    """
    parts = {}
    for part, prefix in (("train", "train"), ("test", "t10k")):
        images = find_idx(folder, f"{prefix}-images-idx3-ubyte")
        labels = find_idx(folder, f"{prefix}-labels-idx1-ubyte")
        pictures, numbers = read_idx(images), read_idx(labels)
        if pictures.ndim != 3 or numbers.ndim != 1 or len(pictures) != len(numbers):
            raise RunError(f"{images} and {labels} do not belong together")
        parts[part] = Samples({x: pictures[..., np.newaxis]}, {y: numbers})
    return parts
