"""Merges number by number."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import call
from specc.codegen.python.options import options
from specc.ops.elementwise import Average, Dot, Maximum, Minimum

from .lowering import lowers


@lowers(Average, Maximum, Minimum)
def elementwise(op: Average | Maximum | Minimum, site: Site) -> Lowered:
    module = call(f"layers.{op.word()}", name=site.name)
    return Lowered(module, (call(MODULE, list(site.args)),))


@lowers(Dot)
def dot(op: Dot, site: Site) -> Lowered:
    normalize = options(normalize=(op.normalize, False))
    module = call("layers.Dot", axes=1, **normalize, name=site.name)
    return Lowered(module, (call(MODULE, list(site.args)),))
