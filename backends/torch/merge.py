"""Merges."""

from __future__ import annotations

from specc.codegen.lowering import Lowered, Site
from specc.codegen.python.expressions import Infix, call
from specc.ops.merge import Add, Concat, Multiply, Subtract
from specc.ops.ranks import PICTURE, axes_of

from .lowering import channel_dim, lowers


@lowers(Subtract)
def subtract(op: Subtract, site: Site) -> Lowered:
    return Lowered(None, (Infix("-", site.args),))


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
    else:
        # The axis of the batch comes first, and in pictures that of the channels after it.
        dim = axes_of(dims).index(op.axis) + (2 if len(dims) >= PICTURE else 1)
    return Lowered(None, (call("torch.cat", site.args, dim=dim),))
