"""TensorFlow as exact as its numbers are: it takes constants through float32 by the way.

A script computes in float32, where nothing is lost by that. In float64, which is what decides
whether two scripts mean the same, it hides differences below 1e-7; here the very same operations
get the constants that stand in a script. Each entry is shown in tests/test_exact.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import tensorflow as tf
from tensorflow.python.ops import math_ops


def _whole_cast(original: Callable[..., Any]) -> Callable[..., Any]:
    """`tf.cast` that keeps a Python float's 53 bits."""

    def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
        if isinstance(x, float) and tf.as_dtype(dtype).is_floating:
            return tf.convert_to_tensor(x, dtype)
        return original(x, dtype, name)

    return cast


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


@contextmanager
def exact(dtype: str) -> Iterator[None]:
    """dtype: the precision in which everything runs meanwhile."""
    with ExitStack() as stack:
        for place, name, replaced in (
            (tf, "cast", _whole_cast(tf.cast)),
            (math_ops, "cast", _whole_cast(math_ops.cast)),  # what TensorFlow itself calls
            (tf.nn, "leaky_relu", _leaky_relu),
            (tf.math, "in_top_k", _in_top_k(tf.math.in_top_k)),
            (tf, "zeros", _zeros(tf.zeros, dtype)),
        ):
            stack.enter_context(patch.object(place, name, replaced))
        yield
