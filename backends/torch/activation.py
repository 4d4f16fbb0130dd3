"""Activations: functions in the forward pass, as layers and around other layers alike."""

from __future__ import annotations

from specc.codegen.lowering import Lowered, Site
from specc.codegen.pyexpr import Expr, call
from specc.ops.activation import (
    ELU,
    GELU,
    LAYER_OF,
    SELU,
    LeakyReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
    meant_by,
)
from specc.ops.base import Dims, Layer

from .lowering import channel_dim, lowers

_FUNCTIONS: dict[type[Layer], str] = {
    ReLU: "torch.relu",
    ReLU6: "F.relu6",
    ELU: "F.elu",
    SELU: "F.selu",
    GELU: "F.gelu",
    SiLU: "F.silu",
    Sigmoid: "torch.sigmoid",
    Tanh: "torch.tanh",
    Softplus: "F.softplus",
}


def _applied(op: Layer, x: Expr, dims: Dims) -> Expr:
    if isinstance(op, Softmax):
        return call("torch.softmax", x, dim=channel_dim(dims))
    if isinstance(op, LeakyReLU):
        return call("F.leaky_relu", x, negative_slope=op.slope)
    return call(_FUNCTIONS[type(op)], x)


def activated(word: str, x: Expr, dims: Dims) -> Expr:
    """A layer's output after the activation of this word."""
    op = meant_by(word)
    return x if op is None else _applied(op, x, dims)


@lowers(*LAYER_OF.values())
def activation(op: Layer, site: Site) -> Lowered:
    return Lowered(None, (_applied(op, site.x, site.shape),))
