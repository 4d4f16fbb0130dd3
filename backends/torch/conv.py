"""Convolutions."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, PREVIOUS, Lowered, Site
from specc.codegen.options import options
from specc.codegen.pyexpr import call, compact
from specc.ops.conv import Conv2D
from specc.ops.geometry import pads_of

from .activation import activated
from .lowering import lowers, pad, symmetric


@lowers(Conv2D)
def conv2d(op: Conv2D, site: Site) -> Lowered:
    height, width, channels = site.inputs[0]
    pads = pads_of(op.padding, (height, width), op.kernel, op.stride, op.dilation)
    own = symmetric(pads)
    module = call(
        "nn.Conv2d",
        channels,
        op.filters,
        kernel_size=compact(op.kernel),
        **options(
            stride=(compact(op.stride), 1),
            padding=(compact(tuple(before for before, _ in pads)) if own else 0, 0),
            dilation=(compact(op.dilation), 1),
            groups=(op.groups, 1),
            bias=(op.bias, True),
        ),
    )
    if own:
        return Lowered(module, (activated(op.activation, call(MODULE, site.x), site.shape),))
    # Torch pads both ends alike: what it cannot say itself is padded before.
    return Lowered(
        module,
        (
            pad(site.x, pads),
            activated(op.activation, call(MODULE, PREVIOUS), site.shape),
        ),
        comment="`same`: the odd cell is at the far end" if op.padding == "same" else "",
    )
