"""Depthwise and separable convolutions."""

from __future__ import annotations

from typing import Any, TypeAlias

from specc.codegen.lowering import MODULE, Lowered, Refused, Site, Stored
from specc.codegen.python.expressions import Expr, call, compact
from specc.codegen.python.options import options
from specc.ops.depthwise import DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D
from specc.ops.geometry import pads_of

from .activation import folded
from .lowering import depthwise_kernel, kernel_axes, lowers, regularized, zero_padded

_Op: TypeAlias = DepthwiseConv1D | DepthwiseConv2D | SeparableConv1D | SeparableConv2D


def _windowed(op: _Op, site: Site) -> tuple[Expr, dict[str, Any]]:
    """The padded input, and the arguments that both kinds of layer take."""
    if len(set(op.stride)) > 1:
        raise Refused(
            "TensorFlow has no depthwise convolution with different strides along the axes",
            argument="stride",
            help=f"give it `stride={min(op.stride)}`",
        )
    pads = pads_of(op.padding, site.inputs[0][:-1], op.kernel, op.stride, op.dilation)
    same = op.padding == "same" and any(map(sum, pads))
    return site.x if same else zero_padded(site.x, pads, site.name), options(
        strides=(compact(op.stride), 1),
        padding=("same" if same else "valid", "valid"),
        depth_multiplier=(op.multiplier, 1),
        dilation_rate=(compact(op.dilation), 1),
        use_bias=(op.bias, True),
    )


@lowers(DepthwiseConv1D, DepthwiseConv2D)
def depthwise(op: DepthwiseConv1D | DepthwiseConv2D, site: Site) -> Lowered:
    x, given = _windowed(op, site)
    activation, after = folded(op.activation, site.name)
    module = call(
        f"layers.DepthwiseConv{len(op.kernel)}D",
        kernel_size=compact(op.kernel),
        **given,
        **activation,
        **regularized(op, "depthwise"),
        name=site.name,
    )
    kernel = depthwise_kernel("weight", "kernel", len(op.kernel))
    bias = (Stored("bias", "bias"),) if op.bias else ()
    return Lowered(module, (call(MODULE, x), *after), (kernel, *bias))


@lowers(SeparableConv1D, SeparableConv2D)
def separable(op: SeparableConv1D | SeparableConv2D, site: Site) -> Lowered:
    x, given = _windowed(op, site)
    activation, after = folded(op.activation, site.name)
    module = call(
        f"layers.SeparableConv{len(op.kernel)}D",
        op.filters,
        kernel_size=compact(op.kernel),
        **given,
        **activation,
        **regularized(op, "depthwise", "pointwise"),
        name=site.name,
    )
    stored = (
        depthwise_kernel("depthwise.weight", "depthwise_kernel", len(op.kernel)),
        Stored("pointwise.weight", "pointwise_kernel", kernel_axes(len(op.kernel))),
        *((Stored("pointwise.bias", "bias"),) if op.bias else ()),
    )
    return Lowered(module, (call(MODULE, x), *after), stored)
