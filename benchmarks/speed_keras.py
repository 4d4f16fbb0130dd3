"""Worker of `training_speed.py`: Keras."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from prepared import Prepared, load_file
from speed_common import Case, alternate, prepare, scaled

case = Case.asked()
script: Any = load_file("script", Path(case.script))  # first: it says which backend Keras takes
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402


def made_by(config: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """Model and arguments of `fit` as the script itself makes them."""
    found: list[Any] = []

    def stop(model: Any, *args: Any, **options: Any) -> None:
        found.extend((model, args, options))
        raise Prepared

    fit, keras.Model.fit = keras.Model.fit, stop
    try:
        script.train_model(config)
    except Prepared:
        return found[0], found[1], found[2]
    finally:
        keras.Model.fit = fit
    raise AssertionError("`fit` was not called")


def hand_written(like: Any, data: Any, size: int) -> dict[str, Callable[[int], object]]:
    model = script.build_model()
    if case.binary:
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
    else:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = type(like.optimizer).from_config(like.optimizer.get_config())
    metrics = script_metrics()
    model.compile(optimizer, loss, metrics=metrics, jit_compile=False, steps_per_execution=10)
    samples = data.train.samples
    x, y = tf.constant(samples.inputs["input"]), tf.constant(samples.targets["output"])

    _, scale = scaled(script)

    def batch(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return scale(tf.cast(tf.gather(x, rows), tf.float32)), tf.gather(y, rows)

    def stream(order: Any) -> tf.data.Dataset:
        return tf.data.Dataset.from_tensor_slices(order).batch(size).map(batch).prefetch(2)

    def train(epoch: int) -> object:
        order = np.random.default_rng(epoch).permutation(len(y))
        return model.fit(stream(order), epochs=1, shuffle=False, verbose=0)

    kept = stream(np.arange(len(y)))
    return {"train": train, "evaluate": lambda epoch: model.evaluate(kept, verbose=0)}


def script_metrics() -> list[Any]:
    """The spec's metrics; the area under the curve as the script has it, which is exact."""
    found: list[Any] = []
    for name in case.metrics:
        if name == "auc":
            found.append(script.BinaryRanking(name, script.rank_auc))
        elif name.startswith("top_"):
            found.append(keras.metrics.SparseTopKCategoricalAccuracy(int(name[4:]), name=name))
        elif case.binary:
            found.append(keras.metrics.BinaryAccuracy(name=name, threshold=0.0))
        else:
            found.append(keras.metrics.SparseCategoricalAccuracy(name=name))
    return found


def main() -> None:
    config, data = prepare(script, case)
    script.Record.on_epoch_end = lambda self, epoch, logs: self.progress.clear()
    model, args, options = made_by(config)
    options["validation_data"] = None
    batches = script.Batches(data.train, config.batch_size, data.scale, None)
    validation = batches.stream(script.feed)

    def train(epoch: int) -> object:
        return model.fit(*args, **options | {"initial_epoch": epoch, "epochs": epoch + 1})

    hand = hand_written(model, data, config.batch_size)
    sides = {
        "train generated": train,
        "train hand-written": hand["train"],
        "evaluate generated": lambda epoch: model.evaluate(validation, verbose=0),
        "evaluate hand-written": hand["evaluate"],
    }
    alternate(sides, case.pairs)


main()
