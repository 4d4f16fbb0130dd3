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

from .checkpoint import State
from .data import Array
from .init import weight_stream
from .weights import EXACT, check_tensors, read_weights

Axes: TypeAlias = tuple[int, ...] | tuple[tuple[int, ...], ...] | None
Table: TypeAlias = Mapping[type | str, tuple[tuple[str, str, Axes], ...]]
Draw: TypeAlias = Callable[[np.random.Generator, tuple[int, ...]], Array]
Slots: TypeAlias = Callable[[keras.Optimizer], dict[str, tuple[list[keras.Variable], float]]]


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


def draw_weights(
    model: keras.Model,
    table: Table,
    seed: int,
    kernel: Draw,
    special: Mapping[str, Draw] | None = None,
) -> None:
    """Draw kernels and special weights from streams that only seed and name decide.

    So they are alike in every framework. The rest stays what it is: offsets at 0, scales at 1.
    """
    for name, (weight, axes) in named_weights(model, table).items():
        shape = canonical_shape(weight, axes)
        draw = (special or {}).get(name, kernel if len(shape) > 1 else None)
        if draw is not None:
            weight.assign(to_keras(draw(weight_stream(seed, name), shape), axes, weight.shape))


def adam_slots(optimizer: keras.Optimizer) -> dict[str, tuple[list[keras.Variable], float]]:
    """Adam's moments; both frameworks keep the same numbers."""
    return {"exp_avg": (optimizer._momentums, 1.0), "exp_avg_sq": (optimizer._velocities, 1.0)}


def momentum_slots(optimizer: keras.Optimizer) -> dict[str, tuple[list[keras.Variable], float]]:
    """SGD's momentum: Keras keeps PyTorch's buffer times the negative learning rate."""
    # A float64 factor: the float32 velocity survives the way there and back bit for bit.
    factor = -np.float64(optimizer.learning_rate.numpy())
    return {"momentum_buffer": (optimizer.momentums, factor)}


def no_slots(optimizer: keras.Optimizer) -> dict[str, tuple[list[keras.Variable], float]]:
    """Plain SGD keeps nothing."""
    return {}


def slot_variables(
    model: keras.Model, table: Table, slots: Slots
) -> dict[str, tuple[keras.Variable, Axes, float]]:
    """Each variable of the optimizer by its canonical name: variable, transpose, factor."""
    place = {variable.path: i for i, variable in enumerate(model.trainable_variables)}
    return {
        f"optimizer.{slot}.{name}": (variables[place[weight.path]], axes, factor)
        for slot, (variables, factor) in slots(model.optimizer).items()
        for name, (weight, axes) in named_weights(model, table).items()
        if weight.path in place
    }


def random_layers(model: keras.Model) -> dict[str, keras.Variable]:
    """The state of each layer that draws random numbers: its seed and its number of calls."""
    return {
        layer.name: layer.seed_generator.state
        for layer in all_layers(model)
        if hasattr(layer, "seed_generator")  # dropout of rate 0 draws nothing
    }


def model_state(model: keras.Model, table: Table, slots: Slots) -> tuple[dict[str, Array], State]:
    """All that the training of a model hangs on, as tensors and as JSON."""
    weights = named_weights(model, table).items()
    tensors = {f"model.{name}": to_canonical(w.numpy(), axes) for name, (w, axes) in weights}
    for name, (variable, axes, factor) in slot_variables(model, table, slots).items():
        tensors[name] = to_canonical(variable.numpy(), axes) / factor
    dropout = {name: state.numpy().tolist() for name, state in random_layers(model).items()}
    step = int(model.optimizer.iterations.numpy())
    return tensors, {"framework": "Keras", "step": step, "dropout": dropout}


def restore_model(
    model: keras.Model,
    table: Table,
    slots: Slots,
    tensors: Mapping[str, Array],
    state: Mapping[str, Any],
) -> None:
    """Put back what `model_state` gave, or what PyTorch kept of the same model."""
    model.optimizer.build(model.trainable_variables)
    weights = {f"model.{name}": place for name, place in named_weights(model, table).items()}
    memory = slot_variables(model, table, slots)
    shapes = {name: canonical_shape(weight, axes) for name, (weight, axes) in weights.items()}
    shapes |= {name: canonical_shape(slot, axes) for name, (slot, axes, _) in memory.items()}
    check_tensors("the checkpoint does not fit the model", tensors, shapes, EXACT)
    for name, (weight, axes) in weights.items():
        weight.assign(to_keras(tensors[name], axes, weight.shape))
    for name, (slot, axes, factor) in memory.items():
        slot.assign(to_keras(tensors[name], axes, slot.shape) * factor)
    model.optimizer.iterations.assign(state["step"])
    for name, variable in random_layers(model).items():
        # PyTorch keeps no stream: then this one stands where it would had Keras begun the run.
        begun = [int(variable.numpy()[0]), state["step"]]
        variable.assign(state.get("dropout", {}).get(name, begun))
