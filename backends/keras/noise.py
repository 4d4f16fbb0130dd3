"""Noise while training."""

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

from .lowering import lowers


@lowers(SpatialDropout1D, SpatialDropout2D, SpatialDropout3D, GaussianDropout)
def dropout(
    op: SpatialDropout1D | SpatialDropout2D | SpatialDropout3D | GaussianDropout, site: Site
) -> Lowered:
    module = call(f"layers.{op.word()}", op.rate, name=site.name)
    return Lowered(module, (call(MODULE, site.x),))


@lowers(DropPath)
def drop_path(op: DropPath, site: Site) -> Lowered:
    # One random number for each sample, whatever its shape.
    shape = (None, *(1,) * len(site.inputs[0]))
    module = call("layers.Dropout", op.rate, noise_shape=shape, name=site.name)
    return Lowered(module, (call(MODULE, site.x),), comment="whole samples")


@lowers(GaussianNoise)
def gaussian_noise(op: GaussianNoise, site: Site) -> Lowered:
    return Lowered(call("layers.GaussianNoise", op.std, name=site.name), (call(MODULE, site.x),))
