"""Pools of whole values, and of a fixed number of parts."""

from __future__ import annotations

from typing import TypeAlias

from specc.codegen.lowering import Lowered, Site
from specc.codegen.python.expressions import call, compact, method
from specc.codegen.python.options import options
from specc.ops.base import Dims
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
from specc.ops.ranks import SEQUENCE

from .lowering import applied, lowers

_Average: TypeAlias = GlobalAvgPool1D | GlobalAvgPool2D | GlobalAvgPool3D
_Largest: TypeAlias = GlobalMaxPool1D | GlobalMaxPool2D | GlobalMaxPool3D
_Adaptive: TypeAlias = (
    AdaptiveAvgPool1D
    | AdaptiveAvgPool2D
    | AdaptiveAvgPool3D
    | AdaptiveMaxPool1D
    | AdaptiveMaxPool2D
    | AdaptiveMaxPool3D
)


def _places(dims: Dims) -> int | tuple[int, ...]:
    """Torch's numbers for the spatial axes."""
    return 1 if len(dims) == SEQUENCE else tuple(range(2, len(dims) + 1))


def _pooled(name: str, op: _Average | _Largest, site: Site) -> Lowered:
    kept = options(keepdim=(op.keepdims, False))
    return Lowered(None, (method(site.x, name, dim=_places(site.inputs[0]), **kept),))


@lowers(GlobalAvgPool1D, GlobalAvgPool2D, GlobalAvgPool3D)
def global_avg_pool(op: _Average, site: Site) -> Lowered:
    return _pooled("mean", op, site)


@lowers(GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D)
def global_max_pool(op: _Largest, site: Site) -> Lowered:
    return _pooled("amax", op, site)


@lowers(
    AdaptiveAvgPool1D,
    AdaptiveAvgPool2D,
    AdaptiveAvgPool3D,
    AdaptiveMaxPool1D,
    AdaptiveMaxPool2D,
    AdaptiveMaxPool3D,
)
def adaptive_pool(op: _Adaptive, site: Site) -> Lowered:
    module = call("nn." + op.word().replace("D", "d"), compact(op.size))
    return Lowered(module, (applied(site.x, site.inputs[0]),))
