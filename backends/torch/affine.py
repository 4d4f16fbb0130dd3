"""Multiplying and shifting. The classes are in backends/torch/parts/layers.py."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import Expr, Infix, Lit, call
from specc.ops.affine import LayerScale, Normalization, Rescaling
from specc.ops.base import Dims
from specc.ops.ranks import SEQUENCE

from .lowering import lowers


def _places(dims: Dims) -> int:
    """How many axes follow that of the channels."""
    return 0 if len(dims) <= SEQUENCE else len(dims) - 1


@lowers(LayerScale)
def layer_scale(op: LayerScale, site: Site) -> Lowered:
    dims = site.inputs[0]
    return Lowered(call("LayerScale", dims[-1], places=_places(dims)), (call(MODULE, site.x),))


@lowers(Rescaling)
def rescaling(op: Rescaling, site: Site) -> Lowered:
    scaled: Expr = Infix("*", (site.x, Lit(op.scale)))
    return Lowered(None, (Infix("+", (scaled, Lit(op.offset))) if op.offset else scaled,))


@lowers(Normalization)
def normalization(op: Normalization, site: Site) -> Lowered:
    places = _places(site.inputs[0])
    module = call("Normalization", list(op.mean), list(op.variance), places=places)
    return Lowered(module, (call(MODULE, site.x),))
