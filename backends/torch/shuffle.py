"""Numbers moved to other places."""

from __future__ import annotations

from specc.codegen.lowering import Lowered, Site
from specc.codegen.python.expressions import call, method
from specc.ops.ranks import PICTURE
from specc.ops.shuffle import ChannelShuffle, Permute, PixelShuffle, PixelUnshuffle

from .lowering import lowers


@lowers(PixelShuffle)
def pixel_shuffle(op: PixelShuffle, site: Site) -> Lowered:
    return Lowered(None, (call("F.pixel_shuffle", site.x, op.factor),))


@lowers(PixelUnshuffle)
def pixel_unshuffle(op: PixelUnshuffle, site: Site) -> Lowered:
    return Lowered(None, (call("F.pixel_unshuffle", site.x, op.factor),))


@lowers(ChannelShuffle)
def channel_shuffle(op: ChannelShuffle, site: Site) -> Lowered:
    return Lowered(None, (call("F.channel_shuffle", site.x, op.groups),))


@lowers(Permute)
def permute(op: Permute, site: Site) -> Lowered:
    rank = len(op.axes)
    if rank < PICTURE:
        return Lowered(None, (method(site.x, "permute", 0, *op.axes),))
    # Here the channels stand before the places, in the input and in the output.
    here = {axis: axis + 1 for axis in range(1, rank)} | {rank: 1}
    order = (op.axes[-1], *op.axes[:-1])
    return Lowered(None, (method(site.x, "permute", 0, *(here[axis] for axis in order)),))
