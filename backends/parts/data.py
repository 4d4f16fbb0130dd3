"""Samples in memory, their parts and their batches. Inputs and targets go by their names."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .errors import RunError

Array: TypeAlias = NDArray[Any]
Arrays: TypeAlias = dict[str, Array]
Scale: TypeAlias = Callable[[Array], Array]
Scales: TypeAlias = Mapping[str, Scale]
Classes: TypeAlias = Mapping[str, Sequence[str]]
PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Samples:
    """Arrays with a row per sample, by the names of the model's inputs and outputs.

    Inputs are channels last and as they were read (8-bit pictures stay 8-bit).
    """

    inputs: Arrays
    targets: Arrays

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))


@dataclass(frozen=True)
class Part:
    """Some rows of a store of samples, such as those to train on."""

    samples: Samples
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Data:
    """The parts, what each input goes through on its way to the network, and the names of the
    classes that outputs tell apart."""

    train: Part
    validation: Part
    test: Part
    scale: Scales
    names: Classes

    @property
    def sizes(self) -> dict[str, int]:
        return {name: len(getattr(self, name)) for name in PARTS}


def checked(
    samples: Mapping[str, Samples],
    shapes: Mapping[str, tuple[int, ...]],
    labels: Mapping[str, Callable[[Array], Array]],
    source: object,
) -> dict[str, Samples]:
    """The samples, targets as the losses take them; stops where they do not fit the model."""
    done = {}
    for part, arrays in samples.items():
        check_shapes(arrays.inputs, shapes, source)
        done[part] = Samples(arrays.inputs, converted(arrays.targets, labels, source))
    return done


def converted(
    targets: Arrays, labels: Mapping[str, Callable[[Array], Array]], source: object
) -> Arrays:
    try:
        return {name: convert(targets[name]) for name, convert in labels.items()}
    except RunError as error:
        raise RunError(f"{source}: {error}") from None


def check_shapes(inputs: Arrays, shapes: Mapping[str, tuple[int, ...]], source: object) -> None:
    for name, shape in shapes.items():
        check_shape(inputs[name], shape, f"{source}: a sample")


def check_shape(x: Array, shape: tuple[int, ...], title: str) -> None:
    if x.shape[1:] != shape:
        found, wanted = ("x".join(map(str, s)) for s in (x.shape[1:], shape))
        raise RunError(f"{title} is {found or 'one number'}, the model takes {wanted}")


def check_eight_bit(
    samples: Mapping[str, Samples], name: str, setting: str, source: object
) -> None:
    """A setting of 0..1 divides by 255, which is right for 8-bit numbers only."""
    for part in samples.values():
        kind = part.inputs[name].dtype
        if kind != np.uint8:
            raise RunError(f"{source}: {setting} needs 8-bit samples, these are {kind}")


def check_indices(samples: Mapping[str, Samples], name: str, entries: int, title: object) -> None:
    """Numbers that a table of so many entries is read at: whole ones, from 0 on."""
    for part in samples.values():
        x = part.inputs[name]
        fitting = (x >= 0) & (x < entries) & (x == np.floor(x))
        if not fitting.all():
            row, *place = np.argwhere(~fitting)[0]
            raise RunError(
                f"{title}, row {row + 1}: {x[(row, *place)]:g} is no whole number from 0 to"
                f" {entries - 1}, which the model looks up in a table"
            )


def split(pool: Samples, shares: tuple[float, float, float], seed: int) -> tuple[Part, Part, Part]:
    """Cut a seeded permutation in shares of train, validation and test, in percent."""
    rows = np.random.Generator(np.random.Philox(key=[seed, 2**32])).permutation(len(pool))
    validation, test = (math.floor(len(rows) * share / 100 + 0.5) for share in shares[1:])
    train = len(rows) - validation - test
    for name, size, share in zip(PARTS, (train, validation, test), shares, strict=True):
        if share > 0 and size < 1:
            raise RunError(f"{share:g}% of {len(rows)} samples leave the {name} part empty")
    first, second, third = np.split(rows, [train, train + validation])
    return Part(pool, first), Part(pool, second), Part(pool, third)


def whole_part(samples: Samples) -> Part:
    """All samples, in their order."""
    return Part(samples, np.arange(len(samples)))


def epoch_order(seed: int, epoch: int, size: int) -> NDArray[np.int64]:
    """The order of the samples in an epoch: a function of seed and epoch alone."""
    return np.random.Generator(np.random.Philox(key=[seed, epoch])).permutation(size)


def scale_inputs(inputs: Arrays, scale: Scales) -> Arrays:
    """Each input as the network takes it."""
    return {name: scale[name](array) for name, array in inputs.items()}


def make_batch(part: Part, places: NDArray[np.int64], scale: Scales) -> tuple[Arrays, Arrays]:
    """The samples at some places of a part, ready for the network: inputs and targets."""
    rows = part.rows[places]
    inputs = {name: array[rows] for name, array in part.samples.inputs.items()}
    return scale_inputs(inputs, scale), {name: y[rows] for name, y in part.samples.targets.items()}


def count_batches(samples: int, size: int, limit: int | None) -> int:
    whole = -(-samples // size)
    return whole if limit is None else min(whole, limit)


def check_batch_size(part: Part, size: int) -> None:
    if size > len(part):
        raise RunError(f"a batch of {size} is larger than the {len(part)} training samples")
