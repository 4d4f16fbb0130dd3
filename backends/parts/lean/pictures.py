"""Pictures in a folder with one sub-folder for each class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image


def read_pictures(folder: Path, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The pictures in the sub-folder of each class, channels last, and their classes' numbers."""
    files = [sorted(p for p in (folder / name).iterdir() if p.name[0] != ".") for name in classes]
    pictures = [np.asarray(Image.open(path).convert("RGB")) for paths in files for path in paths]
    return np.stack(pictures), np.repeat(np.arange(len(classes)), [len(paths) for paths in files])


def read_grey(folder: Path, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The pictures in the sub-folder of each class, in grey, and their classes' numbers."""
    files = [sorted(p for p in (folder / name).iterdir() if p.name[0] != ".") for name in classes]
    pictures = [np.asarray(Image.open(path).convert("L")) for paths in files for path in paths]
    labels = np.repeat(np.arange(len(classes)), [len(paths) for paths in files])
    return np.stack(pictures)[..., np.newaxis], labels


def read_resized(
    folder: Path, classes: Sequence[str], mode: str, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """The pictures in the sub-folder of each class, channels last, and their classes' numbers.

    size: width and height that they are brought to.
    """
    files = [sorted(p for p in (folder / name).iterdir() if p.name[0] != ".") for name in classes]
    pictures = [Image.open(path).convert(mode) for paths in files for path in paths]
    resized = [np.asarray(p.resize(size, Image.Resampling.BILINEAR)) for p in pictures]
    labels = np.repeat(np.arange(len(classes)), [len(paths) for paths in files])
    return np.stack(resized).reshape(len(resized), *reversed(size), -1), labels
