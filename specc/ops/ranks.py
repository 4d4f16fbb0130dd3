"""How messages write shapes, and the check that a layer gets the kind of value it works on."""

from __future__ import annotations

from collections.abc import Iterator

from specc.ops.base import Dims, Layer, Problem

VECTOR, SEQUENCE, PICTURE = 1, 2, 3
"""Ranks without the batch axis: (units,), (length, channels), (height, width, channels)."""

_NAMES = {VECTOR: "a vector", SEQUENCE: "a sequence", PICTURE: "a picture"}
_AXES = {
    VECTOR: ("channels",),
    SEQUENCE: ("length", "channels"),
    PICTURE: ("height", "width", "channels"),
}


def axes_of(dims: Dims) -> tuple[str, ...]:
    """The words for the axes of a value."""
    return _AXES[len(dims)]


def written(dims: Dims) -> str:
    """`64x64x3`."""
    return "x".join(map(str, dims))


def described(dims: Dims) -> str:
    """`a picture of 64x64x3`."""
    return f"{_NAMES[len(dims)]} of {written(dims)}"


def wrong_rank(layer: Layer, dims: Dims, rank: int, help: str | None = None) -> Iterator[Problem]:
    """A problem where the value is not of the one kind that the layer works on."""
    if len(dims) != rank:
        axes = " x ".join(_AXES[rank])
        yield Problem(
            "E0301",
            f"`{layer.word()}` works on {_NAMES[rank]}",
            label=f"gets {_NAMES[len(dims)]}",
            expected=f"{_NAMES[rank]}: {axes}",
            found=described(dims),
            help=help,
        )
