"""Activations with learned slopes or gates."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import Index, Infix, call, method
from specc.ops.gate import GLU, DynamicTanh, PReLU
from specc.ops.ranks import PICTURE, SEQUENCE

from .activation import activated
from .lowering import applied, channel_dim, lowers


@lowers(PReLU)
def prelu(op: PReLU, site: Site) -> Lowered:
    (weight,), dims = op.weights(*site.inputs), site.inputs[0]
    module = call("nn.PReLU", weight.shape[0])
    if op.alphas == "each" and len(dims) > 1:
        flat = call(MODULE, method(site.x, "flatten", start_dim=1))
        return Lowered(module, (method(flat, "view_as", site.x),))
    if op.alphas == "single":
        return Lowered(module, (call(MODULE, site.x),))
    return Lowered(module, (applied(site.x, dims),))


@lowers(GLU)
def glu(op: GLU, site: Site) -> Lowered:
    dims, half = site.inputs[0], site.shape[-1]
    if op.gate == "sigmoid":
        return Lowered(None, (call("F.glu", site.x, dim=channel_dim(dims)),))
    before = "..." if len(dims) == SEQUENCE else ":"
    value, gate = (Index(site.x, f"{before}, {part}") for part in (f":{half}", f"{half}:"))
    return Lowered(None, (Infix("*", (value, activated(op.gate, gate, site.shape))),))


@lowers(DynamicTanh)
def dynamic_tanh(op: DynamicTanh, site: Site) -> Lowered:
    dims = site.inputs[0]
    places = 0 if len(dims) < PICTURE else len(dims) - 1
    module = call("DynamicTanh", dims[-1], places=places)
    return Lowered(module, (call(MODULE, site.x),))
