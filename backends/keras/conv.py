"""Convolutions."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Refused, Site, Stored
from specc.codegen.options import options
from specc.codegen.pyexpr import Expr, call, compact
from specc.ops.conv import Conv2D
from specc.ops.geometry import pads_of

from .activation import folded
from .lowering import lowers, zero_padded

_STORED = (Stored("weight", "kernel", (2, 3, 1, 0)), Stored("bias", "bias"))


@lowers(Conv2D)
def conv2d(op: Conv2D, site: Site) -> Lowered:
    if max(op.stride) > 1 and max(op.dilation) > 1:
        raise Refused(
            "Keras has no convolution with both a stride and a dilation above 1",
            argument="dilation",
            help="give it `stride=1`, or leave the dilation out",
        )
    pads = pads_of(op.padding, site.inputs[0][:2], op.kernel, op.stride, op.dilation)
    same = op.padding == "same"
    activation, after = folded(op.activation, site.name)
    module = call(
        "layers.Conv2D",
        op.filters,
        kernel_size=compact(op.kernel),
        **options(
            strides=(compact(op.stride), 1),
            padding=("same" if same and any(map(sum, pads)) else "valid", "valid"),
            dilation_rate=(compact(op.dilation), 1),
            groups=(op.groups, 1),
            use_bias=(op.bias, True),
        ),
        **activation,
        name=site.name,
    )
    x: Expr = site.x if same else zero_padded(site.x, pads, site.name)
    return Lowered(module, (call(MODULE, x), *after), _STORED if op.bias else _STORED[:1])
