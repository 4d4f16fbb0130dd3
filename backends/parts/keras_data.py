"""The batches of a pass, as `fit` and `evaluate` take them."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from .data import Array, Part, Scale, batch, count_batches, epoch_order


class Batches:
    """A part of the data in batches up to a limit, in its own order or in that of an epoch."""

    def __init__(self, part: Part, size: int, scale: Scale, limit: int | None) -> None:
        self.part, self.size, self.scale = part, size, scale
        self.steps = count_batches(len(part), size, limit)
        self.order = np.arange(len(part))

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> tuple[Array, Array]:
        start = index * self.size
        return batch(self.part, self.order[start : start + self.size], self.scale)

    def reorder(self, seed: int, epoch: int) -> None:
        self.order = epoch_order(seed, epoch, len(self.part))

    def stream(self) -> tf.data.Dataset:
        """The batches as TensorFlow reads them, anew in each pass and two ahead of the training."""
        kinds = [tf.TensorSpec([None, *array.shape[1:]], array.dtype) for array in self[0]]

        def load(index: tf.Tensor) -> tuple[tf.Tensor, ...]:
            arrays = tf.numpy_function(self.__getitem__, [index], [kind.dtype for kind in kinds])
            pairs = zip(arrays, kinds, strict=True)
            return tuple(tf.ensure_shape(array, kind.shape) for array, kind in pairs)

        return tf.data.Dataset.range(self.steps).map(load).prefetch(2)
