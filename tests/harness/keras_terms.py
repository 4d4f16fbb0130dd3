"""What generated Keras scripts compute of losses, metrics, optimizers and scalings, in float64.

Of a script it calls `train` up to the first `fit`, then `batch`, `feed`, `Batches` and what it has
compiled the model with; where its weights are it asks `named_weights`.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf

from harness.term_scripts import Stopped, first_rows, main, until_training
from specc.codegen.script.contract import Member

exact = import_module("specc.backends.keras.exact").exact
CONTRACT = (*import_module("specc.backends.keras.contract").CONTRACT, Member("to_keras"))


def run(script: Any, job: dict[str, Any], folder: Path, given: dict[str, Any]) -> dict[str, Any]:
    def stop(model: Any, *_: Any, **__: Any) -> None:
        raise Stopped(model)

    # Freeing memory each time took a third of the time, and the networks are tiny.
    keras.utils.clear_session(free_memory=False)
    with patch.object(keras.Model, "fit", stop):
        config, data, (model,) = until_training(script, folder)
    model.steps_per_execution = 1
    part = first_rows(data.train, job["rows"])
    if job["category"] == "optimizer":
        return updates(script, model, data, config, given)
    if job["category"] == "scaling":
        inputs, _ = script.make_batch(part, np.arange(job["rows"]), data.scale)
        (x,) = inputs.values()
        return {"scaled": x, "rows": data.train.rows}
    batches = script.Batches(part, config.batch_size, data.scale, None)
    row = model.evaluate(batches.stream(script.feed), return_dict=True, verbose=0)
    found: dict[str, Any] = {f"pass.{name}": float(value) for name, value in row.items()}
    return found | (answers(script, model, part, data.scale) if job["category"] == "loss" else {})


def answers(script: Any, model: Any, part: Any, scale: Any) -> dict[str, Any]:
    """The loss of all answers together, and its slope for each, as a compiled step has it."""
    x, y = script.feed(*script.make_batch(part, np.arange(len(part)), scale))

    def valued(x: Any, y: Any) -> Any:
        outputs = model(x, training=True)
        with tf.GradientTape() as tape:
            tape.watch(outputs)
            loss = model.compute_loss(x, y, outputs)
        return loss, tape.gradient(loss, outputs)

    value, slope = tf.function(valued)(tf.constant(x), tf.constant(y))
    return {"value": float(value), "slope": slope.numpy()}


class Recorder(keras.callbacks.Callback):  # type: ignore[misc]
    """The weights after each update."""

    def __init__(self, weights: dict[str, Any], read: Any) -> None:
        super().__init__()
        self.weights, self.read = weights, read
        self.moved: list[dict[str, Any]] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.moved.append({n: self.read(w.numpy(), axes) for n, (w, axes) in self.weights.items()})


def updates(
    script: Any, model: Any, data: Any, config: Any, given: dict[str, Any]
) -> dict[str, Any]:
    """The weights after each update, whose gradients are those of sum(weight * given)."""
    weights = script.named_weights(model, script.WEIGHTS)
    slopes = []
    for name, (weight, axes) in weights.items():
        weight.assign(script.to_keras(given[name], axes, weight.shape))
        inner = [script.to_keras(each, axes, weight.shape) for each in given[f"d{name}"]]
        slopes.append((weight, tf.constant(np.stack(inner))))
    count = len(next(iter(slopes))[1])

    def told(*_: Any, **__: Any) -> Any:
        step = model.optimizer.iterations.value
        return tf.add_n([tf.reduce_sum(w.value * slope[step]) for w, slope in slopes])

    model.compute_loss = told
    recorder = Recorder(weights, script.to_canonical)
    # Half of the updates are the second epoch's.
    part = first_rows(data.train, config.batch_size * count // 2)
    batches = script.Batches(part, config.batch_size, data.scale, None)
    model.fit(batches.stream(script.feed), epochs=2, shuffle=False, verbose=0, callbacks=[recorder])
    assert len(recorder.moved) == count
    return {name: np.stack([after[name] for after in recorder.moved]) for name in weights}


if __name__ == "__main__":
    keras.config.set_floatx("float64")
    keras.utils.set_random_seed(0)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    with exact("float64"):
        main("keras", CONTRACT, run)
