"""Pictures on the disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image, UnidentifiedImageError

from .data import PARTS, Array, Part, Samples, split, whole_part
from .errors import RunError

PictureSize: TypeAlias = tuple[int, int, int]
PictureReader: TypeAlias = Callable[[Path, PictureSize], Array]


def open_picture(path: Path, channels: int) -> Image.Image:
    try:
        with Image.open(path) as file:
            return file.convert("L" if channels == 1 else "RGB")
    except FileNotFoundError:
        raise RunError(f"there is no picture {path}") from None
    except UnidentifiedImageError:
        raise RunError(f"{path} is not a picture") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise RunError(f"{path} cannot be read: {error}") from None


def read_picture(path: Path, shape: PictureSize) -> Array:
    """A picture as 8-bit numbers, height x width x channels."""
    height, width, channels = shape
    picture = open_picture(path, channels)
    if picture.size != (width, height):
        raise RunError(
            f"{path} is {picture.height}x{picture.width}, the model takes {height}x{width};"
            f" `size={height}x{width}` in `folder` of the spec resizes"
        )
    return np.asarray(picture, np.uint8).reshape(shape)


def resized_picture(path: Path, shape: PictureSize) -> Array:
    """A picture of any size as 8-bit numbers of a shape, height x width x channels."""
    height, width, channels = shape
    picture = open_picture(path, channels)
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(picture, np.uint8).reshape(shape)


def sub_folders(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise RunError(f"there is no folder {folder}")
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def part_folders(folder: Path) -> dict[str, Path]:
    """The folder of each part: one whose sub-folders are `train` and `validation` or `test` has
    parts of its own."""
    found = sub_folders(folder)
    own = "train" in found and len(found) > 1 and set(found) <= set(PARTS)
    return {name: folder / name for name in found} if own else {"all": folder}


def read_classes(
    folder: Path, names: Sequence[str], shape: PictureSize, read: PictureReader
) -> tuple[Array, Array]:
    """Every picture in the sub-folder of each class; files count in the order of their names."""
    found = sub_folders(folder)
    if found != sorted(names):
        raise RunError(f"{folder} has the classes {listed(found)}, not {listed(names)}")
    files, labels = [], []
    for label, name in enumerate(names):
        own = sorted(p for p in (folder / name).iterdir() if not p.name.startswith("."))
        if not own:
            raise RunError(f"{folder / name} has no pictures")
        files += own
        labels += [label] * len(own)
    pictures = np.empty((len(files), *shape), np.uint8)
    for row, path in enumerate(files):
        pictures[row] = read(path, shape)
    return pictures, np.array(labels, np.int64)


def read_parts(
    places: Mapping[str, Path],
    names: Sequence[str],
    shape: PictureSize,
    read: PictureReader,
    x: str = "input",
    y: str = "output",
) -> dict[str, Samples]:
    parts = {}
    for part, place in places.items():
        pictures, labels = read_classes(place, names, shape, read)
        parts[part] = Samples({x: pictures}, {y: labels})
    return parts


def found_classes(places: Mapping[str, Path]) -> tuple[str, ...]:
    return tuple(sub_folders(places["train" if "train" in places else "all"]))


def read_folder(
    folder: Path, shape: PictureSize, read: PictureReader, *, classes: int, **renamed: str
) -> tuple[dict[str, Samples], tuple[str, ...]]:
    """The pictures of a folder, by part where it has its own, and the classes' names.

    renamed: `x` and `y`, the names of the model's input and output.
    """
    places = part_folders(folder)
    names = found_classes(places)
    if len(names) != classes:
        raise RunError(
            f"{folder} has {len(names)} classes ({listed(names)}), the model tells {classes} apart"
        )
    return read_parts(places, names, shape, read, **renamed), names


def read_any_folder(
    folder: Path, shape: PictureSize, read: PictureReader, **renamed: str
) -> tuple[dict[str, Samples], tuple[str, ...]]:
    """The pictures of a folder, by part where it has its own, and the names of its classes, however
    many: their numbers are to come near to."""
    places = part_folders(folder)
    names = found_classes(places)
    return read_parts(places, names, shape, read, **renamed), names


def read_named_folder(
    folder: Path, shape: PictureSize, read: PictureReader, *, names: tuple[str, ...], **renamed: str
) -> tuple[dict[str, Samples], tuple[str, ...]]:
    """The pictures of a folder whose classes have these names, by part where it has its own."""
    return read_parts(part_folders(folder), names, shape, read, **renamed), names


def listed(names: Sequence[str]) -> str:
    """`a, b, c`, cut after ten names."""
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "") or "none"


def own_parts(samples: Mapping[str, Samples], folder: Path) -> tuple[Part, Part, Part]:
    """The parts that a folder brings, for a spec that has no `split`."""
    for name in ("train", "validation"):
        if name not in samples:
            raise RunError(
                f"{folder} has no sub-folder `{name}`, and the spec has no `split` to cut one"
            )
    nothing = Part(samples["train"], np.arange(0))
    test = whole_part(samples["test"]) if "test" in samples else nothing
    return whole_part(samples["train"]), whole_part(samples["validation"]), test


def check_uncut(samples: Mapping[str, Samples], folder: Path, cut: Sequence[str]) -> None:
    """Stop where the folder brings a part that the spec's `split` cuts as well."""
    for name in cut:
        if name in samples:
            raise RunError(
                f"{folder} has its own `{name}` part: leave it out of the spec's `split`"
            )


def split_folder(
    samples: Mapping[str, Samples], shares: tuple[float, float, float], seed: int
) -> tuple[Part, Part, Part]:
    """Cut what a folder holds; where it brings a `test` part, the rest."""
    pool = samples["train" if "train" in samples else "all"]
    train, validation, test = split(pool, shares, seed)
    return train, validation, whole_part(samples["test"]) if "test" in samples else test
