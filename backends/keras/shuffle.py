"""Numbers moved to other places."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, PREVIOUS, Lowered, Site
from specc.codegen.python.expressions import call
from specc.ops.shuffle import ChannelShuffle, Permute, PixelShuffle, PixelUnshuffle

from .lowering import lowers


def _moved(site: Site, parts: tuple[int, ...], order: tuple[int, ...]) -> Lowered:
    """The axes in parts, the parts in another order, and joined again."""
    parted = call(call("layers.Reshape", parts, name=site.name.sub("parts")), site.x)
    moved = call(call("layers.Permute", order, name=site.name.sub("order")), PREVIOUS)
    module = call("layers.Reshape", site.shape, name=site.name)
    return Lowered(module, (parted, moved, call(MODULE, PREVIOUS)))


@lowers(PixelShuffle)
def pixel_shuffle(op: PixelShuffle, site: Site) -> Lowered:
    (height, width, _), factor = site.inputs[0], op.factor
    parts = (height, width, site.shape[-1], factor, factor)
    return _moved(site, parts, (1, 4, 2, 5, 3))


@lowers(PixelUnshuffle)
def pixel_unshuffle(op: PixelUnshuffle, site: Site) -> Lowered:
    height, width, _ = site.shape
    parts = (height, op.factor, width, op.factor, site.inputs[0][-1])
    return _moved(site, parts, (1, 3, 5, 2, 4))


@lowers(ChannelShuffle)
def channel_shuffle(op: ChannelShuffle, site: Site) -> Lowered:
    height, width, channels = site.inputs[0]
    return _moved(site, (height, width, op.groups, channels // op.groups), (1, 2, 4, 3))


@lowers(Permute)
def permute(op: Permute, site: Site) -> Lowered:
    return Lowered(call("layers.Permute", op.axes, name=site.name), (call(MODULE, site.x),))
