"""Transposed convolutions."""

from __future__ import annotations

from typing import TypeAlias

from specc.codegen.lowering import MODULE, Lowered, Site, Stored
from specc.codegen.python.expressions import Expr, call, compact
from specc.codegen.python.options import options
from specc.ops.base import Dims
from specc.ops.geometry import transposed
from specc.ops.transpose import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose

from .activation import folded
from .lowering import cropping, kernel_axes, lowers, regularized

_Op: TypeAlias = Conv1DTranspose | Conv2DTranspose | Conv3DTranspose


def _as_same(op: _Op) -> bool:
    """Whether Keras's own `same` may stand in the script."""
    if op.padding != "same":
        return False
    if op.output_padding is not None:
        # TensorFlow stops at even kernels without output padding.
        return all(size % 2 for size in op.kernel)
    # In three dimensions its gradient is wrong where the stride is above the kernel.
    axes = zip(op.kernel, op.stride, strict=True)
    return len(op.kernel) < 3 or all(size >= step for size, step in axes)


@lowers(Conv1DTranspose, Conv2DTranspose, Conv3DTranspose)
def conv_transpose(op: _Op, site: Site) -> Lowered:
    sizes, part = site.inputs[0][:-1], op.part(site.inputs[0])
    extra: Dims | None = op.output_padding
    crops = ((0, 0),) * len(sizes)
    same = _as_same(op)
    if not same:
        # What is wanted is cut out of the whole, `valid`, which `output_padding` may enlarge.
        ends = tuple(first + size for first, size in part)
        axes = tuple(zip(sizes, op.kernel, op.stride, strict=True))
        whole = tuple(transposed(*axis, "valid", None)[1] for axis in axes)
        extra = None
        if any(end > size for end, size in zip(ends, whole, strict=True)):
            full = tuple(transposed(*axis, "valid", 0)[1] for axis in axes)
            extra = tuple(max(end - size, 0) for end, size in zip(ends, full, strict=True))
            whole = tuple(map(max, full, ends))
        crops = tuple(
            (first, size - end) for (first, _), size, end in zip(part, whole, ends, strict=True)
        )
    activation, after = folded(op.activation, site.name)
    module = call(
        f"layers.Conv{len(sizes)}DTranspose",
        op.filters,
        kernel_size=compact(op.kernel),
        **options(
            strides=(compact(op.stride), 1),
            padding=("same" if same else "valid", "valid"),
            output_padding=(None if extra is None else compact(extra), None),
            use_bias=(op.bias, True),
        ),
        **activation,
        **regularized(op, "kernel"),
        name=site.name,
    )
    made: Expr = call(MODULE, site.x)
    if any(map(sum, crops)):
        made = call(cropping(crops, site.name.sub("crop")), made)
    kernel = Stored("weight", "kernel", kernel_axes(len(sizes)))
    bias = (Stored("bias", "bias"),) if op.bias else ()
    return Lowered(module, (made, *after), (kernel, *bias))
