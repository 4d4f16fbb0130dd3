"""What the lowerings of all families share. Every value has its channels last."""

from __future__ import annotations

from typing import Any

from specc.codegen.lowering import Lowerings, Stored
from specc.codegen.pyexpr import Call, Expr, LayerName, call, compact
from specc.ops.geometry import Pad

LOWERINGS = Lowerings("keras", "specc.backends.keras")
lowers = LOWERINGS.lowers


def zero_padding(pads: tuple[Pad, ...], name: LayerName) -> Call:
    """The layer that pads a value's spatial axes."""
    return call(f"layers.ZeroPadding{len(pads)}D", _shortest(pads), name=name)


def cropping(crops: tuple[Pad, ...], name: LayerName) -> Call:
    """The layer that cuts cells off a value's spatial axes."""
    return call(f"layers.Cropping{len(crops)}D", _shortest(crops), name=name)


def _shortest(pads: tuple[Pad, ...]) -> Any:
    """The numbers in the shortest form that Keras takes."""
    if all(before == after for before, after in pads):
        return compact(tuple(before for before, _ in pads))
    return pads if len(pads) > 1 else pads[0]


def zero_padded(x: Expr, pads: tuple[Pad, ...], owner: LayerName) -> Expr:
    """`x` with explicit pads, by a helper layer that bears the name of its owner."""
    return call(zero_padding(pads, owner.sub("pad")), x) if any(map(sum, pads)) else x


def kernel_axes(axes: int) -> tuple[int, ...]:
    """The transpose of a kernel (out, in, *window) to (*window, in, out)."""
    return (*range(2, axes + 2), 1, 0)


def depthwise_kernel(canonical: str, attribute: str, axes: int) -> Stored:
    """A depthwise kernel, canonical as (channels * multiplier, 1, *window), which Keras keeps as
    (*window, channels, multiplier).
    """
    return Stored(canonical, attribute, (*range(2, axes + 2), 0, 1), (2, 0, *(1,) * axes))
