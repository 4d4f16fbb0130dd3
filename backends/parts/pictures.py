"""Pictures on the disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from .data import PARTS, Array, Part, Samples, whole_part
from .errors import RunError


def read_picture(path: Path, shape: tuple[int, int, int], resize: bool) -> Array:
    """A picture as 8-bit numbers, height x width x channels."""
    height, width, channels = shape
    try:
        with Image.open(path) as file:
            picture = file.convert("L" if channels == 1 else "RGB")
    except FileNotFoundError:
        raise RunError(f"there is no picture {path}") from None
    except UnidentifiedImageError:
        raise RunError(f"{path} is not a picture") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise RunError(f"{path} cannot be read: {error}") from None
    if resize and picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    if picture.size != (width, height):
        raise RunError(
            f"{path} is {picture.height}x{picture.width}, the model takes {height}x{width};"
            f" `size={height}x{width}` in `folder` of the spec resizes"
        )
    return np.asarray(picture, np.uint8).reshape(shape)


def sub_folders(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise RunError(f"there is no folder {folder}")
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def read_classes(
    folder: Path, names: Sequence[str], shape: tuple[int, int, int], resize: bool
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
        pictures[row] = read_picture(path, shape, resize)
    return pictures, np.array(labels, np.int64)


def read_folder(
    folder: Path,
    shape: tuple[int, int, int],
    *,
    classes: int | None = None,
    names: Sequence[str] | None = None,
    resize: bool = False,
    x: str = "input",
    y: str = "output",
) -> tuple[dict[str, Samples], tuple[str, ...]]:
    """The pictures of a folder, by part where it has its own, and the classes' names.

    A folder whose sub-folders are `train` and `validation` or `test` has parts of its own. x, y:
    the names of the model's input and output.
    """
    found = sub_folders(folder)
    own = "train" in found and len(found) > 1 and set(found) <= set(PARTS)
    places = {name: folder / name for name in found} if own else {"all": folder}
    if names is None:
        names = sub_folders(next(iter(places.values())) if not own else folder / "train")
    if classes is not None and len(names) != classes:
        raise RunError(
            f"{folder} has {len(names)} classes ({listed(names)}), the model tells {classes} apart"
        )
    parts = {}
    for name, place in places.items():
        pictures, labels = read_classes(place, names, shape, resize)
        parts[name] = Samples({x: pictures}, {y: labels})
    return parts, tuple(names)


def listed(names: Sequence[str]) -> str:
    """`a, b, c`, cut after ten names."""
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "") or "none"


def own_parts(samples: dict[str, Samples], folder: Path) -> tuple[Part, Part, Part]:
    """The parts that a folder brings, for a spec that has no `split`."""
    for name in ("train", "validation"):
        if name not in samples:
            raise RunError(
                f"{folder} has no sub-folder `{name}`, and the spec has no `split` to cut one"
            )
    nothing = Part(samples["train"], np.arange(0))
    test = whole_part(samples["test"]) if "test" in samples else nothing
    return whole_part(samples["train"]), whole_part(samples["validation"]), test


def check_uncut(samples: dict[str, Samples], folder: Path, test_share: float) -> None:
    """Stop where the folder brings a part that the spec's `split` would make as well."""
    shares = {"validation": True, "test": test_share > 0}
    for name, asked in shares.items():
        if asked and name in samples:
            raise RunError(
                f"{folder} has its own `{name}` part: leave it out of the spec's `split`"
            )
