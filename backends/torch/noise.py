"""Noise while training. The classes are parts of the scripts: backends/torch/parts/layers.py."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import call
from specc.ops.noise import (
    DropPath,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)

from .lowering import applied, lowers


@lowers(SpatialDropout1D, SpatialDropout2D, SpatialDropout3D)
def spatial_dropout(
    op: SpatialDropout1D | SpatialDropout2D | SpatialDropout3D, site: Site
) -> Lowered:
    dims = site.inputs[0]
    return Lowered(call(f"nn.Dropout{len(dims) - 1}d", op.rate), (applied(site.x, dims),))


@lowers(DropPath)
def drop_path(op: DropPath, site: Site) -> Lowered:
    return Lowered(call("DropPath", op.rate), (call(MODULE, site.x),))


@lowers(GaussianNoise)
def gaussian_noise(op: GaussianNoise, site: Site) -> Lowered:
    return Lowered(call("GaussianNoise", op.std), (call(MODULE, site.x),))


@lowers(GaussianDropout)
def gaussian_dropout(op: GaussianDropout, site: Site) -> Lowered:
    return Lowered(call("GaussianDropout", op.rate), (call(MODULE, site.x),))
