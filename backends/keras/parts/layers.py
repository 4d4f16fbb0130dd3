"""Layers that Keras does not have; scripts that need one get it as it is here."""

from __future__ import annotations

from typing import Any

import keras
from keras import KerasTensor, ops


@keras.saving.register_keras_serializable("specc")
class LocalResponseNorm(keras.layers.Layer):
    """Divides each number by the strength of the `size` channels around it."""

    def __init__(self, size: int, *, alpha: float, beta: float, k: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def call(self, x: KerasTensor) -> KerasTensor:
        half, channels = self.size // 2, x.shape[-1]
        around = ((0, 0),) * (len(x.shape) - 1) + ((half, half),)
        squares = ops.pad(ops.square(x), around)
        total = sum(squares[..., i : i + channels] for i in range(self.size))
        return x / ops.power(self.k + self.alpha * total, self.beta)

    def get_config(self) -> dict[str, Any]:
        own = {"size": self.size, "alpha": self.alpha, "beta": self.beta, "k": self.k}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("specc")
class LayerScale(keras.layers.Layer):
    """Multiplies each channel by a learned number."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.scale = self.add_weight(name="scale", shape=shape[-1:], initializer="ones")

    def call(self, x: KerasTensor) -> KerasTensor:
        return x * self.scale


@keras.saving.register_keras_serializable("specc")
class DynamicTanh(keras.layers.Layer):
    """The tanh of a learned multiple, scaled and shifted for each channel."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.alpha = self.add_weight(name="alpha", shape=(1,), initializer="ones")
        self.scale = self.add_weight(name="scale", shape=shape[-1:], initializer="ones")
        self.offset = self.add_weight(name="offset", shape=shape[-1:], initializer="zeros")

    def call(self, x: KerasTensor) -> KerasTensor:
        return self.scale * ops.tanh(self.alpha * x) + self.offset


@keras.saving.register_keras_serializable("specc")
class PositionEmbedding(keras.layers.Layer):
    """Adds a learned vector to each place of a sequence."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.places = self.add_weight(name="places", shape=shape[1:], initializer="zeros")

    def call(self, x: KerasTensor) -> KerasTensor:
        return x + self.places


@keras.saving.register_keras_serializable("specc")
class ClassToken(keras.layers.Layer):
    """Puts a learned place before a sequence."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.token = self.add_weight(name="token", shape=shape[-1:], initializer="zeros")

    def call(self, x: KerasTensor) -> KerasTensor:
        first = ops.broadcast_to(self.token, (ops.shape(x)[0], 1, x.shape[-1]))
        return ops.concatenate([first, x], axis=1)


@keras.saving.register_keras_serializable("specc")
class Embedding(keras.layers.Embedding):
    """layers.Embedding with one gradient for each row of its table.

    Keras's own has one for each reading, and Adam squares them before they are added up.
    """

    def call(self, x: KerasTensor) -> KerasTensor:
        return ops.take(1.0 * self.embeddings, ops.cast(x, "int32"), axis=0)


@keras.saving.register_keras_serializable("specc")
class GRUCell(keras.layers.GRUCell):
    """layers.GRUCell whose weights lie as PyTorch's: reset before update, two biases apart."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        wide = 3 * self.units
        self.weight_ih = self.add_weight(
            name="weight_ih", shape=(shape[-1], wide), regularizer=self.kernel_regularizer
        )
        self.weight_hh = self.add_weight(
            name="weight_hh", shape=(self.units, wide), regularizer=self.recurrent_regularizer
        )
        self.bias_ih = self.add_weight(name="bias_ih", shape=(wide,), initializer="zeros")
        self.bias_hh = self.add_weight(name="bias_hh", shape=(wide,), initializer="zeros")

    @property
    def kernel(self) -> KerasTensor:
        return update_first(self.weight_ih)

    @property
    def recurrent_kernel(self) -> KerasTensor:
        return update_first(self.weight_hh)

    @property
    def bias(self) -> KerasTensor:
        return ops.stack([update_first(self.bias_ih), update_first(self.bias_hh)])


@keras.saving.register_keras_serializable("specc")
class GRU(keras.layers.GRU):
    """layers.GRU, its fast kernels on a GPU included, with the cell above."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(units, **options)
        self.cell: GRUCell = GRUCell.from_config(self.cell.get_config())


def update_first(gates: KerasTensor) -> KerasTensor:
    """Gates in Keras's order, from those in PyTorch's."""
    reset, update, new = ops.split(gates, 3, axis=-1)
    return ops.concatenate([update, reset, new], axis=-1)
