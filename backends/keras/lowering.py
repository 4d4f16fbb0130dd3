"""What the lowerings of all families share. Every value has its channels last."""

from __future__ import annotations

from typing import Any

from specc.codegen.lowering import Lowerings
from specc.codegen.pyexpr import Call, Expr, LayerName, call, compact
from specc.ops.geometry import Pad

LOWERINGS = Lowerings("keras", "specc.backends.keras")
lowers = LOWERINGS.lowers


def zero_padding(pads: tuple[Pad, ...], name: LayerName) -> Call:
    """The layer that pads a value's spatial axes, its numbers in the shortest form."""
    numbers: Any = pads if len(pads) > 1 else pads[0]
    if all(before == after for before, after in pads):
        numbers = compact(tuple(before for before, _ in pads))
    return call(f"layers.ZeroPadding{len(pads)}D", numbers, name=name)


def zero_padded(x: Expr, pads: tuple[Pad, ...], owner: LayerName) -> Expr:
    """`x` with explicit pads, by a helper layer that bears the name of its owner."""
    return call(zero_padding(pads, owner.sub("pad")), x) if any(map(sum, pads)) else x


def kernel_axes(axes: int) -> tuple[int, ...]:
    """The transpose of a kernel (out, in, *window) to (*window, in, out)."""
    return (*range(2, axes + 2), 1, 0)


def depthwise_axes(axes: int) -> tuple[int, ...]:
    """The transpose of a depthwise kernel (channels, multiplier, *window), which is canonical as
    (channels * multiplier, 1, *window), to (*window, channels, multiplier).
    """
    return (*range(2, axes + 2), 0, 1)
