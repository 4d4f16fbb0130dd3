"""Pools."""

from __future__ import annotations

from typing import Any

from specc.codegen.lowering import MODULE, PREVIOUS, Lowered, Site
from specc.codegen.options import options
from specc.codegen.pyexpr import Index, Infix, call, compact, method, raw
from specc.ops.geometry import Pad, pads_of
from specc.ops.pool import AvgPool2D, GlobalAvgPool2D, GlobalMaxPool2D, MaxPool2D

from .lowering import lowers, pad


def _pads(op: MaxPool2D | AvgPool2D, site: Site) -> tuple[Pad, ...]:
    return pads_of(op.padding, site.inputs[0][:2], op.window, op.stride)


def _own_padding(op: MaxPool2D | AvgPool2D, pads: tuple[Pad, ...]) -> dict[str, Any] | None:
    """What torch's own padding needs to mean these pads; None where it cannot."""
    low = tuple(before for before, _ in pads)
    uneven = [before != after for before, after in pads]
    if op.padding == "same":
        # `ceil_mode` adds the window that the odd cell at the far end makes room for, unless
        # the stride is 1: then no such window is left to add.
        if any(odd and step == 1 for odd, step in zip(uneven, op.stride, strict=True)):
            return None
        return options(padding=(compact(low), 0), ceil_mode=(any(uneven), False))
    # Torch takes at most half a window of padding.
    half = any(2 * before > size for before, size in zip(low, op.window, strict=True))
    return None if any(uneven) or half else options(padding=(compact(low), 0))


def _window(op: MaxPool2D | AvgPool2D) -> dict[str, Any]:
    size = compact(op.window)
    return {"kernel_size": size, **options(stride=(compact(op.stride), size))}


@lowers(MaxPool2D)
def max_pool2d(op: MaxPool2D, site: Site) -> Lowered:
    pads = _pads(op, site)
    own = _own_padding(op, pads)
    module = call("nn.MaxPool2d", **_window(op), **(own or {}))
    if own is not None:
        return Lowered(module, (call(MODULE, site.x),))
    steps = (pad(site.x, pads, value=raw('float("-inf")')), call(MODULE, PREVIOUS))
    return Lowered(module, steps, comment="the padding never wins")


@lowers(AvgPool2D)
def avg_pool2d(op: AvgPool2D, site: Site) -> Lowered:
    pads = _pads(op, site)
    own = _own_padding(op, pads)
    same = op.padding == "same"
    if own is not None:
        counted = not (same and any(map(sum, pads)))
        own |= options(count_include_pad=(counted, True))
        module = call("nn.AvgPool2d", **_window(op), **own)
        return Lowered(module, (call(MODULE, site.x),))
    module = call("nn.AvgPool2d", **_window(op))
    mean = call(MODULE, pad(site.x, pads))
    if not same:
        return Lowered(module, (mean,))
    share = call(MODULE, pad(call("torch.ones_like", Index(site.x, ":1, :1")), pads))
    return Lowered(module, (Infix("/", (mean, share)),), comment="without the padded cells")


@lowers(GlobalAvgPool2D)
def global_avg_pool2d(op: GlobalAvgPool2D, site: Site) -> Lowered:
    return Lowered(None, (method(site.x, "mean", dim=(2, 3)),))


@lowers(GlobalMaxPool2D)
def global_max_pool2d(op: GlobalMaxPool2D, site: Site) -> Lowered:
    return Lowered(None, (method(site.x, "amax", dim=(2, 3)),))
