"""How messages write shapes, and the check that a layer gets the kind of value it works on."""

from __future__ import annotations

from collections.abc import Iterator

from specc.ops.base import Dims, Layer, Problem

VECTOR, SEQUENCE, PICTURE, VOLUME = 1, 2, 3, 4
"""Ranks without the batch axis: (units,), (length, channels), (height, width, channels),
(depth, height, width, channels)."""

_NAMES = {VECTOR: "a vector", SEQUENCE: "a sequence", PICTURE: "a picture", VOLUME: "a volume"}
AXES = {
    VECTOR: ("channels",),
    SEQUENCE: ("length", "channels"),
    PICTURE: ("height", "width", "channels"),
    VOLUME: ("depth", "height", "width", "channels"),
}
"""The words for the axes of a value, by its rank."""


def axes_of(dims: Dims) -> tuple[str, ...]:
    """The words for the axes of a value."""
    return AXES[len(dims)]


def written(dims: Dims) -> str:
    """`64x64x3`."""
    return "x".join(map(str, dims))


def kind_name(dims: Dims) -> str:
    """`a picture`."""
    return _NAMES[len(dims)]


def described(dims: Dims) -> str:
    """`a picture of 64x64x3`."""
    return f"{kind_name(dims)} of {written(dims)}"


def wrong_rank(layer: Layer, dims: Dims, rank: int, help: str | None = None) -> Iterator[Problem]:
    """A problem where the value is not of the one kind that the layer works on."""
    if len(dims) != rank:
        if help is None and len(dims) == rank + 1 == VOLUME:
            help = "the batch is no part of the shape of an `input`"
        axes = " x ".join(AXES[rank])
        yield Problem(
            "E0301",
            f"`{layer.word()}` works on {_NAMES[rank]}",
            label=f"gets {kind_name(dims)}",
            expected=f"{_NAMES[rank]}: {axes}",
            found=described(dims),
            help=help,
        )
