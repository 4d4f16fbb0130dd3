"""Finds the first value, in topological order, in which two answers differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from specc.parity import causes
from specc.parity.case import Answer, Array
from specc.parity.compare import each, first_apart, relative
from specc.parity.report import Difference

_ROUNDING = 1e-2
"""Of the tolerance of outputs: some units in the last place of the largest number."""


def layer_of(tensor: str) -> str:
    return tensor.rpartition(".")[0]


def between(
    a: Answer,
    b: Answer,
    quantity: str,
    tensor: str,
    ones: Array,
    others: Array,
    limit: float,
    cause: str,
    layer: str | None = None,
    step: int = 0,
) -> Difference:
    """The difference of two arrays, at the first index that is too far apart."""
    index: tuple[int, ...] = ()
    values: dict[str, float] = {}  # of different shapes no two values belong together
    if ones.shape == others.shape:
        index = first_apart(ones, others, limit) if ones.ndim else ()
        values = {a.backend: float(ones[index]), b.backend: float(others[index])}
    place = layer_of(tensor) if layer is None else layer
    return Difference(place, quantity, tensor, index, values, relative(ones, others), cause, step)


def in_layers(a: Answer, b: Answer, mode: str, limit: float) -> Difference | None:
    """The first layer whose input or output differs."""
    ones, others = a.group(f"layer/{mode}/"), b.group(f"layer/{mode}/")
    before, largest = "the input", 0.0
    for name, one in ones.items():
        if name not in others:
            continue
        layer, _, port = name.partition(":")
        other = others[name]
        largest = max(largest, float(np.abs(one).max(initial=0)))
        if _alike(one, other, limit, largest) or (port and padded(one, other)):
            before = f"`{layer}`" if not port else before
            continue
        made = layer + "".join(port.partition("#")[1:])  # `x:in#2` is made into `x#2`
        if port and made in ones and made in others and relative(ones[made], others[made]) <= limit:
            continue
        if port:
            cause = _given_elsewhere(a, b, mode, name, limit) or causes.of_input(one, other)
            cause = f"{cause} (between {before} and this layer)"
            return between(a, b, "input", layer, one, other, limit, cause, layer)
        given = f"{name}:in" in others
        cause = _of_weights(a, b, layer) or _of_mode(a, b, mode, name, limit)
        cause = cause or causes.of_output(layer, one, other, given, mode)
        return between(a, b, "output", layer, one, other, limit, cause, layer)
    return None


def _alike(one: Array, other: Array, limit: float, largest: float) -> bool:
    """Whether two values agree. largest: of all numbers so far, whose rounding may be left."""
    if relative(one, other) <= limit:
        return True
    both = one.shape == other.shape
    return both and float(np.abs(one - other).max(initial=0)) <= _ROUNDING * limit * largest


def _given_elsewhere(a: Answer, b: Answer, mode: str, name: str, limit: float) -> str:
    """Whether the numbers go into another layer, whose own ones are missing there."""
    ones, others = a.group(f"layer/{mode}/"), b.group(f"layer/{mode}/")
    for found, other in others.items():
        taken = ":in" in found and found in ones and relative(ones[found], other) > limit
        if taken and found != name and relative(ones[name], other) <= limit:
            return f"{b.backend} gives these numbers to `{found.partition(':')[0]}`: values swapped"
    return ""


def _of_mode(a: Answer, b: Answer, mode: str, name: str, limit: float) -> str:
    """Whether a layer differs in evaluations alone."""
    ones, others = a.group("layer/train/"), b.group("layer/train/")
    if mode == "train" or name not in ones or name not in others:
        return ""
    if relative(ones[name], others[name]) > limit:
        return ""
    return "it agrees in training: not in eval mode, or other running statistics"


def _of_weights(a: Answer, b: Answer, layer: str) -> str:
    """What is wrong with the layer's weights before the first step."""
    ones, others = a.group("parameter/0/"), b.group("parameter/0/")
    for name, one in ones.items():
        if layer_of(name) == layer and name in others and not causes.same(one, others[name]):
            return causes.of_weight(name, one, others[name])
    return ""


def padded(one: Array, other: Array) -> bool:
    """Whether both hold the same numbers with zeros around: one backend pads before the layer."""
    return one.shape != other.shape and np.array_equal(one[one != 0], other[other != 0])


def layer_errors(a: Answer, b: Answer, mode: str) -> dict[str, float]:
    """The error of each layer's output, in topological order."""
    outputs = {n: v for n, v in a.group(f"layer/{mode}/").items() if ":" not in n}
    return each(outputs, b.group(f"layer/{mode}/"))


Cause = Callable[[str, Array, Array], str]


def in_tensors(
    a: Answer, b: Answer, prefix: str, quantity: str, limit: float, cause: Cause,
    names: Iterable[str], step: int = 0,
) -> Difference | None:  # fmt: skip
    """The tensor that differs first in an order of names; without one too far off, the worst."""
    ones, others = a.group(prefix), b.group(prefix)
    errors = {name: relative(ones[name], others[name]) for name in names if name in others}
    far = [name for name, error in errors.items() if error > limit]
    if not far and not errors:
        return None
    name = far[0] if far else max(errors, key=lambda key: errors[key])
    one, other = ones[name], others[name]
    return between(a, b, quantity, name, one, other, limit, cause(name, one, other), step=step)


def missing(a: Answer, b: Answer, prefix: str, quantity: str, step: int = 0) -> Difference | None:
    """The first tensor that only one of both has, or that has another shape."""
    ones, others = a.group(prefix), b.group(prefix)
    for name in [*ones, *(name for name in others if name not in ones)]:
        if name not in ones or name not in others:
            cause = f"only {a.backend if name in ones else b.backend} has `{name}`"
        elif ones[name].shape != others[name].shape:
            shapes = f"{ones[name].shape} in {a.backend}, {others[name].shape} in {b.backend}"
            cause = f"`{name}` is {shapes}"
        else:
            continue
        layer = layer_of(name.rpartition("/")[2])
        return Difference(layer, quantity, name, (), {}, float("inf"), cause, step)
    return None
