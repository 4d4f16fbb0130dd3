"""Dropout."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import call
from specc.ops.dropout import Dropout

from .lowering import lowers


@lowers(Dropout)
def dropout(op: Dropout, site: Site) -> Lowered:
    return Lowered(call("nn.Dropout", op.rate), (call(MODULE, site.x),))
