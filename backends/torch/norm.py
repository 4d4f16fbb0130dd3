"""Normalisation. The classes are parts of the scripts: backends/torch/parts/layers.py."""

from __future__ import annotations

from decimal import Decimal

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import call, method
from specc.codegen.python.options import options
from specc.ops.norm import BatchNorm
from specc.ops.ranks import SEQUENCE

from .lowering import lowers


@lowers(BatchNorm)
def batch_norm(op: BatchNorm, site: Site) -> Lowered:
    dims = site.inputs[0]
    module = call(
        f"BatchNorm{max(len(dims) - 1, 1)}d",
        dims[-1],
        eps=op.epsilon,
        # Torch's momentum is the weight of the new figures; in decimals, so that 0.99 gives 0.01.
        momentum=float(1 - Decimal(repr(op.momentum))),
        **options(affine=(op.scale or op.offset, True)),
    )
    if op.scale != op.offset:
        module = call("only_scale" if op.scale else "only_offset", module)
    if len(dims) != SEQUENCE:
        return Lowered(module, (call(MODULE, site.x),))
    turned = method(site.x, "transpose", 1, 2)
    return Lowered(module, (method(call(MODULE, turned), "transpose", 1, 2),))
