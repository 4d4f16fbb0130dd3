"""Changes of the number of cells."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import call, compact
from specc.codegen.python.options import options
from specc.ops.resample import Resize2D, UpSample1D, UpSample2D, UpSample3D

from .lowering import lowers


@lowers(UpSample1D, UpSample2D, UpSample3D)
def up_sample(op: UpSample1D | UpSample2D | UpSample3D, site: Site) -> Lowered:
    way = op.method if isinstance(op, UpSample2D) else "nearest"
    given = options(interpolation=(way, "nearest"))
    layer = f"layers.UpSampling{len(op.factor)}D"
    module = call(layer, size=compact(op.factor), **given, name=site.name)
    return Lowered(module, (call(MODULE, site.x),))


@lowers(Resize2D)
def resize2d(op: Resize2D, site: Site) -> Lowered:
    height, width = op.size
    module = call(
        "layers.Resizing",
        height,
        width,
        interpolation=op.method,
        **options(antialias=(op.antialias, False)),
        name=site.name,
    )
    return Lowered(module, (call(MODULE, site.x),))
