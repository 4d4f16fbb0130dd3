"""Pools with windows."""

from __future__ import annotations

from typing import TypeAlias

from specc.codegen.lowering import MODULE, PREVIOUS, Lowered, Site
from specc.codegen.python.expressions import Call, Expr, Infix, call, compact, raw
from specc.codegen.python.options import options
from specc.ops.geometry import Pad, pads_of
from specc.ops.pool import AvgPool1D, AvgPool2D, AvgPool3D, MaxPool1D, MaxPool2D, MaxPool3D

from .lowering import lowers, zero_padded

_Max: TypeAlias = MaxPool1D | MaxPool2D | MaxPool3D
_Avg: TypeAlias = AvgPool1D | AvgPool2D | AvgPool3D


def _pool(layer: str, op: _Max | _Avg, site: Site) -> tuple[Call, tuple[Pad, ...]]:
    """The layer, and the pads that it leaves to a step before it."""
    sizes = site.inputs[0][:-1]
    pads = pads_of(op.padding, sizes, op.window, op.stride)
    # Often `ceil` adds the same cells as `same`, which Keras has.
    same = isinstance(op.padding, str) and pads == pads_of("same", sizes, op.window, op.stride)
    size = compact(op.window)
    module = call(
        f"layers.{layer}Pooling{len(sizes)}D",
        pool_size=size,
        **options(
            strides=(compact(op.stride), size),
            padding=("same" if same and any(map(sum, pads)) else "valid", "valid"),
        ),
        name=site.name,
    )
    return module, () if same else pads


def _padded(x: Expr, pads: tuple[Pad, ...], **value: Expr) -> Call:
    return call("keras.ops.pad", x, ((0, 0), *pads, (0, 0)), **value)


@lowers(MaxPool1D, MaxPool2D, MaxPool3D)
def max_pool(op: _Max, site: Site) -> Lowered:
    module, pads = _pool("Max", op, site)
    if not any(map(sum, pads)):
        return Lowered(module, (call(MODULE, site.x),))
    # A layer that pads with zeros would let them win over negative numbers.
    padded = _padded(site.x, pads, constant_values=raw('float("-inf")'))
    return Lowered(module, (padded, call(MODULE, PREVIOUS)), comment="the padding never wins")


@lowers(AvgPool1D, AvgPool2D, AvgPool3D)
def avg_pool(op: _Avg, site: Site) -> Lowered:
    module, pads = _pool("Average", op, site)
    if op.padding != "ceil" or not any(map(sum, pads)):
        return Lowered(module, (call(MODULE, zero_padded(site.x, pads, site.name)),))
    mean = call(MODULE, _padded(site.x, pads))
    share = call(MODULE, _padded(call("keras.ops.ones_like", site.x), pads))
    return Lowered(module, (Infix("/", (mean, share)),), comment="without the cells beyond the end")
