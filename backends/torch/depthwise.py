"""Depthwise and separable convolutions: convolutions with as many groups as channels."""

from __future__ import annotations

from typing import TypeAlias

from specc.codegen.lowering import PREVIOUS, Lowered, Site
from specc.codegen.python.expressions import Call, call, compact
from specc.codegen.python.options import options
from specc.ops.depthwise import DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D
from specc.ops.geometry import Pad, pads_of

from .activation import activated
from .lowering import WHY_PADDED, applied, lowers, pad, symmetric

_Op: TypeAlias = DepthwiseConv1D | DepthwiseConv2D | SeparableConv1D | SeparableConv2D


def _pads(op: _Op, site: Site) -> tuple[Pad, ...]:
    return pads_of(op.padding, site.inputs[0][:-1], op.kernel, op.stride, op.dilation)


def _depthwise(op: _Op, site: Site, *, bias: bool) -> Call:
    channels, pads = site.inputs[0][-1], _pads(op, site)
    own = tuple(before for before, _ in pads) if symmetric(pads) else (0,)
    return call(
        f"nn.Conv{len(op.kernel)}d",
        channels,
        channels * op.multiplier,
        kernel_size=compact(op.kernel),
        **options(
            stride=(compact(op.stride), 1),
            padding=(compact(own), 0),
            dilation=(compact(op.dilation), 1),
        ),
        groups=channels,
        **options(bias=(bias, True)),
    )


def _convolved(op: _Op, site: Site, module: Call) -> Lowered:
    dims, pads = site.inputs[0], _pads(op, site)
    if symmetric(pads):
        return Lowered(module, (activated(op.activation, applied(site.x, dims), site.shape),))
    # Torch pads both ends alike: what it cannot say itself is padded before.
    made = activated(op.activation, applied(PREVIOUS, dims), site.shape)
    comment = WHY_PADDED[op.padding] if isinstance(op.padding, str) else ""
    return Lowered(module, (pad(site.x, pads), made), comment=comment)


@lowers(DepthwiseConv1D, DepthwiseConv2D)
def depthwise(op: DepthwiseConv1D | DepthwiseConv2D, site: Site) -> Lowered:
    return _convolved(op, site, _depthwise(op, site, bias=op.bias))


@lowers(SeparableConv1D, SeparableConv2D)
def separable(op: SeparableConv1D | SeparableConv2D, site: Site) -> Lowered:
    inner = _depthwise(op, site, bias=False)
    channels = site.inputs[0][-1] * op.multiplier
    outer = call(
        f"nn.Conv{len(op.kernel)}d",
        channels,
        op.filters,
        kernel_size=1,
        **options(bias=(op.bias, True)),
    )
    return _convolved(op, site, call("SeparableConv", inner, outer))
