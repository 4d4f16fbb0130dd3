"""Cut two photographs into a folder of 64x64 pictures: `python tests/photos.py OUT`.

The photographs are the two that come with scikit-learn, and each is one class. A random split of
patches that overlap would put the same pixels on both sides and flatter every score, so each part
has a band of columns of its own: train on the left, then validation, then the right 25 % for test.

    OUT/train/china/0001.png   OUT/validation/flower/0001.png   OUT/test/china/0001.png   ...
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_sample_images

SIZE = 64
CLASSES = ("china", "flower")


@dataclass(frozen=True)
class Band:
    """The columns of one part, as shares of a photograph's width, and the step between patches."""

    part: str
    start: float
    stop: float
    stride: int


BANDS = (
    Band("train", 0.0, 0.55, stride=18),
    Band("validation", 0.55, 0.75, stride=24),
    Band("test", 0.75, 1.0, stride=24),
)


def corners(band: Band, height: int, width: int) -> Iterator[tuple[int, int]]:
    """The top and left of each patch that lies in the band as a whole."""
    first, last = round(band.start * width), round(band.stop * width) - SIZE
    for top in range(0, height - SIZE + 1, band.stride):
        for left in range(first, last + 1, band.stride):
            yield top, left


def photographs() -> dict[str, NDArray[np.uint8]]:
    """The two photographs by class, height x width x 3."""
    bunch = load_sample_images()
    names = [Path(name).stem for name in bunch.filenames]
    return {name: bunch.images[names.index(name)] for name in CLASSES}


def write(out: Path) -> dict[str, int]:
    """Write all patches below `out`; the number of pictures of each part."""
    counts = dict.fromkeys((band.part for band in BANDS), 0)
    for name, photograph in photographs().items():
        for band in BANDS:
            folder = out / band.part / name
            folder.mkdir(parents=True, exist_ok=True)
            for number, (top, left) in enumerate(corners(band, *photograph.shape[:2]), start=1):
                patch = photograph[top : top + SIZE, left : left + SIZE]
                Image.fromarray(patch).save(folder / f"{number:04}.png")
                counts[band.part] += 1
    return counts


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python tests/photos.py OUT")
    out = Path(sys.argv[1])
    counts = write(out)
    print(f"{out}: " + ", ".join(f"{count} {part}" for part, count in counts.items()))


if __name__ == "__main__":
    main()
