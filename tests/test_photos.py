"""The folder of photo patches: its layout, the borders between its parts, and its bytes."""

from __future__ import annotations

from hashlib import sha256
from itertools import combinations
from pathlib import Path

import numpy as np
import photos
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("photos")
    assert photos.write(out) == {"train": 714, "validation": 96, "test": 160}
    return out


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return sha256(
        b"".join(f"{p.relative_to(folder)}".encode() + p.read_bytes() for p in files)
    ).hexdigest()


def test_every_part_has_both_classes_in_equal_numbers(folder: Path) -> None:
    for part in ("train", "validation", "test"):
        counts = {path.name: len(list(path.glob("*.png"))) for path in (folder / part).iterdir()}
        assert sorted(counts) == ["china", "flower"]
        assert counts["china"] == counts["flower"] > 0


def test_every_picture_has_the_size_of_the_lecture(folder: Path) -> None:
    for path in folder.rglob("*.png"):
        with Image.open(path) as picture:
            assert (picture.mode, picture.size) == ("RGB", (photos.SIZE, photos.SIZE))


def test_no_pixel_lies_in_two_parts() -> None:
    for photograph in photos.photographs().values():
        height, width = photograph.shape[:2]
        covered = {}
        for band in photos.BANDS:
            covered[band.part] = np.zeros((height, width), dtype=bool)
            for top, left in photos.corners(band, height, width):
                covered[band.part][top : top + photos.SIZE, left : left + photos.SIZE] = True
        for one, other in combinations(covered, 2):
            assert not (covered[one] & covered[other]).any(), f"{one} and {other} share pixels"


def test_the_test_part_is_the_right_quarter() -> None:
    band = next(band for band in photos.BANDS if band.part == "test")
    assert min(left for _, left in photos.corners(band, 427, 640)) == 480


def test_two_runs_write_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    photos.write(tmp_path)
    assert digest(tmp_path) == digest(folder)
