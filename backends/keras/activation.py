"""Activations: layers of their own, or the `activation=` of another layer."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, PREVIOUS, Lowered, Site
from specc.codegen.pyexpr import Call, Expr, LayerName, call
from specc.ops.activation import ELU, LAYER_OF, WORD_OF, LeakyReLU, ReLU, Softmax, meant_by
from specc.ops.base import Layer

from .lowering import lowers

_LAYERS: dict[type[Layer], str] = {
    ReLU: "layers.ReLU",
    ELU: "layers.ELU",
    Softmax: "layers.Softmax",
}


def _made(op: Layer, name: LayerName) -> Call:
    if isinstance(op, LeakyReLU):
        return call("layers.LeakyReLU", negative_slope=op.slope, name=name)
    if type(op) in _LAYERS:
        return call(_LAYERS[type(op)], name=name)
    return call(
        "layers.Activation", WORD_OF[type(op)], name=name
    )  # Keras knows the rest by the same words


def folded(word: str, owner: LayerName) -> tuple[dict[str, str], tuple[Expr, ...]]:
    """The `activation=` of a layer, and the steps that follow it."""
    op = meant_by(word)
    if op is None:
        return {}, ()
    if isinstance(op, LeakyReLU):  # Keras's function of this name has not the slope of its layer
        return {}, (call(_made(op, owner.sub(word)), PREVIOUS),)
    return {"activation": word}, ()


@lowers(*LAYER_OF.values())
def activation(op: Layer, site: Site) -> Lowered:
    return Lowered(_made(op, site.name), (call(MODULE, site.x),))
