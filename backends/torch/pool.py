"""Pools with windows."""

from __future__ import annotations

from operator import gt
from typing import Any, TypeAlias

from specc.codegen.lowering import PREVIOUS, Lowered, Site
from specc.codegen.python.expressions import Index, Infix, call, compact, raw
from specc.codegen.python.options import options
from specc.ops.geometry import Pad, pads_of
from specc.ops.pool import AvgPool1D, AvgPool2D, AvgPool3D, MaxPool1D, MaxPool2D, MaxPool3D
from specc.ops.ranks import SEQUENCE

from .lowering import applied, lowers, pad

_Max: TypeAlias = MaxPool1D | MaxPool2D | MaxPool3D
_Avg: TypeAlias = AvgPool1D | AvgPool2D | AvgPool3D


def _pads(op: _Max | _Avg, site: Site) -> tuple[Pad, ...]:
    return pads_of(op.padding, site.inputs[0][:-1], op.window, op.stride)


def _own_padding(op: _Max | _Avg, pads: tuple[Pad, ...]) -> dict[str, Any] | None:
    """What torch's own padding needs to mean these pads; None where it cannot."""
    low = tuple(before for before, _ in pads)
    uneven = [before != after for before, after in pads]
    if op.padding == "ceil":
        return options(ceil_mode=(any(uneven), False))
    if op.padding == "same":
        # `ceil_mode` adds the window that the odd cell at the far end makes room for, unless
        # the stride is 1: then no such window is left to add.
        if any(odd and step == 1 for odd, step in zip(uneven, op.stride, strict=True)):
            return None
        return options(padding=(compact(low), 0), ceil_mode=(any(uneven), False))
    # Torch takes at most half a window of padding.
    half = any(2 * before > size for before, size in zip(low, op.window, strict=True))
    return None if any(uneven) or half else options(padding=(compact(low), 0))


def _window(op: _Max | _Avg) -> dict[str, Any]:
    size = compact(op.window)
    return {"kernel_size": size, **options(stride=(compact(op.stride), size))}


@lowers(MaxPool1D, MaxPool2D, MaxPool3D)
def max_pool(op: _Max, site: Site) -> Lowered:
    dims, pads = site.inputs[0], _pads(op, site)
    own = _own_padding(op, pads)
    module = call(f"nn.MaxPool{len(pads)}d", **_window(op), **(own or {}))
    if own is not None:
        return Lowered(module, (applied(site.x, dims),))
    steps = (pad(site.x, pads, value=raw('float("-inf")')), applied(PREVIOUS, dims))
    return Lowered(module, steps, comment="the padding never wins")


@lowers(AvgPool1D, AvgPool2D, AvgPool3D)
def avg_pool(op: _Avg, site: Site) -> Lowered:
    dims, pads = site.inputs[0], _pads(op, site)
    # Torch's pool of volumes takes no window above the unpadded size.
    small = len(pads) == 3 and any(map(gt, op.window, dims[:-1]))
    own = None if small else _own_padding(op, pads)
    layer, same = f"nn.AvgPool{len(pads)}d", op.padding == "same"
    if own is not None:
        counted = not (same and any(map(sum, pads)))
        own |= options(count_include_pad=(counted, True))
        return Lowered(call(layer, **_window(op), **own), (applied(site.x, dims),))
    module = call(layer, **_window(op))
    mean = applied(pad(site.x, pads), dims)
    if not same:
        return Lowered(module, (mean,))
    one = Index(site.x, ":1, :, :1" if len(dims) == SEQUENCE else ":1, :1")
    share = applied(pad(call("torch.ones_like", one), pads), dims)
    return Lowered(module, (Infix("/", (mean, share)),), comment="without the padded cells")
