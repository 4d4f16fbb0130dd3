"""Metrics that are exact over a whole pass and there when it is over.

`fit` asks for a result after every batch, inside its compiled step: an empty dict says nothing.
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from sklearn.metrics import roc_auc_score


class ExactAUC(keras.metrics.Metric):
    """The area under the ROC curve of all samples of a pass, when it is over."""

    def update_state(self, y: tf.Tensor, logits: tf.Tensor, **weights: None) -> None:
        if not hasattr(self, "seen"):
            self.reset_state()
        tf.numpy_function(lambda *pair: self.seen.append(pair), [y, logits], [])

    def result(self) -> float | dict[str, float]:
        return roc_auc_score(*np.concatenate(self.seen, axis=1)) if tf.executing_eagerly() else {}

    def reset_state(self) -> None:
        self.seen: list[tuple[np.ndarray, ...]] = []


class MacroAUC(keras.metrics.Metric):
    """The mean area under the ROC curve of each class of a pass, when it is over."""

    def __init__(self, classes: int, name: str) -> None:
        super().__init__(name=name)
        self.classes = classes
        self.reset_state()

    def update_state(self, y: tf.Tensor, logits: tf.Tensor, **weights: None) -> None:
        scores = ops.reshape(ops.softmax(logits), [-1, self.classes])
        onehot = ops.one_hot(ops.reshape(ops.cast(y, "int32"), [-1]), self.classes)
        tf.numpy_function(lambda *pair: self.seen.append(pair), [onehot, scores], [])

    def result(self) -> float | dict[str, float]:
        return roc_auc_score(*np.concatenate(self.seen, axis=1)) if tf.executing_eagerly() else {}

    def reset_state(self) -> None:
        self.seen: list[tuple[np.ndarray, ...]] = []
