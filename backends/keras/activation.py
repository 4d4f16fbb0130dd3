"""Activations: layers of their own, or the `activation=` of another layer."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, PREVIOUS, Lowered, Site
from specc.codegen.python.expressions import Call, Expr, LayerName, call
from specc.codegen.python.options import options
from specc.ops.activation import (
    CELU,
    ELU,
    GELU,
    LAYER_OF,
    WORD_OF,
    Abs,
    HardShrink,
    LeakyReLU,
    ReLU,
    Softmax,
    SoftShrink,
    Square,
    meant_by,
)
from specc.ops.base import Layer

from .lowering import lowers


def _made(op: Layer, name: LayerName) -> Call:
    match op:
        case ReLU(ceiling=ceiling, slope=slope):
            own = options(max_value=(ceiling, None), negative_slope=(slope, 0.0))
            return call("layers.ReLU", **own, name=name)
        case LeakyReLU(slope=slope):
            return call("layers.LeakyReLU", negative_slope=slope, name=name)
        case ELU(alpha=alpha):
            return call("layers.ELU", **options(alpha=(alpha, 1.0)), name=name)
        case Softmax():
            return call("layers.Softmax", name=name)
    return call("layers.Activation", WORD_OF[type(op)], name=name)  # the rest by the same words


def _function(op: Layer, x: Expr) -> Call | None:
    """What no layer of Keras's does as it is meant."""
    match op:
        case Abs():
            return call("keras.ops.absolute", x)
        case Square():
            return call("keras.ops.square", x)
        case GELU(approximate=True):
            return call("keras.ops.gelu", x, approximate=True)
        case CELU(alpha=alpha) if alpha != 1:
            return call("keras.ops.celu", x, alpha=alpha)
        case HardShrink(threshold=threshold) if threshold != 0.5:
            return call("keras.ops.hard_shrink", x, threshold=threshold)
        case SoftShrink(threshold=threshold) if threshold != 0.5:
            return call("keras.ops.soft_shrink", x, threshold=threshold)
    return None


def folded(word: str, owner: LayerName) -> tuple[dict[str, str], tuple[Expr, ...]]:
    """The `activation=` of a layer, and the steps that follow it."""
    op = meant_by(word)
    if op is None:
        return {}, ()
    if isinstance(op, LeakyReLU):  # Keras's function of this name has not the slope of its layer
        return {}, (call(_made(op, owner.sub(word)), PREVIOUS),)
    function = _function(op, PREVIOUS)
    return ({"activation": word}, ()) if function is None else ({}, (function,))


@lowers(*LAYER_OF.values())
def activation(op: Layer, site: Site) -> Lowered:
    function = _function(op, site.x)
    if function is not None:
        return Lowered(None, (function,))
    return Lowered(_made(op, site.name), (call(MODULE, site.x),))
