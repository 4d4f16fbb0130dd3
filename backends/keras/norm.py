"""Normalisation."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site, Stored
from specc.codegen.python.expressions import call
from specc.codegen.python.options import options
from specc.ops.norm import BatchNorm

from .lowering import lowers


@lowers(BatchNorm)
def batch_norm(op: BatchNorm, site: Site) -> Lowered:
    module = call(
        "layers.BatchNormalization",
        momentum=op.momentum,
        epsilon=op.epsilon,
        **options(scale=(op.scale, True), center=(op.offset, True)),
        name=site.name,
    )
    stored = (
        *([Stored("weight", "gamma")] if op.scale else []),
        *([Stored("bias", "beta")] if op.offset else []),
        Stored("running_mean", "moving_mean"),
        Stored("running_var", "moving_variance"),
    )
    return Lowered(module, (call(MODULE, site.x),), stored)
