"""A Keras model's weights and its optimizer's state under canonical names and in canonical layout.

Canonical is PyTorch's: a run that Keras began, PyTorch can continue, and the other way round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import keras
import numpy as np

from ...parts.checkpoint import Kept, State, show_draws
from ...parts.data import Array
from ...parts.init import weight_stream
from ...parts.weights import Shapes, read_weights

Axes: TypeAlias = tuple[int, ...] | tuple[tuple[int, ...], ...] | None
Table: TypeAlias = Mapping[type | str, tuple[tuple[str, str, Axes], ...]]
Draw: TypeAlias = Callable[[np.random.Generator, tuple[int, ...]], Array]


def all_layers(model: keras.Model) -> Iterator[keras.Layer]:
    """The layers of a model and of the models in it: a shared block is one."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from all_layers(layer)
        else:
            yield layer


def named_weights(model: keras.Model, table: Table) -> dict[str, tuple[keras.Variable, Axes]]:
    """Each weight by its canonical name, with the transpose that leads to Keras's layout."""
    return {
        f"{layer.name}.{name}": (weight, axes)
        for layer in all_layers(model)
        for name, attribute, axes in table.get(layer.name) or table.get(type(layer), ())
        if (weight := inner(layer, attribute)) is not None
    }


def inner(layer: Any, attribute: str) -> Any:
    """`cell.kernel` of a layer; None where it has no such weight."""
    for name in attribute.split("."):
        layer = getattr(layer, name, None)
    return layer


def groups(axes: tuple[Any, ...]) -> list[tuple[int, ...]]:
    """For each canonical axis the axes of Keras's array that it is made of."""
    if isinstance(axes[0], tuple):
        return list(axes)
    return [(int(axis),) for axis in np.argsort(axes)]


def to_keras(value: Array, axes: Axes, shape: tuple[int, ...]) -> Array:
    """A canonical array as a Keras weight of this shape."""
    if axes is None:
        return value
    order = [axis for group in groups(axes) for axis in group]
    return value.reshape([shape[axis] for axis in order]).transpose(np.argsort(order))


def to_canonical(value: Array, axes: Axes) -> Array:
    if axes is None:
        return value
    parts = groups(axes)
    sizes = [math.prod(value.shape[axis] for axis in group) for group in parts]
    value = value.transpose([axis for group in parts for axis in group])
    # A transposed view would be saved in its old layout.
    return np.ascontiguousarray(value.reshape(sizes))


def canonical_shape(weight: keras.Variable, axes: Axes) -> tuple[int, ...]:
    return to_canonical(weight.numpy(), axes).shape


def load_weights(path: Path, model: keras.Model, table: Table) -> None:
    """Put the weights of a safetensors file in a model that has exactly these."""
    weights = named_weights(model, table)
    shapes = {name: canonical_shape(weight, axes) for name, (weight, axes) in weights.items()}
    arrays = read_weights(path, shapes)
    for name, (weight, axes) in weights.items():
        weight.assign(to_keras(arrays[name], axes, weight.shape))


def draw_weights(model: keras.Model, table: Table, seed: int, kernel: Draw) -> None:
    """Draw kernels from streams that only seed and name decide.

    So they are alike in every framework. The rest stays what it is: offsets at 0, scales at 1.
    """
    for name, (weight, axes) in named_weights(model, table).items():
        shape = canonical_shape(weight, axes)
        if len(shape) > 1:
            weight.assign(to_keras(kernel(weight_stream(seed, name), shape), axes, weight.shape))


def draw_special(
    model: keras.Model, table: Table, seed: int, kernel: Draw, special: Mapping[str, Draw]
) -> None:
    """Draw kernels, and some weights by functions of their own, from streams that only seed and
    name decide."""
    for name, (weight, axes) in named_weights(model, table).items():
        shape = canonical_shape(weight, axes)
        draw = special.get(name, kernel if len(shape) > 1 else None)
        if draw is not None:
            weight.assign(to_keras(draw(weight_stream(seed, name), shape), axes, weight.shape))


