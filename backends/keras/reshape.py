"""Changes of shape."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import call
from specc.ops.reshape import Flatten, Reshape

from .lowering import lowers


@lowers(Flatten)
def flatten(op: Flatten, site: Site) -> Lowered:
    return Lowered(call("layers.Flatten", name=site.name), (call(MODULE, site.x),))


@lowers(Reshape)
def reshape(op: Reshape, site: Site) -> Lowered:
    return Lowered(call("layers.Reshape", op.shape, name=site.name), (call(MODULE, site.x),))
