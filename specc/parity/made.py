"""Seeded samples in place of data that is not there."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from specc.parity.case import Array, Given, Raw, Wanted


def reader(script: ModuleType, raw: Raw) -> Callable[..., Any]:
    """Stands in for a script's reader of data."""
    samples = {name: script.Samples(*raw_samples(raw, name, n)) for name, n in raw.parts.items()}

    def read(*args: Any, **options: Any) -> Any:
        if not raw.named:
            return samples
        (output,) = raw.outputs.values()
        names = options.get("names") or [f"class{n}" for n in range(output.classes)]
        return samples, tuple(names)

    return read


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
