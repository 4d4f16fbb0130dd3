"""Convolutions."""

from __future__ import annotations

from specc.codegen.lowering import PREVIOUS, Lowered, Site
from specc.codegen.python.expressions import call, compact
from specc.codegen.python.options import options
from specc.ops.conv import Conv1D, Conv2D, Conv3D
from specc.ops.geometry import pads_of

from .activation import activated
from .lowering import WHY_PADDED, applied, lowers, pad, symmetric


@lowers(Conv1D, Conv2D, Conv3D)
def conv(op: Conv1D | Conv2D | Conv3D, site: Site) -> Lowered:
    dims = site.inputs[0]
    pads = pads_of(op.padding, dims[:-1], op.kernel, op.stride, op.dilation)
    own = symmetric(pads)
    module = call(
        f"nn.Conv{len(pads)}d",
        dims[-1],
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
        return Lowered(module, (activated(op.activation, applied(site.x, dims), site.shape),))
    # Torch pads both ends alike: what it cannot say itself is padded before.
    made = activated(op.activation, applied(PREVIOUS, dims), site.shape)
    comment = WHY_PADDED[op.padding] if isinstance(op.padding, str) else ""
    return Lowered(module, (pad(site.x, pads), made), comment=comment)
