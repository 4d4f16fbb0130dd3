"""Activations: functions in the forward pass, as layers and around other layers alike."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.options import options
from specc.codegen.pyexpr import Expr, call
from specc.ops.activation import (
    ELU,
    GELU,
    GLU,
    LAYER_OF,
    SELU,
    Abs,
    Exponential,
    HardSigmoid,
    HardSwish,
    LeakyReLU,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
    meant_by,
)
from specc.ops.base import Dims, Layer

from .lowering import applied, channel_dim, lowers

_FUNCTIONS: dict[type[Layer], str] = {
    ReLU6: "F.relu6",
    SELU: "F.selu",
    SiLU: "F.silu",
    Sigmoid: "torch.sigmoid",
    Tanh: "torch.tanh",
    Softplus: "F.softplus",
    Mish: "F.mish",
    HardSigmoid: "F.hardsigmoid",
    HardSwish: "F.hardswish",
    Softsign: "F.softsign",
    Exponential: "torch.exp",
    Abs: "torch.abs",
}


def _applied(op: Layer, x: Expr, dims: Dims) -> Expr:
    match op:
        case ReLU():
            return _relu(op, x)
        case LeakyReLU(slope=slope):
            return call("F.leaky_relu", x, negative_slope=slope)
        case ELU(alpha=alpha):
            return call("F.elu", x, **options(alpha=(alpha, 1.0)))
        case GELU(approximate=approximate):
            return call("F.gelu", x, **({"approximate": "tanh"} if approximate else {}))
        case Softmax():
            return call("torch.softmax", x, dim=channel_dim(dims))
        case LogSoftmax():
            return call("torch.log_softmax", x, dim=channel_dim(dims))
    return call(_FUNCTIONS[type(op)], x)


def _relu(op: ReLU, x: Expr) -> Expr:
    rising = call("F.leaky_relu", x, negative_slope=op.slope) if op.slope else call("torch.relu", x)
    return rising if op.ceiling is None else call("torch.clamp", rising, max=op.ceiling)


def activated(word: str, x: Expr, dims: Dims) -> Expr:
    """A layer's output after the activation of this word."""
    op = meant_by(word)
    return x if op is None else _applied(op, x, dims)


@lowers(*LAYER_OF.values())
def activation(op: Layer, site: Site) -> Lowered:
    return Lowered(None, (_applied(op, site.x, site.shape),))


@lowers(PReLU)
def prelu(op: PReLU, site: Site) -> Lowered:
    dims = site.inputs[0]
    module = call("nn.PReLU", dims[-1] if op.alphas == "channels" else 1)
    if op.alphas == "single":
        return Lowered(module, (call(MODULE, site.x),))
    return Lowered(module, (applied(site.x, dims),))


@lowers(GLU)
def glu(op: GLU, site: Site) -> Lowered:
    return Lowered(None, (call("F.glu", site.x, dim=channel_dim(site.inputs[0])),))
