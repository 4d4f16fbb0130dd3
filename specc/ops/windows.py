"""What layers with a window share: whether it fits, and the size that comes out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, TypeVar

from specc.ops.base import Dims, Problem
from specc.ops.geometry import Pad, pads_of, span_of, windows
from specc.ops.ranks import written

Padding: TypeAlias = str | tuple[Pad, ...]
SizeT = TypeVar("SizeT", bound=tuple[int, ...])
"""A number for each spatial axis: what families of layers of several ranks are generic in."""
PaddingT = TypeVar("PaddingT", bound=Padding)


def too_large(
    field: str,
    dims: Dims,
    window: Dims,
    padding: Padding,
    dilation: Dims | None = None,
) -> Iterator[Problem]:
    """A problem where no window fits into the padded input."""
    if padding in ("same", "causal"):
        return
    sizes, ones = dims[:-1], (1,) * len(window)
    pads = pads_of(padding, sizes, window, ones, dilation)
    room = tuple(size + sum(pad) for size, pad in zip(sizes, pads, strict=True))
    spans = tuple(map(span_of, window, dilation or ones))
    if any(span > size for span, size in zip(spans, room, strict=True)):
        padded = "padded " if any(map(sum, pads)) else ""
        dilated = "with its dilation " if spans != window else ""
        yield Problem(
            "E0303",
            f"{field} is larger than the {padded}{written(room)} input",
            field=field,
            label=f"{field} {dilated}is {written(spans)}",
            expected=f"at most {written(room)}",
            found=written(spans),
            help=f"use a smaller {field}, or `padding=same`",
        )


def slid(
    dims: Dims, window: Dims, stride: Dims, padding: Padding, dilation: Dims | None = None
) -> Dims:
    """The spatial sizes of what comes out."""
    sizes = dims[:-1]
    pads = pads_of(padding, sizes, window, stride, dilation)
    return tuple(map(windows, sizes, pads, window, stride, dilation or (1,) * len(window)))
