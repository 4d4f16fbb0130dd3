"""Normalisation of each sample. `LocalResponseNorm` is a part: backends/keras/parts/layers.py."""

from __future__ import annotations

from typing import Any

from specc.codegen.lowering import MODULE, Lowered, Site, Stored
from specc.codegen.python.expressions import Call, call
from specc.ops.ranks import PICTURE
from specc.ops.sample_norm import (
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    LocalResponseNorm,
    RMSNorm,
    UnitNorm,
)

from .lowering import lowers

_STORED = (Stored("weight", "gamma"), Stored("bias", "beta"))


def _applied(module: Call, site: Site, stored: tuple[Stored, ...] = ()) -> Lowered:
    return Lowered(module, (call(MODULE, site.x),), stored)


@lowers(LayerNorm)
def layer_norm(op: LayerNorm, site: Site) -> Lowered:
    rank = len(site.inputs[0])
    whole = op.axes == "all" and rank > 1
    axes: dict[str, Any] = {"axis": tuple(range(1, rank + 1))} if whole else {}
    module = call("layers.LayerNormalization", **axes, epsilon=op.epsilon, name=site.name)
    if not whole or rank < PICTURE:
        return _applied(module, site, _STORED)
    order = (*range(1, rank), 0)
    return _applied(module, site, tuple(Stored(s.canonical, s.attribute, order) for s in _STORED))


@lowers(GroupNorm)
def group_norm(op: GroupNorm, site: Site) -> Lowered:
    module = call("layers.GroupNormalization", groups=op.groups, epsilon=op.epsilon, name=site.name)
    return _applied(module, site, _STORED)


@lowers(InstanceNorm)
def instance_norm(op: InstanceNorm, site: Site) -> Lowered:
    # A group for each channel.
    module = call("layers.GroupNormalization", groups=-1, epsilon=op.epsilon, name=site.name)
    return _applied(module, site, _STORED)


@lowers(RMSNorm)
def rms_norm(op: RMSNorm, site: Site) -> Lowered:
    module = call("layers.RMSNormalization", epsilon=op.epsilon, name=site.name)
    return _applied(module, site, (Stored("weight", "scale"),))


@lowers(UnitNorm)
def unit_norm(op: UnitNorm, site: Site) -> Lowered:
    return _applied(call("layers.UnitNormalization", name=site.name), site)


@lowers(LocalResponseNorm)
def local_response_norm(op: LocalResponseNorm, site: Site) -> Lowered:
    numbers = {"alpha": op.alpha, "beta": op.beta, "k": op.k}
    return _applied(call("LocalResponseNorm", op.size, **numbers, name=site.name), site)
