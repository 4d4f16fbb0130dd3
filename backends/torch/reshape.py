"""Changes of shape, in the height-width-channel order of the language."""

from __future__ import annotations

from specc.codegen.lowering import Lowered, Site
from specc.codegen.python.expressions import method
from specc.ops.reshape import Flatten, Reshape

from .lowering import in_spec_order, in_torch_order, lowers

_ORDER = "in height-width-channel order"


@lowers(Flatten)
def flatten(op: Flatten, site: Site) -> Lowered:
    ordered = in_spec_order(site.x, site.inputs[0])
    comment = "" if ordered is site.x else _ORDER
    return Lowered(None, (method(ordered, "flatten", start_dim=1),), comment=comment)


@lowers(Reshape)
def reshape(op: Reshape, site: Site) -> Lowered:
    value = in_spec_order(site.x, site.inputs[0])
    flat = method(value, "reshape", -1, *op.shape)
    made = in_torch_order(flat, op.shape)
    moved = value is not site.x or made is not flat
    return Lowered(None, (made,), comment=_ORDER if moved else "")
