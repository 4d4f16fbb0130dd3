"""Pools."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, PREVIOUS, Lowered, Site
from specc.codegen.options import options
from specc.codegen.pyexpr import Call, call, compact, raw
from specc.ops.geometry import Pad, pads_of
from specc.ops.pool import AvgPool2D, GlobalAvgPool2D, GlobalMaxPool2D, MaxPool2D

from .lowering import lowers, zero_padded


def _pool(layer: str, op: MaxPool2D | AvgPool2D, site: Site) -> tuple[Call, tuple[Pad, ...]]:
    """The layer, and the pads that it leaves to a step before it."""
    pads = pads_of(op.padding, site.inputs[0][:2], op.window, op.stride)
    same = op.padding == "same"
    size = compact(op.window)
    module = call(
        layer,
        pool_size=size,
        **options(
            strides=(compact(op.stride), size),
            padding=("same" if same and any(map(sum, pads)) else "valid", "valid"),
        ),
        name=site.name,
    )
    return module, () if same else pads


@lowers(MaxPool2D)
def max_pool2d(op: MaxPool2D, site: Site) -> Lowered:
    module, pads = _pool("layers.MaxPooling2D", op, site)
    if not any(map(sum, pads)):
        return Lowered(module, (call(MODULE, site.x),))
    # A layer that pads with zeros would let them win over negative numbers.
    lowest = raw('float("-inf")')
    widths = ((0, 0), *pads, (0, 0))
    padded = call("keras.ops.pad", site.x, widths, constant_values=lowest)
    return Lowered(module, (padded, call(MODULE, PREVIOUS)), comment="the padding never wins")


@lowers(AvgPool2D)
def avg_pool2d(op: AvgPool2D, site: Site) -> Lowered:
    module, pads = _pool("layers.AveragePooling2D", op, site)
    return Lowered(module, (call(MODULE, zero_padded(site.x, pads, site.name)),))


@lowers(GlobalAvgPool2D)
def global_avg_pool2d(op: GlobalAvgPool2D, site: Site) -> Lowered:
    module = call("layers.GlobalAveragePooling2D", name=site.name)
    return Lowered(module, (call(MODULE, site.x),))


@lowers(GlobalMaxPool2D)
def global_max_pool2d(op: GlobalMaxPool2D, site: Site) -> Lowered:
    return Lowered(call("layers.GlobalMaxPooling2D", name=site.name), (call(MODULE, site.x),))
