"""Runs lowered Keras layers in float64: outputs, gradients and running statistics."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

DTYPE = "float64"
exact = import_module("specc.backends.keras.exact").exact


def to_stored(array: Any, axes: list[int] | None, shape: tuple[int, ...]) -> Any:
    """A canonical array as the layer keeps it."""
    if axes is None:
        return array
    before = [0] * len(axes)
    for place, axis in enumerate(axes):
        before[axis] = shape[place]
    return array.reshape(before).transpose(axes)


def to_canonical(array: Any, axes: list[int] | None, shape: tuple[int, ...]) -> Any:
    return array if axes is None else array.transpose(np.argsort(axes)).reshape(shape)


def run(job: dict[str, Any], given: Any, part: dict[str, Any], found: dict[str, Any]) -> None:
    key = job["key"]
    space: dict[str, Any] = {**part, "keras": keras, "layers": layers}
    exec(job["code"], space)
    keras.config.set_floatx(DTYPE)
    keras.config.set_dtype_policy(DTYPE)
    model = space["build_model"](*(keras.Input(tuple(dims)) for dims in job["inputs"]))
    variables = {}
    for stored in job["stored"]:
        variable = attrgetter(stored["attribute"])(model.get_layer("layer"))
        value = given[f"{key}|{stored['canonical']}"]
        variable.assign(to_stored(value, stored["axes"], tuple(variable.shape)))
        variables[stored["canonical"]] = (variable, stored["axes"], value.shape)
    assert len(variables) == len(job["weights"]) == len(model.weights), job
    arrays = [given[f"{key}|x{i}"] for i in range(len(job["inputs"]))]
    x = [tf.constant(array.astype(DTYPE)) for array in arrays]
    learned = {name: row for name, row in variables.items() if row[0].trainable}
    weights = [row[0].value for row in learned.values()]
    # Only a layer that draws is computed otherwise where nothing is drawn.
    usual = "train" if job["train"] and not job["random"] else "eval"
    for mode in ("eval", "train")[
        : 1 + job["train"]
    ]:  # nothing changes before the end of the second
        with tf.GradientTape(persistent=bool(job["places"])) as tape:
            tape.watch(x)
            y = model(x if len(x) > 1 else x[0], training=mode == "train")
            factors = given[f"{key}|G"].astype(DTYPE)
            loss = tf.reduce_sum(y * factors) if y.shape == factors.shape else None
        found[f"{key}|{mode}|y"] = y.numpy()
        if loss is None:
            continue
        dx, dw = tape.gradient(loss, [x, weights])
        for index, value in enumerate(dx):
            if value is not None:
                found[f"{key}|{mode}|dx{index}"] = value.numpy()
        keep(f"{key}|{mode}", learned, dw, found)
        for name, (variable, axes, shape) in variables.items():
            if name not in learned:
                found[f"{key}|{mode}|{name}"] = to_canonical(variable.numpy(), axes, shape)
        if job["places"] and mode == usual:
            assert job["first"] == job["code"], key
            alone = tape.gradient(loss, weights)
            # A tensor does not say whether it needs a gradient: the two differ in PyTorch alone.
            for place in job["places"]:
                found[f"{key}|{place}|y"] = y.numpy()
                keep(f"{key}|{place}", learned, alone, found)


def keep(start: str, learned: dict[str, Any], gradients: list[Any], found: dict[str, Any]) -> None:
    """Keep the gradients of weights in their canonical form."""
    for (name, (_, axes, shape)), value in zip(learned.items(), gradients, strict=True):
        # Of a table only the rows that were read have a gradient.
        dense = tf.convert_to_tensor(value).numpy()
        found[f"{start}|d{name}"] = to_canonical(dense, axes, shape)


def main(folder: Path) -> None:
    keras.utils.set_random_seed(0)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    todo = json.loads((folder / "jobs.json").read_text("utf-8"))
    found: dict[str, Any] = {}
    part: dict[str, Any] = {"__name__": "layers"}
    exec(todo["part"], part)
    with np.load(folder / "numbers.npz") as given, exact(DTYPE):
        for job in todo["jobs"]:
            print(job["key"], flush=True)  # the last one is at fault where the process ends
            run(job, given, part, found)
    np.savez(folder / "results.npz", **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
