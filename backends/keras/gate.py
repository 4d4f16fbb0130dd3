"""Activations with learned slopes or gates."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site, Stored
from specc.codegen.python.expressions import Index, Infix, call
from specc.ops.gate import GLU, DynamicTanh, PReLU
from specc.ops.ranks import PICTURE

from .lowering import lowers


@lowers(PReLU)
def prelu(op: PReLU, site: Site) -> Lowered:
    rank = len(site.inputs[0])
    shared = {"channels": rank - 1, "single": rank, "each": 0}[op.alphas]
    own = {"shared_axes": list(range(1, shared + 1))} if shared else {}
    # The canonical alphas of `each` lie as PyTorch flattens them: the channels of pictures first.
    turned = op.alphas == "each" and rank >= PICTURE
    axes = (*range(1, rank), 0) if turned else tuple(range(rank))
    stored = (Stored("weight", "alpha", axes, (rank,)),)
    return Lowered(call("layers.PReLU", **own, name=site.name), (call(MODULE, site.x),), stored)


@lowers(GLU)
def glu(op: GLU, site: Site) -> Lowered:
    if op.gate == "sigmoid":
        # Not as an `Activation`, which says that the shape stays.
        return Lowered(None, (call("keras.ops.glu", site.x),))
    half = site.shape[-1]
    value, gate = Index(site.x, f"..., :{half}"), Index(site.x, f"..., {half}:")
    exact = {"approximate": False} if op.gate == "gelu" else {}
    opened = gate if op.gate == "linear" else call(f"keras.ops.{op.gate}", gate, **exact)
    return Lowered(None, (Infix("*", (value, opened)),))


@lowers(DynamicTanh)
def dynamic_tanh(op: DynamicTanh, site: Site) -> Lowered:
    module = call("DynamicTanh", name=site.name)
    stored = Stored("alpha", "alpha"), Stored("weight", "scale"), Stored("bias", "offset")
    return Lowered(module, (call(MODULE, site.x),), stored)
