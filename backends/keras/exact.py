"""TensorFlow as exact as its numbers are: some things it has in float32 alone.

A script computes in float32, where nothing is lost by that. In float64, which is what decides
whether two scripts mean the same, it hides differences below 1e-7. Here operations get the
constants that stand in a script whole, and pools of volumes and resizes, of which TensorFlow has no
float64 on processors, are put together from smaller ones. Each entry is shown in
tests/test_exact.py, these also to be what TensorFlow's own compute in float32.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.ops import math_ops

from specc.ops.geometry import same_pads, windows

_VOLUMES = 5
"""Axes of a batch of volumes."""


def _whole_cast(original: Callable[..., Any]) -> Callable[..., Any]:
    """`tf.cast` that keeps a Python float's 53 bits."""

    def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
        if isinstance(x, float) and tf.as_dtype(dtype).is_floating:
            return tf.convert_to_tensor(x, dtype)
        return original(x, dtype, name)

    return cast


def _whole_tensor(original: Callable[..., Any], precision: str) -> Callable[..., Any]:
    """`tf.convert_to_tensor` that makes of Python floats numbers of the precision of the run."""

    def tensor(value: Any, dtype: Any = None, **options: Any) -> Any:
        first = value[0] if isinstance(value, list | tuple) and value else value
        if dtype is None and isinstance(first, float):
            dtype = precision
        return original(value, dtype, **options)

    return tensor


def _leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Any:
    """TensorFlow's own keeps its slope as an attribute of 32 bits."""
    return tf.where(features > 0, features, tf.constant(alpha, features.dtype) * features)


def _in_top_k(original: Callable[..., Any]) -> Callable[..., Any]:
    """A metric that TensorFlow has in float32 alone."""

    def in_top_k(targets: Any, predictions: Any, k: int, **options: Any) -> Any:
        return original(targets, tf.cast(predictions, tf.float32), k, **options)

    return in_top_k


def _zeros(original: Callable[..., Any], dtype: str) -> Callable[..., Any]:
    """`tf.zeros` whose default is the precision of the run: metrics of scripts begin with it."""

    def zeros(shape: Any, dtype: Any = dtype, **options: Any) -> Any:
        return original(shape, dtype, **options)

    return zeros


def _volume_pool(original: Callable[..., Any], *, mean: bool) -> Callable[..., Any]:
    """`tf.nn.max_pool` or `tf.nn.avg_pool` that has volumes in float64 too."""

    def pool(x: Any, size: Any, strides: Any, padding: str, *rest: Any, **options: Any) -> Any:
        if x.dtype != tf.float64 or len(x.shape) != _VOLUMES:
            return original(x, size, strides, padding, *rest, **options)
        axes = list(zip(x.shape[1:-1], size, strides, strict=True))
        pads = [same_pads(*axis) if padding.upper() == "SAME" else (0, 0) for axis in axes]
        steps = list(zip(pads, axes, strict=True))
        counts = [windows(n, pad, k, s) for pad, (n, k, s) in steps]
        if not mean:
            return tf.reduce_max(_taps(x, pads, size, strides, counts, -np.inf), axis=0)
        total = tf.reduce_sum(_taps(x, pads, size, strides, counts, 0.0), axis=0)
        seen = tf.reduce_sum(_taps(tf.ones_like(x), pads, size, strides, counts, 0.0), axis=0)
        return total / seen  # cells of the padding do not count

    return pool


def _named_pool(original: Callable[..., Any]) -> Callable[..., Any]:
    """`tf.nn.pool`, which Keras pools adaptively with, led to the two above."""

    def pool(x: Any, window_shape: Any, pooling_type: str, **options: Any) -> Any:
        if x.dtype != tf.float64 or len(x.shape) != _VOLUMES:
            return original(x, window_shape, pooling_type, **options)
        chosen = tf.nn.max_pool if pooling_type == "MAX" else tf.nn.avg_pool
        return chosen(x, window_shape, **options)

    return pool


