"""Changes of shape."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.pyexpr import call
from specc.ops.reshape import Flatten, Reshape, ZeroPad2D

from .lowering import lowers, zero_padding


@lowers(Flatten)
def flatten(op: Flatten, site: Site) -> Lowered:
    return Lowered(call("layers.Flatten", name=site.name), (call(MODULE, site.x),))


@lowers(Reshape)
def reshape(op: Reshape, site: Site) -> Lowered:
    return Lowered(call("layers.Reshape", op.shape, name=site.name), (call(MODULE, site.x),))


@lowers(ZeroPad2D)
def zero_pad2d(op: ZeroPad2D, site: Site) -> Lowered:
    return Lowered(zero_padding(op.padding, site.name), (call(MODULE, site.x),))
