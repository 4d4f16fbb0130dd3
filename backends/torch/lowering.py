"""What the lowerings of all families share.

Here a picture is (N, channels, height, width), a sequence (N, length, channels), a vector
(N, units).
"""

from __future__ import annotations

from specc.codegen.lowering import Lowerings
from specc.codegen.pyexpr import Call, Expr, call, method
from specc.ops.base import Dims
from specc.ops.geometry import Pad
from specc.ops.ranks import PICTURE, SEQUENCE

LOWERINGS = Lowerings("torch", "specc.backends.torch")
lowers = LOWERINGS.lowers


def channel_dim(dims: Dims) -> int:
    """Torch's number for the axis of the channels."""
    return -1 if len(dims) == SEQUENCE else 1


def symmetric(pads: tuple[Pad, ...]) -> bool:
    return all(before == after for before, after in pads)


def pad(x: Expr, pads: tuple[Pad, ...], *, value: Expr | None = None) -> Call:
    """`F.pad` of a picture. Torch counts pads from the last axis: left, right, top, bottom."""
    numbers = tuple(number for axis in reversed(pads) for number in axis)
    return call("F.pad", x, numbers, **({} if value is None else {"value": value}))


def in_spec_order(x: Expr, dims: Dims) -> Expr:
    """The value with its channels last, so that its numbers lie in the order of the language."""
    # With one place only, both orders are the same.
    if len(dims) != PICTURE or dims[:2] == (1, 1):
        return x
    return method(x, "permute", 0, 2, 3, 1)
