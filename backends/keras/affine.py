"""Multiplying and shifting. `LayerScale` is a part: backends/keras/parts/layers.py."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site, Stored
from specc.codegen.python.expressions import call
from specc.codegen.python.options import options
from specc.ops.affine import LayerScale, Normalization, Rescaling

from .lowering import lowers


@lowers(LayerScale)
def layer_scale(op: LayerScale, site: Site) -> Lowered:
    module = call("LayerScale", name=site.name)
    return Lowered(module, (call(MODULE, site.x),), (Stored("weight", "scale"),))


@lowers(Rescaling)
def rescaling(op: Rescaling, site: Site) -> Lowered:
    offset = options(offset=(op.offset, 0.0))
    module = call("layers.Rescaling", op.scale, **offset, name=site.name)
    return Lowered(module, (call(MODULE, site.x),))


@lowers(Normalization)
def normalization(op: Normalization, site: Site) -> Lowered:
    # Keras takes either one number for all channels or one for each, of both alike.
    count = max(len(op.mean), len(op.variance))
    mean, variance = (
        value * (count if len(value) < count else 1) for value in (op.mean, op.variance)
    )
    single = {"axis": None} if count == 1 else {}
    given = {
        "mean": mean[0] if count == 1 else list(mean),
        "variance": variance[0] if count == 1 else list(variance),
    }
    module = call("layers.Normalization", **single, **given, name=site.name)
    return Lowered(module, (call(MODULE, site.x),))
