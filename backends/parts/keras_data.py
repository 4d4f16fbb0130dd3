"""The batches of a pass, as `fit` and `evaluate` take them."""

from __future__ import annotations

import keras
import numpy as np

from .data import Array, Part, Scale, batch, epoch_order


class Batches(keras.utils.PyDataset):
    """A part of the data in batches; `limit` leaves out those beyond so many."""

    def __init__(self, part: Part, size: int, scale: Scale, limit: int | None = None) -> None:
        super().__init__()
        self.part, self.size, self.scale, self.limit = part, size, scale, limit
        self.order = np.arange(len(part))

    def __len__(self) -> int:
        steps = -(-len(self.part) // self.size)
        return steps if self.limit is None else min(steps, self.limit)

    def __getitem__(self, index: int) -> tuple[Array, Array]:
        start = index * self.size
        return batch(self.part, self.order[start : start + self.size], self.scale)

    def reorder(self, seed: int, epoch: int) -> None:
        """Take the order of an epoch; Keras counts epochs from 0."""
        self.order = epoch_order(seed, epoch, len(self.part))
