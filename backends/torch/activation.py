"""Activations: functions in the forward pass, as layers and around other layers alike."""

from __future__ import annotations

from specc.codegen.lowering import Lowered, Site
from specc.codegen.python.expressions import Expr, call
from specc.codegen.python.options import options
from specc.ops.activation import (
    CELU,
    ELU,
    GELU,
    LAYER_OF,
    SELU,
    Abs,
    Exponential,
    HardShrink,
    HardSigmoid,
    HardSwish,
    HardTanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    SoftShrink,
    Softsign,
    Square,
    Tanh,
    TanhShrink,
    meant_by,
)
from specc.ops.base import Dims, Layer

from .lowering import channel_dim, lowers

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
    LogSigmoid: "F.logsigmoid",
    TanhShrink: "F.tanhshrink",
    Square: "torch.square",
}


def _applied(op: Layer, x: Expr, dims: Dims) -> Expr:
    match op:
        case ReLU():
            return _relu(op, x)
        case LeakyReLU(slope=slope):
            return call("F.leaky_relu", x, negative_slope=slope)
        case ELU(alpha=alpha):
            return call("F.elu", x, **options(alpha=(alpha, 1.0)))
        case CELU(alpha=alpha):
            return call("F.celu", x, **options(alpha=(alpha, 1.0)))
        case HardTanh():  # unlike F.hardtanh it has a slope at -1 and 1 too, as in Keras
            return call("torch.clamp", x, -1, 1)
        case HardShrink(threshold=threshold):
            return call("F.hardshrink", x, **options(lambd=(threshold, 0.5)))
        case SoftShrink(threshold=threshold):
            return call("F.softshrink", x, **options(lambd=(threshold, 0.5)))
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