def _taps(x: Any, pads: Any, size: Any, strides: Any, counts: Any, empty: float) -> Any:
    """For each place in a window, what stands there in all windows: a first axis of them."""
    padded = tf.pad(x, [(0, 0), *pads, (0, 0)], constant_values=empty)
    found = []
    for place in itertools.product(*map(range, size)):
        ranges = (
            slice(first, first + (count - 1) * step + 1, step)
            for first, count, step in zip(place, counts, strides, strict=True)
        )
        found.append(padded[(slice(None), *ranges)])
    return tf.stack(found)


def _resize(original: Callable[..., Any]) -> Callable[..., Any]:
    """`tf.image.resize` that has float64 too: along each axis a product with a matrix."""

    def resize(x: Any, size: Any, method: str = "bilinear", **options: Any) -> Any:
        if x.dtype != tf.float64 or method == "nearest":
            return original(x, size, method=method, **options)
        smooth = bool(options.get("antialias"))
        rows, columns = (
            _shares(old, int(new), method, smooth)
            for old, new in zip(x.shape[1:3], size, strict=True)
        )
        return tf.einsum("ih,nhwc,jw->nijc", rows, x, columns)

    return resize


def _shares(old: int, new: int, method: str, smooth: bool) -> NDArray[np.float64]:
    """How much each of `old` cells counts in each of `new` ones, by the distance of the middles."""
    scale = old / new
    middles = (np.arange(new) + 0.5) * scale
    wide = max(scale, 1.0) if smooth else 1.0
    away = np.abs(middles[:, None] - (np.arange(old) + 0.5)) / wide
    if method == "bilinear":
        shares = np.maximum(1 - away, 0)
    else:  # the cubic of Keys 1981, a = -1/2
        near = (1.5 * away - 2.5) * away**2 + 1
        far = ((2.5 - 0.5 * away) * away - 4) * away + 2
        shares = np.where(away < 1, near, np.where(away < 2, far, 0))  # noqa: PLR2004
    # What would lie beyond the border does not count.
    found: NDArray[np.float64] = shares / shares.sum(axis=1, keepdims=True)
    return found


@contextmanager
def exact(dtype: str) -> Iterator[None]:
    """dtype: the precision in which everything runs meanwhile."""
    with ExitStack() as stack:
        for place, name, replaced in (
            (tf, "cast", _whole_cast(tf.cast)),
            (math_ops, "cast", _whole_cast(math_ops.cast)),  # what TensorFlow itself calls
            (tf, "convert_to_tensor", _whole_tensor(tf.convert_to_tensor, dtype)),
            (tf.nn, "leaky_relu", _leaky_relu),
            (tf.nn, "max_pool", _volume_pool(tf.nn.max_pool, mean=False)),
            (tf.nn, "avg_pool", _volume_pool(tf.nn.avg_pool, mean=True)),
            (tf.nn, "pool", _named_pool(tf.nn.pool)),
            (tf.image, "resize", _resize(tf.image.resize)),
            (tf.math, "in_top_k", _in_top_k(tf.math.in_top_k)),
            (tf, "zeros", _zeros(tf.zeros, dtype)),
        ):
            stack.enter_context(patch.object(place, name, replaced))
        yield


@contextmanager
def drawn(dtype: str) -> Iterator[None]:
    """Keras's dropout and noise take their random numbers from another precision's stream."""
    uniform, normal = tf.random.stateless_uniform, tf.random.stateless_normal

    def dropout(x: Any, rate: float, seed: Any, noise_shape: Any = None, **options: Any) -> Any:
        shape = tf.shape(x) if noise_shape is None else noise_shape
        kept = uniform(shape, seed=seed, dtype=dtype) >= rate
        return tf.where(kept, x * (1 / (1 - rate)), tf.zeros_like(x))

    def noise(shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, **options: Any) -> Any:
        made = tf.cast(normal(shape, seed=seed, dtype=dtype), options["dtype"])
        return mean + stddev * made

    with (
        patch.object(tf.nn.experimental, "stateless_dropout", dropout),
        patch.object(tf.random, "stateless_normal", noise),
    ):
        yield
