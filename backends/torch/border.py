"""Cells around a value."""

from __future__ import annotations

from specc.codegen.lowering import Lowered, Site
from specc.codegen.python.expressions import call
from specc.ops.border import (
    CenterCrop2D,
    ChannelPad,
    Crop1D,
    Crop2D,
    Crop3D,
    ReflectionPad1D,
    ReflectionPad2D,
    ReflectionPad3D,
    ZeroPad1D,
    ZeroPad2D,
    ZeroPad3D,
)
from specc.ops.ranks import PICTURE

from .lowering import cropped, lowers, pad


@lowers(ZeroPad1D, ZeroPad2D, ZeroPad3D)
def zero_pad(op: ZeroPad1D | ZeroPad2D | ZeroPad3D, site: Site) -> Lowered:
    return Lowered(None, (pad(site.x, op.padding),))


@lowers(ChannelPad)
def channel_pad(op: ChannelPad, site: Site) -> Lowered:
    dims = site.inputs[0]
    # Torch counts pads from the last axis: in pictures those of the places come first.
    places = 0 if len(dims) < PICTURE else len(dims) - 1
    return Lowered(None, (call("F.pad", site.x, (*(0, 0) * places, *op.padding[0])),))


@lowers(ReflectionPad1D, ReflectionPad2D, ReflectionPad3D)
def reflection_pad(op: ReflectionPad1D | ReflectionPad2D | ReflectionPad3D, site: Site) -> Lowered:
    return Lowered(None, (pad(site.x, op.padding, mode="reflect"),))


@lowers(Crop1D, Crop2D, Crop3D)
def crop(op: Crop1D | Crop2D | Crop3D, site: Site) -> Lowered:
    return Lowered(None, (cropped(site.x, op.cells),))


@lowers(CenterCrop2D)
def center_crop2d(op: CenterCrop2D, site: Site) -> Lowered:
    return Lowered(None, (cropped(site.x, op.cells(site.inputs[0])),))
