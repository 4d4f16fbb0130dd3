"""Cells around a value."""

from __future__ import annotations

from specc.codegen.lowering import Lowered, Site
from specc.ops.border import (
    CenterCrop2D,
    Crop1D,
    Crop2D,
    Crop3D,
    ZeroPad1D,
    ZeroPad2D,
    ZeroPad3D,
)

from .lowering import cropped, lowers, pad


@lowers(ZeroPad1D, ZeroPad2D, ZeroPad3D)
def zero_pad(op: ZeroPad1D | ZeroPad2D | ZeroPad3D, site: Site) -> Lowered:
    return Lowered(None, (pad(site.x, op.padding),))


@lowers(Crop1D, Crop2D, Crop3D)
def crop(op: Crop1D | Crop2D | Crop3D, site: Site) -> Lowered:
    return Lowered(None, (cropped(site.x, op.cells),))


@lowers(CenterCrop2D)
def center_crop2d(op: CenterCrop2D, site: Site) -> Lowered:
    return Lowered(None, (cropped(site.x, op.cells(site.inputs[0])),))
