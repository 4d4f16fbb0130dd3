"""Pools of whole values, and of a fixed number of parts."""

from __future__ import annotations

from typing import TypeAlias

from specc.codegen.lowering import MODULE, Lowered, Refused, Site
from specc.codegen.python.expressions import call, compact
from specc.codegen.python.options import options
from specc.ops.global_pool import (
    AdaptiveAvgPool1D,
    AdaptiveAvgPool2D,
    AdaptiveAvgPool3D,
    AdaptiveMaxPool1D,
    AdaptiveMaxPool2D,
    AdaptiveMaxPool3D,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalAvgPool3D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
)
from specc.ops.ranks import written

from .lowering import lowers

_Global: TypeAlias = (
    GlobalAvgPool1D
    | GlobalAvgPool2D
    | GlobalAvgPool3D
    | GlobalMaxPool1D
    | GlobalMaxPool2D
    | GlobalMaxPool3D
)
_Adaptive: TypeAlias = (
    AdaptiveAvgPool1D
    | AdaptiveAvgPool2D
    | AdaptiveAvgPool3D
    | AdaptiveMaxPool1D
    | AdaptiveMaxPool2D
    | AdaptiveMaxPool3D
)


def _keras_name(word: str) -> str:
    """`GlobalAvgPool2D` -> `layers.GlobalAveragePooling2D`."""
    return "layers." + word.replace("Avg", "Average").replace("Pool", "Pooling")


@lowers(
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalAvgPool3D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
)
def global_pool(op: _Global, site: Site) -> Lowered:
    kept = options(keepdims=(op.keepdims, False))
    module = call(_keras_name(op.word()), **kept, name=site.name)
    return Lowered(module, (call(MODULE, site.x),))


@lowers(
    AdaptiveAvgPool1D,
    AdaptiveAvgPool2D,
    AdaptiveAvgPool3D,
    AdaptiveMaxPool1D,
    AdaptiveMaxPool2D,
    AdaptiveMaxPool3D,
)
def adaptive_pool(op: _Adaptive, site: Site) -> Lowered:
    sizes = site.inputs[0][:-1]
    axes = tuple(zip(sizes, op.size, strict=True))
    if all(size % parts == 0 for size, parts in axes):
        window = compact(tuple(size // parts for size, parts in axes))
        kind = "Max" if "Max" in op.word() else "Average"
        module = call(f"layers.{kind}Pooling{len(sizes)}D", pool_size=window, name=site.name)
        return Lowered(module, (call(MODULE, site.x),))
    if any(1 in axis for axis in axes):
        # Where they do not fit, an average stops the script, and a maximum has a gradient of
        # whatever its memory holds.
        raise Refused(
            "Keras pools with windows one cell larger too, which do not fit where an axis has one"
            " part or one cell and another axis has parts of different sizes",
            argument="size",
            help=f"use sizes that divide {written(sizes)}",
        )
    module = call(_keras_name(op.word()), compact(op.size), name=site.name)
    return Lowered(module, (call(MODULE, site.x),))
