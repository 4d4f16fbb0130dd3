"""Parts of a value."""

from __future__ import annotations

from specc.codegen.lowering import Lowered, Site
from specc.codegen.python.expressions import Index
from specc.ops.slice import Slice

from .lowering import lowers


@lowers(Slice)
def slice_of(op: Slice, site: Site) -> Lowered:
    before = [":"] * (op.place(site.inputs[0]) + 1)
    return Lowered(None, (Index(site.x, ", ".join([*before, op.items()])),))
