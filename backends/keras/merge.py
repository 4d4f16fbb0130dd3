"""Merges."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import Call, call
from specc.codegen.python.options import options
from specc.ops.merge import Add, Concat, Multiply, Subtract
from specc.ops.ranks import axes_of

from .lowering import lowers


def _joined(module: Call, site: Site) -> Lowered:
    return Lowered(module, (call(MODULE, list(site.args)),))


@lowers(Subtract)
def subtract(op: Subtract, site: Site) -> Lowered:
    return _joined(call("layers.Subtract", name=site.name), site)


@lowers(Add)
def add(op: Add, site: Site) -> Lowered:
    return _joined(call("layers.Add", name=site.name), site)


@lowers(Multiply)
def multiply(op: Multiply, site: Site) -> Lowered:
    return _joined(call("layers.Multiply", name=site.name), site)


@lowers(Concat)
def concat(op: Concat, site: Site) -> Lowered:
    # The axis of the batch comes first.
    axis = -1 if op.axis == "channels" else 1 + axes_of(site.inputs[0]).index(op.axis)
    module = call("layers.Concatenate", **options(axis=(axis, -1)), name=site.name)
    return _joined(module, site)
