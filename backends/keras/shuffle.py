"""Numbers moved to other places."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, PREVIOUS, Lowered, Site
from specc.codegen.pyexpr import Expr, call
from specc.ops.shuffle import ChannelShuffle, Permute, PixelShuffle

from .lowering import lowers


def _reshaped(x: Expr, *sizes: int) -> Expr:
    return call("keras.ops.reshape", x, (-1, *sizes))


@lowers(PixelShuffle)
def pixel_shuffle(op: PixelShuffle, site: Site) -> Lowered:
    (height, width, _), factor = site.inputs[0], op.factor
    parted = _reshaped(site.x, height, width, site.shape[-1], factor, factor)
    moved = call("keras.ops.transpose", PREVIOUS, (0, 1, 4, 2, 5, 3))
    return Lowered(None, (parted, moved, _reshaped(PREVIOUS, *site.shape)))


@lowers(ChannelShuffle)
def channel_shuffle(op: ChannelShuffle, site: Site) -> Lowered:
    height, width, channels = site.inputs[0]
    parted = _reshaped(site.x, height, width, op.groups, channels // op.groups)
    moved = call("keras.ops.transpose", PREVIOUS, (0, 1, 2, 4, 3))
    return Lowered(None, (parted, moved, _reshaped(PREVIOUS, *site.shape)))


@lowers(Permute)
def permute(op: Permute, site: Site) -> Lowered:
    return Lowered(call("layers.Permute", op.axes, name=site.name), (call(MODULE, site.x),))
