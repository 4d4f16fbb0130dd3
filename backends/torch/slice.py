"""Parts of a value."""

from __future__ import annotations

from specc.codegen.lowering import Lowered, Site
from specc.codegen.python.expressions import Index
from specc.ops.ranks import PICTURE
from specc.ops.slice import Slice

from .lowering import lowers


@lowers(Slice)
def slice_of(op: Slice, site: Site) -> Lowered:
    dims = site.inputs[0]
    at = op.place(dims)
    if len(dims) >= PICTURE:  # the channels stand before the places
        at = 0 if op.axis == "channels" else at + 1
    return Lowered(None, (Index(site.x, ", ".join([":"] * (at + 1) + [op.items()])),))
