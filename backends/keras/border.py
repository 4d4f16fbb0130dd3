"""Cells around a value."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
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

from .lowering import cropping, lowers, zero_padding


@lowers(ZeroPad1D, ZeroPad2D, ZeroPad3D)
def zero_pad(op: ZeroPad1D | ZeroPad2D | ZeroPad3D, site: Site) -> Lowered:
    return Lowered(zero_padding(op.padding, site.name), (call(MODULE, site.x),))


@lowers(ChannelPad)
def channel_pad(op: ChannelPad, site: Site) -> Lowered:
    pads = ((0, 0),) * len(site.shape) + op.padding
    return Lowered(None, (call("keras.ops.pad", site.x, pads),))


@lowers(ReflectionPad1D, ReflectionPad2D, ReflectionPad3D)
def reflection_pad(op: ReflectionPad1D | ReflectionPad2D | ReflectionPad3D, site: Site) -> Lowered:
    pads = ((0, 0), *op.padding, (0, 0))
    return Lowered(None, (call("keras.ops.pad", site.x, pads, mode="reflect"),))


@lowers(Crop1D, Crop2D, Crop3D)
def crop(op: Crop1D | Crop2D | Crop3D, site: Site) -> Lowered:
    return Lowered(cropping(op.cells, site.name), (call(MODULE, site.x),))


@lowers(CenterCrop2D)
def center_crop2d(op: CenterCrop2D, site: Site) -> Lowered:
    return Lowered(cropping(op.cells(site.inputs[0]), site.name), (call(MODULE, site.x),))
