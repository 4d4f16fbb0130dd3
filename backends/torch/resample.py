"""Changes of the number of cells."""

from __future__ import annotations

from specc.codegen.lowering import Lowered, Site
from specc.codegen.python.expressions import call, compact, method
from specc.codegen.python.options import options
from specc.ops.resample import Resize2D, UpSample1D, UpSample2D, UpSample3D

from .lowering import lowers


@lowers(UpSample1D)
def up_sample1d(op: UpSample1D, site: Site) -> Lowered:
    return Lowered(None, (method(site.x, "repeat_interleave", op.factor[0], dim=1),))


@lowers(UpSample2D, UpSample3D)
def up_sample(op: UpSample2D | UpSample3D, site: Site) -> Lowered:
    mode = op.method if isinstance(op, UpSample2D) else "nearest"
    made = call("F.interpolate", site.x, scale_factor=compact(op.factor), mode=mode)
    return Lowered(None, (made,))


@lowers(Resize2D)
def resize2d(op: Resize2D, site: Site) -> Lowered:
    made = call(
        "F.interpolate",
        site.x,
        size=op.size,
        # Plain `nearest` takes the cell at the corner.
        mode="nearest-exact" if op.method == "nearest" else op.method,
        **options(antialias=(op.antialias, False)),
    )
    return Lowered(None, (made,))
