"""What layers with a window share: whether it fits, and the size that comes out."""

from __future__ import annotations

from collections.abc import Iterator

from specc.ops.base import Dims, Problem
from specc.ops.geometry import Pad, pads_of, span_of, windows
from specc.ops.ranks import written

Padding2D = str | tuple[Pad, ...]


def too_large(
    field: str,
    picture: Dims,
    window: Dims,
    padding: Padding2D,
    dilation: Dims = (1, 1),
) -> Iterator[Problem]:
    """A problem where no window fits into the padded picture."""
    if padding == "same":
        return
    pads = pads_of(padding, picture[:2], window, (1, 1), dilation)
    room = tuple(size + sum(pad) for size, pad in zip(picture, pads, strict=False))
    spans = tuple(map(span_of, window, dilation))
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
    picture: Dims, window: Dims, stride: Dims, padding: Padding2D, dilation: Dims = (1, 1)
) -> Dims:
    """Height and width of what comes out."""
    pads = pads_of(padding, picture[:2], window, stride, dilation)
    return tuple(map(windows, picture[:2], pads, window, stride, dilation))
