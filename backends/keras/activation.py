"""Activations: layers of their own, or the `activation=` of another layer."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, PREVIOUS, Lowered, Site, Stored
from specc.codegen.options import options
from specc.codegen.pyexpr import Call, Expr, LayerName, call
from specc.ops.activation import (
    ELU,
    GELU,
    GLU,
    LAYER_OF,
    WORD_OF,
    Abs,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
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
    if isinstance(op, Abs):
        return call("keras.ops.absolute", x)
    if isinstance(op, GELU) and op.approximate:
        return call("keras.ops.gelu", x, approximate=True)
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


@lowers(PReLU)
def prelu(op: PReLU, site: Site) -> Lowered:
    rank = len(site.inputs[0])
    shared = list(range(1, rank + (op.alphas == "single")))
    own = {"shared_axes": shared} if shared else {}
    stored = (Stored("weight", "alpha", tuple(range(rank)), (rank,)),)
    return Lowered(call("layers.PReLU", **own, name=site.name), (call(MODULE, site.x),), stored)


@lowers(GLU)
def glu(op: GLU, site: Site) -> Lowered:
    # Not as an `Activation`, which says that the shape stays.
    return Lowered(None, (call("keras.ops.glu", site.x),))
