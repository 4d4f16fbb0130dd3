"""Seeded samples in place of data that is not there."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from specc.parity.case import Array, Given, Raw, Wanted

SIDES = ("inputs", "targets")
"""The arguments that tell a reader what feeds each input and output."""


def reader(script: ModuleType, raw: Raw) -> Callable[..., Any]:
    """Stands in for a script's reader of data."""
    made = {name: raw_samples(raw, name, size) for name, size in raw.parts.items()}

    def read(*args: Any, **options: Any) -> Any:
        asked = [options.get(side) for side in SIDES]
        samples = {
            part: script.Samples(
                *(_asked_for(*pair, raw.fed) for pair in zip(both, asked, strict=True))
            )
            for part, both in made.items()
        }
        if not raw.named:
            return samples
        (output,) = raw.outputs.values()
        names = options.get("names") or [f"class{n}" for n in range(output.classes)]
        return samples, tuple(names)

    return read


def fed_by(arrays: Any) -> str:
    """What feeds an input or output, as one name: an array, or columns."""
    return arrays if isinstance(arrays, str) else ", ".join(arrays)


def _asked_for(
    made: dict[str, Array], asked: Mapping[str, Any] | None, fed: Mapping[str, str]
) -> dict[str, Array]:
    """Arrays as a script asks for them: what is to feed each input or output, by their names."""
    if asked is None:
        return made
    arrays = {fed[name]: array for name, array in made.items()}
    return {name: arrays[fed_by(each)] for name, each in asked.items()}


def raw_samples(raw: Raw, part: str, size: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """Seeded samples and labels, as a reader of the script returns them."""
    inputs = {n: _made(_stream(f"{part}/{n}"), one, size) for n, one in raw.inputs.items()}
    return inputs, {n: _asked(_stream(f"{part}/{n}"), one, size) for n, one in raw.outputs.items()}


def _stream(name: str) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[17, zlib.crc32(name.encode())]))


def _made(rng: np.random.Generator, given: Given, size: int) -> Array:
    shape = (size, *given.shape)
    if given.top is None:
        return rng.standard_normal(shape)
    x = rng.integers(0, given.top + 1, shape)
    return x.astype(np.uint8) if given.top < 256 else x


def _asked(rng: np.random.Generator, wanted: Wanted, size: int) -> Array:
    labels = rng.integers(0, wanted.classes, (size, *wanted.shape))
    match wanted.kind:
        case "numbers":
            return rng.standard_normal((size, *wanted.shape))
        case "onehot":
            onehot: Array = np.eye(wanted.classes)[labels]
            return onehot
    return labels
