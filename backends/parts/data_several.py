"""Samples of several inputs and targets, by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .data import PARTS, Array, Scale, count_batches
from .errors import RunError

Arrays: TypeAlias = dict[str, Array]
Scales: TypeAlias = Mapping[str, Scale]


@dataclass(frozen=True)
class Samples:
    """Arrays by name, each with a row per sample.

    Inputs are channels last and as they were read (8-bit pictures stay 8-bit).
    """

    inputs: Arrays
    targets: Arrays

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    @property
    def x(self) -> Array:
        """The array of the only input."""
        (array,) = self.inputs.values()
        return array


@dataclass(frozen=True)
class Part:
    """Some rows of a store of samples, such as those to train on."""

    samples: Samples
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)


def only(part: Part, name: str) -> Part:
    """The part with a single one of its inputs."""
    return Part(Samples({name: part.samples.inputs[name]}, {}), part.rows)


@dataclass(frozen=True)
class Data:
    """The parts, what each input goes through on its way to the network, and the names of the
    classes that outputs tell apart."""

    train: Part
    validation: Part
    test: Part
    scale: Scales
    names: Mapping[str, tuple[str, ...]]

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
        targets = {}
        for name, convert in labels.items():
            try:
                targets[name] = convert(arrays.targets[name])
            except RunError as error:
                raise RunError(f"{source}: output `{name}`: {error}") from None
        done[part] = Samples(arrays.inputs, targets)
    return done


def check_shapes(inputs: Arrays, shapes: Mapping[str, tuple[int, ...]], source: object) -> None:
    for name, shape in shapes.items():
        if inputs[name].shape[1:] != shape:
            found, wanted = ("x".join(map(str, s)) for s in (inputs[name].shape[1:], shape))
            raise RunError(
                f"{source}: a sample of input `{name}` is {found or 'one number'},"
                f" the model takes {wanted}"
            )


def check_eight_bit(samples: Mapping[str, Samples], name: str, source: object) -> None:
    """`scale = 0..1` divides by 255, which is right for 8-bit numbers only."""
    for part in samples.values():
        kind = part.inputs[name].dtype
        if kind != np.uint8:
            raise RunError(
                f"{source}: `{name} = 0..1` in `scale` needs 8-bit samples, these are {kind}"
            )


def check_indices(samples: Mapping[str, Samples], name: str, entries: int, source: object) -> None:
    """Numbers that a table of so many entries is read at: whole ones, from 0 on."""
    for part in samples.values():
        x = part.inputs[name]
        fitting = (x >= 0) & (x < entries) & (x == np.floor(x))
        if not fitting.all():
            row, *place = np.argwhere(~fitting)[0]
            raise RunError(
                f"{source}: input `{name}`, row {row + 1}: {x[(row, *place)]:g} is no whole number"
                f" from 0 to {entries - 1}, which the model looks up in a table"
            )


def scaled(inputs: Arrays, scale: Scales) -> Arrays:
    """Each input as the network takes it."""
    return {name: scale[name](array) for name, array in inputs.items()}


def batch(part: Part, places: NDArray[np.int64], scale: Scales) -> tuple[Arrays, Arrays]:
    """The samples at some places of a part, ready for the network: inputs and targets."""
    rows = part.rows[places]
    inputs = {name: array[rows] for name, array in part.samples.inputs.items()}
    return scaled(inputs, scale), {name: y[rows] for name, y in part.samples.targets.items()}


def batches(
    part: Part, order: NDArray[np.int64], size: int, scale: Scales, limit: int | None = None
) -> Iterator[tuple[Arrays, Arrays]]:
    """The batches of a pass in some order, up to a limit; the last one may be smaller."""
    for number in range(count_batches(len(order), size, limit)):
        yield batch(part, order[number * size : (number + 1) * size], scale)
