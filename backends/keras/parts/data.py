"""The batches of a pass, as `fit` and `evaluate` take them: inputs and targets by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from ...parts.data import Array, Arrays, Part, Scales, count_batches, epoch_order, make_batch

Tensors: TypeAlias = dict[str, tf.Tensor]


class Batches:
    """A part of the data in batches up to a limit, in its own order or in that of an epoch."""

    def __init__(self, part: Part, size: int, scale: Scales, limit: int | None) -> None:
        self.part, self.size, self.scale = part, size, scale
        self.steps = count_batches(len(part), size, limit)
        self.order = np.arange(len(part))

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> tuple[Arrays, Arrays]:
        start = index * self.size
        return make_batch(self.part, self.order[start : start + self.size], self.scale)

    def reorder(self, seed: int, epoch: int) -> None:
        self.order = epoch_order(seed, epoch, len(self.part))

    def stream(self, unpack: Callable[[Tensors, Tensors], tuple[Any, Any]]) -> tf.data.Dataset:
        """The batches as TensorFlow reads them, anew in each pass and two ahead of the training.

        unpack: what the model and its loss take of inputs and targets.
        """
        structure = self[0]
        kinds = [
            tf.TensorSpec([None, *array.shape[1:]], array.dtype)
            for array in tf.nest.flatten(structure)
        ]

        def flat(index: int) -> list[Array]:
            arrays: list[Array] = tf.nest.flatten(self[index])
            return arrays

        def load(index: tf.Tensor) -> tuple[Any, Any]:
            arrays = tf.numpy_function(flat, [index], [kind.dtype for kind in kinds])
            pairs = zip(arrays, kinds, strict=True)
            tensors = [tf.ensure_shape(array, kind.shape) for array, kind in pairs]
            return unpack(*tf.nest.pack_sequence_as(structure, tensors))

        return tf.data.Dataset.range(self.steps).map(load).prefetch(2)
