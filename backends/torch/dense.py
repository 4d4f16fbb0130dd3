"""Fully connected layers."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import call
from specc.codegen.python.options import options
from specc.ops.dense import Dense

from .activation import activated
from .lowering import lowers


@lowers(Dense)
def dense(op: Dense, site: Site) -> Lowered:
    module = call("nn.Linear", site.inputs[0][-1], op.units, **options(bias=(op.bias, True)))
    return Lowered(module, (activated(op.activation, call(MODULE, site.x), site.shape),))
