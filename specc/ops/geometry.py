"""The arithmetic of windows: the only place that knows it."""

from __future__ import annotations

from typing import TypeAlias

Pad: TypeAlias = tuple[int, int]


def span_of(kernel: int, dilation: int = 1) -> int:
    """Cells from a window's first tap to its last."""
    return (kernel - 1) * dilation + 1


def same_pads(size: int, kernel: int, stride: int, dilation: int = 1) -> Pad:
    """Cells that `same` adds before and after an axis; an odd one goes to the far end."""
    out = -(-size // stride)
    total = max((out - 1) * stride + span_of(kernel, dilation) - size, 0)
    return total // 2, total - total // 2


def ceil_pads(size: int, kernel: int, stride: int) -> Pad:
    """Cells after an axis for a last window that hangs over its end but begins inside."""
    out = min(-(-(size - kernel) // stride) + 1, -(-size // stride))
    return 0, max((out - 1) * stride + kernel - size, 0)


def pads_of(
    padding: str | tuple[Pad, ...],
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...] | None = None,
) -> tuple[Pad, ...]:
    """The cells that a padding adds on each axis, as numbers."""
    if padding == "valid":
        return ((0, 0),) * len(sizes)
    dilation = dilation or (1,) * len(sizes)
    if padding == "causal":
        return tuple((span_of(*axis) - 1, 0) for axis in zip(kernel, dilation, strict=True))
    if padding == "ceil":
        return tuple(map(ceil_pads, sizes, kernel, stride))
    if padding == "same":
        return tuple(map(same_pads, sizes, kernel, stride, dilation))
    assert not isinstance(padding, str)
    return padding


def transposed(
    size: int, kernel: int, stride: int, padding: str | Pad, extra: int | None
) -> tuple[int, int]:
    """Where the output of a transposed convolution begins in the full one, and its size.

    The full one has a window for each cell: (size - 1) * stride + kernel. It is thought of with
    zeros beyond its end. extra: the output padding.
    """
    full = (size - 1) * stride + kernel
    if padding == "valid":
        return 0, full + (max(stride - kernel, 0) if extra is None else extra)
    if padding == "same":
        out = size * stride if extra is None else (size - 1) * stride + kernel % 2 + extra
        return max(full - out, 0) // 2, out
    assert not isinstance(padding, str)
    return padding[0], full - sum(padding) + (extra or 0)


def windows(size: int, pad: Pad, kernel: int, stride: int, dilation: int = 1) -> int:
    """How many windows fit along a padded axis; below 1 when none does."""
    return (size + sum(pad) - span_of(kernel, dilation)) // stride + 1
