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
    made = {name: raw_samples(raw, name, size) for name, size in raw.parts.items()}
    if raw.several:
        return lambda path, inputs, targets: {
            name: script.Samples(_asked_for(x, inputs), _asked_for(y, targets))
            for name, (x, y) in made.items()
        }
    samples = {name: script.Samples(*both) for name, both in made.items()}

    def read(*args: Any, **options: Any) -> Any:
        if not raw.named:
            return samples
        names = options.get("names") or [f"class{n}" for n in range(_only(raw.outputs).classes)]
        return samples, tuple(names)

    return read


def _asked_for(arrays: dict[str, Array], names: dict[str, Any]) -> dict[str, Array]:
    """Arrays as a script asks for them: their names by those of inputs or outputs."""
    keys = {name: key if isinstance(key, str) else ", ".join(key) for name, key in names.items()}
    return {name: arrays[key] for name, key in keys.items()}


def raw_samples(raw: Raw, part: str, size: int) -> tuple[Any, Any]:
    """Seeded samples and labels, as a reader of the script returns them."""
    if not raw.several:
        rng = _stream(part)
        return _made(rng, _only(raw.inputs), size), _asked(rng, _only(raw.outputs), size)
    inputs = {n: _made(_stream(f"{part}/{n}"), one, size) for n, one in raw.inputs.items()}
    return inputs, {n: _asked(_stream(f"{part}/{n}"), one, size) for n, one in raw.outputs.items()}


def _only(named: dict[str, Any]) -> Any:
    (value,) = named.values()
    return value


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
