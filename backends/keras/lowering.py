"""What the lowerings of all families share. Every value has its channels last."""

from __future__ import annotations

from typing import Any, Protocol

from specc.codegen.lowering import Lowerings, Stored
from specc.codegen.python.expressions import Call, Expr, LayerName, call, compact
from specc.codegen.python.options import options
from specc.ops.geometry import Pad

LOWERINGS = Lowerings("keras", "specc.backends.keras")
lowers = LOWERINGS.lowers


class Penalized(Protocol):
    """A layer with kernels."""

    l1: float
    l2: float


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


def regularized(op: Penalized, *kernels: str) -> dict[str, Call]:
    """The `kernel_regularizer=` of a layer's kernels; none where nothing is added to the loss."""
    if not op.l1 and not op.l2:
        return {}
    # Not `L1`, which keeps its number as a float32.
    both = options(l1=(op.l1, 0.0), l2=(op.l2, 0.0))
    made = (
        call("keras.regularizers.L1L2", **both) if op.l1 else call("keras.regularizers.L2", op.l2)
    )
    return {f"{kernel}_regularizer": made for kernel in kernels}


def kernel_axes(axes: int) -> tuple[int, ...]:
    """The transpose of a kernel (out, in, *window) to (*window, in, out)."""
    return (*range(2, axes + 2), 1, 0)


def depthwise_kernel(canonical: str, attribute: str, axes: int) -> Stored:
    """A depthwise kernel, canonical as (channels * multiplier, 1, *window), which Keras keeps as
    (*window, channels, multiplier).
    """
    return Stored(canonical, attribute, (*range(2, axes + 2), 0, 1), (2, 0, *(1,) * axes))
