"""Fully connected layers."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site, Stored
from specc.codegen.python.expressions import call
from specc.codegen.python.options import options
from specc.ops.dense import Dense

from .activation import folded
from .lowering import lowers, regularized

_STORED = (Stored("weight", "kernel", (1, 0)), Stored("bias", "bias"))


@lowers(Dense)
def dense(op: Dense, site: Site) -> Lowered:
    activation, after = folded(op.activation, site.name)
    module = call(
        "layers.Dense",
        op.units,
        **options(use_bias=(op.bias, True)),
        **activation,
        **regularized(op, "kernel"),
        name=site.name,
    )
    return Lowered(module, (call(MODULE, site.x), *after), _STORED if op.bias else _STORED[:1])
