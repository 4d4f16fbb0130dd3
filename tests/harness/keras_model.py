"""Runs a generated Keras model on given weights and inputs."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

import keras
import numpy as np

exact = import_module("specc.backends.keras.exact").exact


def by_name(model: Any) -> dict[str, Any]:
    """Every layer under its name, those of models inside too."""
    found = {}
    for layer in model.layers:
        found[layer.name] = layer
        if isinstance(layer, keras.Model):
            found |= by_name(layer)
    return found


def to_stored(array: Any, axes: list[int] | None, shape: tuple[int, ...]) -> Any:
    """A canonical array as the layer keeps it."""
    if axes is None:
        return array
    before = [0] * len(axes)
    for place, axis in enumerate(axes):
        before[axis] = shape[place]
    return array.reshape(before).transpose(axes)


def main(folder: Path) -> None:
    job = json.loads((folder / "job.json").read_text())
    keras.config.set_floatx("float64")
    scope: dict[str, Any] = {}
    exec(job["code"], scope)
    model = scope[job["maker"]]()
    given = np.load(folder / "given.npz")
    layers = by_name(model)
    placed = 0
    for name, (layer, attribute, axes) in job["stored"].items():
        variable = attrgetter(attribute)(layers[layer])
        array = given[f"weight:{name}"]
        variable.assign(to_stored(array, axes, tuple(variable.shape)))
        placed += 1
    assert placed == len(model.weights), (placed, [one.path for one in model.weights])
    inputs = {name.partition(":")[2]: given[name] for name in given if name.startswith("input:")}
    x = next(iter(inputs.values())) if len(inputs) == 1 else inputs
    with exact("float64"):
        made = model(x, training=False)
    outputs = made if isinstance(made, dict) else {"output": made}
    arrays = {name: keras.ops.convert_to_numpy(y) for name, y in outputs.items()}
    count = sum(int(np.prod(one.shape)) for one in model.trainable_variables)
    np.savez(folder / "made.npz", parameters=count, **arrays)


main(Path(sys.argv[1]))
