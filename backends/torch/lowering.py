"""What the lowerings of all families share.

Here a picture is (N, channels, height, width), a volume (N, channels, depth, height, width), a
sequence (N, length, channels), a vector (N, units).
"""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowerings
from specc.codegen.python.expressions import Call, Expr, Index, call, method
from specc.ops.base import Dims
from specc.ops.geometry import Pad
from specc.ops.ranks import PICTURE, SEQUENCE

LOWERINGS = Lowerings("torch", "specc.backends.torch")
lowers = LOWERINGS.lowers

WHY_PADDED = {
    "same": "`same`: the odd cell is at the far end",
    "causal": "`causal`: all cells are at the beginning",
}
"""What a reader is told of pads that stand before a layer."""


def channel_dim(dims: Dims) -> int:
    """Torch's number for the axis of the channels."""
    return -1 if len(dims) == SEQUENCE else 1


def symmetric(pads: tuple[Pad, ...]) -> bool:
    return all(before == after for before, after in pads)


def pad(x: Expr, pads: tuple[Pad, ...], **options: Expr | str) -> Call:
    """`F.pad` of spatial axes. Torch counts pads from the last axis: left, right, top, bottom."""
    numbers = tuple(number for axis in reversed(pads) for number in axis)
    if len(pads) + 1 == SEQUENCE:
        numbers = (0, 0, *numbers)
    return call("F.pad", x, numbers, **options)


def cropped(x: Expr, cuts: tuple[Pad, ...]) -> Index:
    """The value without cells at the ends of its spatial axes."""
    kept = [f"{before or ''}:{-after or ''}" for before, after in cuts]
    return Index(x, ", ".join([":", *kept] if len(cuts) + 1 == SEQUENCE else [":", ":", *kept]))


def applied(x: Expr, dims: Dims) -> Expr:
    """The site's module applied to a value with spatial axes. Torch's layers want the channels of
    a sequence first."""
    if len(dims) != SEQUENCE:
        return call(MODULE, x)
    return method(call(MODULE, method(x, "transpose", 1, 2)), "transpose", 1, 2)


def in_spec_order(x: Expr, dims: Dims) -> Expr:
    """The value with its channels last, so that its numbers lie in the order of the language."""
    # With one place only, both orders are the same.
    if len(dims) < PICTURE or max(dims[:-1]) == 1:
        return x
    return method(x, "permute", 0, *range(2, len(dims) + 1), 1)


def in_torch_order(x: Expr, dims: Dims) -> Expr:
    """A value whose channels are last, as torch keeps it."""
    if len(dims) < PICTURE:
        return x
    return method(x, "permute", 0, len(dims), *range(1, len(dims)))


def channels_last(x: Expr, dims: Dims) -> Expr:
    """The value with its channels last, also where it has one place only."""
    return x if len(dims) < PICTURE else method(x, "permute", 0, *range(2, len(dims) + 1), 1)
