"""The batches of a pass, as `fit` and `evaluate` take them."""

from __future__ import annotations

import keras
import numpy as np

from .data import Array, Part, Scale, batch, count_batches, epoch_order


class Batches(keras.utils.PyDataset):
    """A part of the data in batches up to a limit, in its own order or in that of an epoch."""

    def __init__(self, part: Part, size: int, scale: Scale, limit: int | None) -> None:
        super().__init__()
        self.part, self.size, self.scale = part, size, scale
        self.steps = count_batches(len(part), size, limit)
        self.order = np.arange(len(part))

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> tuple[Array, Array]:
        start = index * self.size
        return batch(self.part, self.order[start : start + self.size], self.scale)

    def reorder(self, seed: int, epoch: int) -> None:
        # Not from `on_epoch_end`: Keras calls that before the first epoch, too.
        self.order = epoch_order(seed, epoch, len(self.part))
