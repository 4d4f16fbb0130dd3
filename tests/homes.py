"""Draw homes for specs/homes.cnn: `python tests/homes.py homes.npz`.

photo  16x16x3  a flat, a house with a roof, or a villa with a garden, in front of a sky
facts  6        rooms, area, age, floor, distance to the centre, and noise
kind   0, 1, 2  which of the three it is; the facts alone do not tell
price  1        of the facts, of the kind and of how light the walls are, which the photo shows
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

COUNT, SIZE = 1200, 16
_SKY, _GRASS, _ROOF = (120, 160, 210), (70, 130, 60), (150, 60, 50)


def draw(kind: int, light: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A picture of one home. light: of its walls, from 0 to 1."""
    picture = np.empty((SIZE, SIZE, 3))
    picture[:] = _SKY
    picture[13:] = _GRASS
    left, width = int(rng.integers(1, 4)), (6, 8, 11)[kind]
    top = (2, 7, 8)[kind]
    picture[top:13, left : left + width] = 90 + 140 * light
    if kind > 0:
        for row in range(4):
            edge = (3 - row) * width // 8
            picture[top - 4 + row, left + edge : left + width - edge] = _ROOF
    picture[top + 2 : 12 : 3, left + 1 : left + width - 1 : 3] = 40
    noise = rng.normal(0, 12, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def homes(count: int = COUNT) -> dict[str, NDArray[np.generic]]:
    rng = np.random.default_rng(5)
    kind = rng.integers(0, 3, count)
    light = rng.uniform(0, 1, count)
    photo = np.stack([draw(k, each, rng) for k, each in zip(kind, light, strict=True)])
    rooms = rng.integers(1, 8, count)
    area = 22 * rooms + rng.normal(0, 15, count)
    age, floor = rng.uniform(0, 90, count), rng.integers(0, 5, count)
    distance, noise = rng.exponential(6, count), rng.normal(0, 1, count)
    facts = np.stack([rooms, area, age, floor, distance, noise], axis=1)
    price = 0.02 * area - 0.008 * age - 0.1 * distance + 0.8 * kind + 1.2 * light
    return {"photo": photo, "facts": facts, "kind": kind, "price": price[:, np.newaxis]}


def main() -> None:
    if len(sys.argv) != 2 or not sys.argv[1].endswith(".npz"):
        sys.exit("usage: python tests/homes.py OUT.npz")
    np.savez(Path(sys.argv[1]), **homes())  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
