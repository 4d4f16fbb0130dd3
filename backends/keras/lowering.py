"""What the lowerings of all families share. Every value has its channels last."""

from __future__ import annotations

from typing import Any

from specc.codegen.lowering import Lowerings
from specc.codegen.pyexpr import Call, Expr, LayerName, call, compact
from specc.ops.geometry import Pad

LOWERINGS = Lowerings("keras", "specc.backends.keras")
lowers = LOWERINGS.lowers


def zero_padding(pads: tuple[Pad, ...], name: LayerName) -> Call:
    """The layer that pads a picture, its numbers in the shortest form."""
    numbers: Any = pads
    if all(before == after for before, after in pads):
        numbers = compact(tuple(before for before, _ in pads))
    return call("layers.ZeroPadding2D", numbers, name=name)


def zero_padded(x: Expr, pads: tuple[Pad, ...], owner: LayerName) -> Expr:
    """`x` with explicit pads, by a helper layer that bears the name of its owner."""
    return call(zero_padding(pads, owner.sub("pad")), x) if any(map(sum, pads)) else x
