"""Transposed convolutions."""

from __future__ import annotations

from typing import TypeAlias

from specc.codegen.lowering import Lowered, Site
from specc.codegen.python.expressions import Expr, call, compact
from specc.codegen.python.options import options
from specc.ops.geometry import transposed
from specc.ops.transpose import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose

from .activation import activated
from .lowering import applied, cropped, lowers

_Op: TypeAlias = Conv1DTranspose | Conv2DTranspose | Conv3DTranspose


@lowers(Conv1DTranspose, Conv2DTranspose, Conv3DTranspose)
def conv_transpose(op: _Op, site: Site) -> Lowered:
    dims, part = site.inputs[0], op.part(site.inputs[0])
    axes = zip(dims[:-1], op.kernel, op.stride, strict=True)
    full = tuple(transposed(*axis, "valid", 0)[1] for axis in axes)
    starts = tuple(first for first, _ in part)
    # Torch's padding cuts as much off both ends, and its output padding gives back at the far one.
    more = tuple(
        size - (whole - 2 * first) for (first, size), whole in zip(part, full, strict=True)
    )
    if any(extra >= step for extra, step in zip(more, op.stride, strict=True)):
        # It may give back less than a stride: what is cut off the near end is then a slice.
        starts = (0,) * len(part)
        more = tuple(first + size - whole for (first, size), whole in zip(part, full, strict=True))
    module = call(
        f"nn.ConvTranspose{len(op.kernel)}d",
        dims[-1],
        op.filters,
        kernel_size=compact(op.kernel),
        **options(
            stride=(compact(op.stride), 1),
            padding=(compact(starts), 0),
            output_padding=(compact(tuple(max(extra, 0) for extra in more)), 0),
            bias=(op.bias, True),
        ),
    )
    made: Expr = applied(site.x, dims)
    cuts = tuple(
        (first - start, max(-extra, 0))
        for (first, _), start, extra in zip(part, starts, more, strict=True)
    )
    if any(map(sum, cuts)):
        made = cropped(made, cuts)
    return Lowered(module, (activated(op.activation, made, site.shape),))
