"""Readers of data: pictures in folders, IDX files, arrays, tables."""

from __future__ import annotations

import csv
import gzip
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from sklearn.datasets import load_digits

from .data import Array, Data, Part, Samples, split, whole
from .errors import RunError

PARTS = ("train", "validation", "test")


def read_picture(path: Path, shape: tuple[int, int, int], resize: bool) -> Array:
    """A picture as 8-bit numbers, height x width x channels."""
    height, width, channels = shape
    try:
        with Image.open(path) as picture:
            picture = picture.convert("L" if channels == 1 else "RGB")
    except UnidentifiedImageError:
        raise RunError(f"{path} is not a picture that can be read") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise RunError(f"{path} cannot be read: {error}") from None
    if resize and picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    if picture.size != (width, height):
        raise RunError(
            f"{path} is {picture.height}x{picture.width}, the model takes {height}x{width};"
            f" `size={height}x{width}` in the spec's `folder` resizes"
        )
    return np.asarray(picture, np.uint8).reshape(shape)


def class_folders(folder: Path, classes: Sequence[str] | None) -> list[Path]:
    """The sub-folders of a folder of pictures: one for each class, sorted unless named."""
    if not folder.is_dir():
        raise RunError(f"there is no folder {folder}")
    found = sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not found:
        raise RunError(f"{folder} has no sub-folders; it needs one for each class")
    if classes is not None and sorted(classes) != found:
        raise RunError(f"{folder} has the classes {', '.join(found)}, not {', '.join(classes)}")
    return [folder / name for name in (found if classes is None else classes)]


def read_classes(
    folder: Path, shape: tuple[int, int, int], resize: bool, classes: Sequence[str] | None
) -> tuple[Samples, list[str]]:
    """Every picture below a folder that has a sub-folder for each class, and the classes' names."""
    folders = class_folders(folder, classes)
    files, labels = [], []
    for label, place in enumerate(folders):
        pictures = sorted(p for p in place.iterdir() if not p.name.startswith("."))
        if not pictures:
            raise RunError(f"{place} is empty")
        files += pictures
        labels += [label] * len(pictures)
    x = np.empty((len(files), *shape), np.uint8)
    for row, path in enumerate(files):
        x[row] = read_picture(path, shape, resize)
    return Samples(x, np.array(labels, np.int64)), [place.name for place in folders]
