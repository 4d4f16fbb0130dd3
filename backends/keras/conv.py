"""Convolutions."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Refused, Site, Stored
from specc.codegen.python.expressions import Expr, call, compact
from specc.codegen.python.options import options
from specc.ops.base import Dims
from specc.ops.conv import Conv1D, Conv2D, Conv3D
from specc.ops.geometry import pads_of

from .activation import folded
from .lowering import kernel_axes, lowers, regularized, zero_padded


def _shifts(op: Conv1D | Conv2D | Conv3D, sizes: Dims) -> bool:
    """Whether TensorFlow would shift the windows of `same`: in three dimensions it does along axes
    where the last window ends before the last cell.
    """
    axes = zip(sizes, op.kernel, op.stride, strict=True)
    return len(sizes) == 3 and any((n - 1) // s * s + k < n for n, k, s in axes)


@lowers(Conv1D, Conv2D, Conv3D)
def conv(op: Conv1D | Conv2D | Conv3D, site: Site) -> Lowered:
    if max(op.stride) > 1 and max(op.dilation) > 1:
        raise Refused(
            "Keras has no convolution with both a stride and a dilation above 1",
            argument="dilation",
            help="give it `stride=1`, or leave the dilation out",
        )
    sizes = site.inputs[0][:-1]
    pads = pads_of(op.padding, sizes, op.kernel, op.stride, op.dilation)
    if _shifts(op, sizes):
        own = "valid"
    else:
        own = op.padding if isinstance(op.padding, str) and any(map(sum, pads)) else "valid"
    activation, after = folded(op.activation, site.name)
    module = call(
        f"layers.Conv{len(sizes)}D",
        op.filters,
        kernel_size=compact(op.kernel),
        **options(
            strides=(compact(op.stride), 1),
            padding=(own, "valid"),
            dilation_rate=(compact(op.dilation), 1),
            groups=(op.groups, 1),
            use_bias=(op.bias, True),
        ),
        **activation,
        **regularized(op, "kernel"),
        name=site.name,
    )
    x: Expr = zero_padded(site.x, pads, site.name) if own == "valid" else site.x
    kernel = Stored("weight", "kernel", kernel_axes(len(sizes)))
    bias = (Stored("bias", "bias"),) if op.bias else ()
    return Lowered(module, (call(MODULE, x), *after), (kernel, *bias))
