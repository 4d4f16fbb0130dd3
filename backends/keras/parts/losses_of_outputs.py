"""What Keras lacks for models of several outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops


class LossPerOutput(keras.Model):
    """A model that learns the weighted sum of a loss for each output.

    Keras itself takes the mean over batches for each loss's own figure, in which a smaller last
    batch counts as much as a whole one; here all samples count the same.
    """

    def compile(
        self,
        optimizer: keras.Optimizer,
        loss: Mapping[str, keras.losses.Loss],
        loss_weights: Mapping[str, float],
        **options: Any,
    ) -> None:
        self.loss_of, self.weight_of = loss, loss_weights
        self.means = {name: keras.metrics.Mean(name=f"{name}_loss") for name in loss}
        super().compile(optimizer, **options)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        total = sum(self.losses)  # of layers
        for name, loss in self.loss_of.items():
            value = loss(y[name], y_pred[name])
            self.means[name].update_state(value, sample_weight=ops.shape(y[name])[0])
            total += self.weight_of[name] * value
        return total
