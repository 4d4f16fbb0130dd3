"""Samples in memory, their parts and their batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .errors import RunError

Array: TypeAlias = NDArray[Any]
Scale: TypeAlias = Callable[[Array], Array]
PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Samples:
    """x is channels last and as it was read (8-bit pictures stay 8-bit); y has a row per sample."""

    x: Array
    y: Array

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class Part:
    """Some rows of a store of samples, such as those to train on."""

    samples: Samples
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Data:
    """The parts, what a batch goes through on its way to the network, and the classes' names."""

    train: Part
    validation: Part
    test: Part
    scale: Scale
    names: tuple[str, ...] = ()

    @property
    def sizes(self) -> dict[str, int]:
        return {name: len(getattr(self, name)) for name in PARTS}


def checked(
    samples: Mapping[str, Samples],
    shape: tuple[int, ...],
    labels: Callable[[Array], Array],
    source: object,
) -> dict[str, Samples]:
    """The samples, labels as the loss takes them; stops where they do not fit the model."""
    done = {}
    for name, part in samples.items():
        if part.x.shape[1:] != shape:
            found, wanted = ("x".join(map(str, s)) for s in (part.x.shape[1:], shape))
            raise RunError(
                f"{source}: a sample is {found or 'one number'}, the model takes {wanted}"
            )
        try:
            done[name] = Samples(part.x, labels(part.y))
        except RunError as error:
            raise RunError(f"{source}: {error}") from None
    return done


def check_indices(samples: Mapping[str, Samples], entries: int, source: object) -> None:
    """Numbers that a table of so many entries is read at: whole ones, from 0 on."""
    for part in samples.values():
        fitting = (part.x >= 0) & (part.x < entries) & (part.x == np.floor(part.x))
        if not fitting.all():
            row, *place = np.argwhere(~fitting)[0]
            raise RunError(
                f"{source}, row {row + 1}: {part.x[(row, *place)]:g} is no whole number from 0 to "
                f"{entries - 1}, which the model looks up in a table"
            )


def split(
    samples: Mapping[str, Samples], shares: tuple[float, float, float], seed: int
) -> tuple[Part, Part, Part]:
    """Cut a seeded permutation in shares of train, validation and test, in percent.

    Samples that bring a `test` part keep it: then the rest is cut.
    """
    pool = samples.get("all") or samples["train"]
    rows = np.random.Generator(np.random.Philox(key=[seed, 2**32])).permutation(len(pool))
    validation, test = (math.floor(len(rows) * share / 100 + 0.5) for share in shares[1:])
    train = len(rows) - validation - test
    for name, size, share in zip(PARTS, (train, validation, test), shares, strict=True):
        if share > 0 and size < 1:
            raise RunError(f"{share:g}% of {len(rows)} samples leave the {name} part empty")
    parts = [Part(pool, cut) for cut in np.split(rows, [train, train + validation])]
    if "test" in samples:
        parts[2] = whole(samples["test"])
    return parts[0], parts[1], parts[2]


def whole(samples: Samples) -> Part:
    """All samples, in their order."""
    return Part(samples, np.arange(len(samples)))


def epoch_order(seed: int, epoch: int, size: int) -> NDArray[np.int64]:
    """The order of the samples in an epoch: a function of seed and epoch alone."""
    return np.random.Generator(np.random.Philox(key=[seed, epoch])).permutation(size)


def batch(part: Part, places: NDArray[np.int64], scale: Scale) -> tuple[Array, Array]:
    """The samples at some places of a part, ready for the network."""
    rows = part.rows[places]
    return scale(part.samples.x[rows]), part.samples.y[rows]


def batches(
    part: Part, order: NDArray[np.int64], size: int, scale: Scale, limit: int | None = None
) -> Iterator[tuple[Array, Array]]:
    """The batches of a pass in some order, up to a limit; the last one may be smaller."""
    for number in range(count_batches(len(order), size, limit)):
        yield batch(part, order[number * size : (number + 1) * size], scale)


def count_batches(samples: int, size: int, limit: int | None) -> int:
    whole = -(-samples // size)
    return whole if limit is None else min(whole, limit)


def check_batch_size(part: Part, size: int) -> None:
    if size > len(part):
        raise RunError(f"a batch of {size} is larger than the {len(part)} training samples")
