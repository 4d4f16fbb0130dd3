"""A layer that fits the values it is given, whichever the registry has."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

from fuzz import arguments
from specc.bind.model.single_layer import layer_from_text
from specc.ops.base import Case, Dims, Layer
from specc.ops.ranks import AXES, written
from specc.registry import every

LARGEST = 150
"""Numbers of a value: a network is to take a second or two."""
_WEIGHTS = 4000
_TRIES = 8


@dataclass(frozen=True)
class Made:
    """A layer's call on some values, and the shape of what it makes."""

    text: str
    shape: Dims


@cache
def every_layer() -> tuple[type[Layer], ...]:
    return tuple(cls for cls in every("layer") if issubclass(cls, Layer))


@cache
def looks_up(cls: type[Layer]) -> bool:
    """Whether it reads whole numbers, which only an input has."""
    return any(layer_from_text(case.text).index_limit() is not None for case in cls.cases)


def takes(cls: type[Layer], count: int) -> bool:
    least, most = cls.arity
    return least <= count and (most is None or count <= most)


def made(cls: type[Layer], text: str, inputs: tuple[Dims, ...], names: list[str]) -> Made | None:
    """The layer on inputs; None if it does not fit them or makes too much of them."""
    try:
        op = layer_from_text(text)
    except ValueError:
        return None
    if next(iter(op.problems(*inputs)), None) is not None:
        return None
    shape = op.output_shape(*inputs)
    weights = sum(math.prod(weight.shape) for weight in op.weights(*inputs))
    if any(weight.initial.least_axes > len(weight.shape) for weight in op.weights(*inputs)):  # type: ignore[attr-defined]
        return None
    if not 0 < math.prod(shape) <= LARGEST or weights > _WEIGHTS or len(shape) not in AXES:
        return None
    return Made(cls.written(Case(text, *inputs), names), shape)


def on(random: Random, cls: type[Layer], inputs: tuple[Dims, ...], names: list[str]) -> Made | None:
    """A use of one layer on these inputs, or None where no try fits."""
    for _ in range(_TRIES):
        fitting = [case for case in cls.cases if len(case.inputs) == len(inputs)]
        text = random.choice(fitting).text if fitting and random.random() < 0.35 else ""
        try:
            text = text or arguments.call(random, cls, inputs[0])
        except arguments.Unknown:
            if not fitting:
                return None
            text = random.choice(fitting).text
        if found := made(cls, text, inputs, names):
            return found
    return None


def anything(random: Random, shape: Dims, name: str = "x") -> Made:
    """Some layer of one value that fits it."""
    alone = [cls for cls in every_layer() if takes(cls, 1) and not looks_up(cls)]
    while True:
        found = on(random, random.choice(alone), (shape,), [name])
        if found is not None:
            return found


def anything_of(random: Random, shape: Dims) -> str:
    """Some layer of one value that makes another of its shape."""
    for _ in range(4 * _TRIES):
        found = anything(random, shape)
        if found.shape == shape:
            return found.text
    return "Tanh"


def bridge(shape: Dims, wanted: Dims) -> Iterator[str]:
    """Layers that make a value of another shape."""
    if shape == wanted:
        return
    if shape[:-1] == wanted[:-1] and len(shape) > 2:
        yield f"Conv{len(shape) - 1}D({wanted[-1]}, 1)"
    elif shape[:-1] == wanted[:-1]:
        yield f"Dense({wanted[-1]})"
    else:
        if len(shape) > 1:
            yield "Flatten"
        yield f"Dense({math.prod(wanted)})"
        if len(wanted) > 1:
            yield f"Reshape({written(wanted)})"