class Weights(Kept):
    """Weights and statistics of a model under their names and in the layout of every framework."""

    def __init__(self, model: keras.Model, table: Table) -> None:
        named = named_weights(model, table)
        self.places = {f"model.{name}": place for name, place in named.items()}

    def shapes(self) -> Shapes:
        return {name: canonical_shape(w, axes) for name, (w, axes) in self.places.items()}

    def tensors(self) -> dict[str, Array]:
        return {name: to_canonical(w.numpy(), axes) for name, (w, axes) in self.places.items()}

    def restore(self, tensors: Mapping[str, Array], state: State) -> None:
        for name, (weight, axes) in self.places.items():
            weight.assign(to_keras(tensors[name], axes, weight.shape))


class Updates(Kept):
    """The number of updates so far."""

    def __init__(self, model: keras.Model) -> None:
        self.count = model.optimizer.iterations

    def state(self) -> State:
        return {"step": int(self.count.numpy())}

    def restore(self, tensors: Mapping[str, Array], state: State) -> None:
        self.count.assign(state["step"])


class Slots(Kept):
    """What an optimizer keeps for each weight, under PyTorch's names.

    attributes: of the optimizer, by the names of their slots.
    """

    def __init__(self, model: keras.Model, table: Table, **attributes: str) -> None:
        self.optimizer, self.attributes = model.optimizer, attributes
        self.optimizer.build(model.trainable_variables)
        place = {variable.path: i for i, variable in enumerate(model.trainable_variables)}
        self.places = {
            f"optimizer.{slot}.{name}": (variables[place[weight.path]], axes)
            for slot, variables in self.variables().items()
            for name, (weight, axes) in named_weights(model, table).items()
            if weight.path in place
        }

    def variables(self) -> dict[str, list[keras.Variable]]:
        """The variables of each slot, in the order of the trained weights."""
        return {slot: getattr(self.optimizer, name) for slot, name in self.attributes.items()}

    def shapes(self) -> Shapes:
        return {name: canonical_shape(slot, axes) for name, (slot, axes) in self.places.items()}

    def tensors(self) -> dict[str, Array]:
        places = self.places.items()
        return {name: to_canonical(slot.numpy(), axes) for name, (slot, axes) in places}

    def restore(self, tensors: Mapping[str, Array], state: State) -> None:
        for name, (slot, axes) in self.places.items():
            slot.assign(to_keras(tensors[name], axes, slot.shape))


class Moments(Slots):
    """Adam's moments; both frameworks keep the same numbers."""

    def __init__(self, model: keras.Model, table: Table) -> None:
        super().__init__(model, table, exp_avg="_momentums", exp_avg_sq="_velocities")


class Momentum(Slots):
    """SGD's momentum: Keras keeps PyTorch's buffer times the negative learning rate."""

    def __init__(self, model: keras.Model, table: Table) -> None:
        super().__init__(model, table, momentum_buffer="momentums")

    def tensors(self) -> dict[str, Array]:
        factor = self.factor()
        return {name: array / factor for name, array in super().tensors().items()}

    def restore(self, tensors: Mapping[str, Array], state: State) -> None:
        factor = self.factor()
        super().restore({name: tensors[name] * factor for name in self.places}, state)

    def factor(self) -> float:
        """What a canonical number is multiplied by to be Keras's."""
        # A float64 factor: the float32 velocity survives the way there and back bit for bit.
        return -np.float64(self.optimizer.learning_rate.numpy())


class Streams(Kept):
    """The state of each layer that draws random numbers: its seed and its number of calls."""

    def __init__(self, model: keras.Model) -> None:
        self.layers = {
            layer.name: layer.seed_generator.state
            for layer in all_layers(model)
            if hasattr(layer, "seed_generator")  # dropout of rate 0 draws nothing
        }

    def state(self) -> State:
        return {"dropout": {name: s.numpy().tolist() for name, s in self.layers.items()}}

    def restore(self, tensors: Mapping[str, Array], state: State) -> None:
        show_draws(state, "Keras")
        for name, variable in self.layers.items():
            # PyTorch keeps no stream: then this one stands where it would had Keras begun the run.
            begun = [int(variable.numpy()[0]), state["step"]]
            variable.assign(state.get("dropout", {}).get(name, begun))
