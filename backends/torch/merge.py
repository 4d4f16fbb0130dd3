"""Merges."""

from __future__ import annotations

from specc.codegen.lowering import Lowered, Site
from specc.codegen.pyexpr import Infix, call
from specc.ops.merge import Add, Concat, Multiply
from specc.ops.ranks import PICTURE

from .lowering import channel_dim, lowers


@lowers(Add)
def add(op: Add, site: Site) -> Lowered:
    return Lowered(None, (Infix("+", site.args),))


@lowers(Multiply)
def multiply(op: Multiply, site: Site) -> Lowered:
    return Lowered(None, (Infix("*", site.args),))


@lowers(Concat)
def concat(op: Concat, site: Site) -> Lowered:
    dims = site.inputs[0]
    if op.axis == "channels":
        dim = channel_dim(dims)
    elif len(dims) == PICTURE:
        dim = 2 if op.axis == "height" else 3
    else:
        dim = 1
    return Lowered(None, (call("torch.cat", site.args, dim=dim),))
