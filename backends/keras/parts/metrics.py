"""Metrics that are exact over a whole pass, worked out with NumPy at its end.

`fit` asks for a result after every batch, inside its compiled step, and once more outside it when
the pass is over. An empty dict is a result without numbers: a metric that is not ready yet shows
nothing rather than something wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from ...parts.data import Array


class ClassCounts(keras.metrics.Metric):
    """A figure of the counts of (class, predicted class)."""

    def __init__(self, name: str, figure: Callable[[Array], float], classes: int) -> None:
        super().__init__(name=name)
        self.classes, self.figure = classes, figure
        self.counts = self.add_variable((classes, classes), "zeros", dtype="int64")

    def count(self, y_true: Any, predicted: Any) -> None:
        labels, predicted = ops.reshape(y_true, [-1]), ops.reshape(predicted, [-1])
        counts = tf.math.confusion_matrix(labels, predicted, self.classes, dtype="int64")
        self.counts.assign_add(counts)

    def result(self) -> float | dict[str, float]:
        return self.figure(self.counts.numpy()) if tf.executing_eagerly() else {}


class Confusion(ClassCounts):
    """The same where the largest of several logits tells the class."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.count(y_true, ops.argmax(y_pred, axis=-1))


class BinaryConfusion(ClassCounts):
    """The same for a single logit, which tells two classes."""

    def __init__(self, name: str, figure: Callable[[Array], float]) -> None:
        super().__init__(name, figure, 2)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.count(y_true, y_pred > 0)


class CollectedScores(keras.metrics.Metric):
    """A figure of the scores and labels of all samples of a pass."""

    def __init__(self, name: str, figure: Callable[[Array, Array], float], classes: int) -> None:
        super().__init__(name=name)
        self.figure = figure
        # Variables of TensorFlow: those of Keras have a fixed shape, these grow over the pass.
        self.scores = tf.Variable(tf.zeros([0, classes]), shape=[None, classes])
        self.labels = tf.Variable(tf.zeros([0], tf.int64), shape=[None])

    def collect(self, y_true: Any, scores: Any) -> None:
        scores = ops.reshape(scores, [-1, self.scores.shape[1]])
        labels = ops.cast(ops.reshape(y_true, [-1]), "int64")
        self.scores.assign(ops.concatenate([self.scores, scores]))
        self.labels.assign(ops.concatenate([self.labels, labels]))

    def result(self) -> float | dict[str, float]:
        if not tf.executing_eagerly():
            return {}
        return self.figure(self.scores.numpy(), self.labels.numpy())

    def reset_state(self) -> None:
        self.scores.assign(self.scores[:0])
        self.labels.assign(self.labels[:0])


class Ranking(CollectedScores):
    """The same of probabilities, a column for each class."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.collect(y_true, ops.softmax(y_pred))


class BinaryRanking(CollectedScores):
    """The same of a single logit, which ranks as its probability does."""

    def __init__(self, name: str, figure: Callable[[Array, Array], float]) -> None:
        super().__init__(name, figure, 1)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.collect(y_true, y_pred)
