"""Runs generated Keras scripts and records what they compute, as a process of its own."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import keras
import tensorflow as tf

from specc.codegen.backend import get_backend
from specc.codegen.script.parts import library
from specc.parity import lean
from specc.parity.case import Array, Case
from specc.parity.moves import moved
from specc.parity.probing import (
    Recorder,
    batch_maker,
    data_reader,
    first_part,
    load_script,
    make_config,
    patched,
    precise,
    quiet,
)
from specc.parity.serving import serve
from specc.parity.tolerances import ROUNDING

from ..parts.checkpoint import collect
from .contract import CONTRACT, LEAN
from .exact import drawn, exact
from .parts.state import Weights, all_layers, named_weights, to_canonical, to_keras


class Watch(keras.callbacks.Callback):
    """Records a training: in the graph by `numpy_function`, between batches as a callback."""

    def __init__(self, script: ModuleType, recorder: Recorder) -> None:
        super().__init__()
        self.script, self.recorder, self.case = script, recorder, recorder.case
        self.tracing = ""
        self.seen_modes: set[str] = set()
        self.kept: Any = None

    # What is traced into the graph.

    def tap(self, function: Callable[..., None], *tensors: Any) -> None:
        """Call a Python function with the values that tensors have when the graph runs."""

        def call(*values: Array) -> None:
            function(*tf.nest.pack_sequence_as(tensors, values))

        flat = tf.nest.flatten(tensors)
        tf.numpy_function(call, [tf.convert_to_tensor(tensor) for tensor in flat], [])

    def traced(self, mode: str, step: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @functools.wraps(step)
        def run(data: Any) -> Any:
            self.tracing = mode
            try:
                return step(data)
            finally:
                self.tracing = ""

        return run

    def loss(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def compute_loss(
            x: Any = None,
            y: Any = None,
            y_pred: Any = None,
            sample_weight: Any = None,
            training: bool = True,
        ) -> Any:
            value = original(x, y, y_pred, sample_weight, training=training)
            if self.tracing:
                self.tap(self.trained if training else self.evaluated, x, y, y_pred, value)
            return value

        return compute_loss

    def trained(self, x: Any, y: Any, logits: Any, loss: Array) -> None:
        self.recorder.batch("train", x, y)
        self.recorder.facts["losses"].append(float(loss))
        if self.recorder.updates == 0:
            self.recorder.put_outputs(logits)
            self.seen_modes.add("train")

    def evaluated(self, x: Any, y: Any, logits: Any, loss: Array) -> None:
        self.recorder.batch("eval", x, y)
        self.recorder.passes[-1].append(logits)
        self.seen_modes.add("eval")

    def apply(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def apply(grads: Any, trainable_variables: Any = None) -> Any:
            grads = list(grads)
            if self.tracing:
                self.tap(self.gradients, *grads)
                grads = self.stilled(grads)
            return original(grads, trainable_variables)

        return apply

    def stilled(self, grads: list[Any]) -> list[Any]:
        """Gradients, 0 in place of those that are rounding: an optimizer may blow them up."""
        places = self.places()
        names = [places[variable.path][0] for variable in self.model.trainable_variables]
        still = [name in self.case.still for name in names]
        if self.case.dtype == "float64":
            sizes = [tf.reduce_max(tf.abs(_numbers(gradient))) for gradient in grads]
            least = ROUNDING * tf.reduce_max(tf.stack(sizes))
            still = [size <= least for size in sizes]
        elif not any(still):
            return grads
        return [_unless(no, gradient) for no, gradient in zip(still, grads, strict=True)]

    def gradients(self, *values: Array) -> None:
        if self.recorder.updates == 0:
            places = self.places()
            for variable, value in zip(self.model.trainable_variables, values, strict=True):
                name, axes = places[variable.path]
                self.recorder.put(f"gradient/{name}", to_canonical(value, axes))

    def layer_call(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """`Layer.__call__` that notes what goes into and comes out of layers with a name."""
        watch = self

        @functools.wraps(original)
        def call(layer: Any, *args: Any, **options: Any) -> Any:
            mode = watch.tracing
            if not mode or isinstance(layer, keras.Model) or not isinstance(layer, keras.Layer):
                return original(layer, *args, **options)
            if args and tf.is_tensor(args[0]):
                watch.tap(functools.partial(watch.layer, mode, f"{layer.name}:in"), args[0])
            with watch.bare(layer, mode) as noted:
                output = original(layer, *args, **options)
            if not noted and tf.is_tensor(output):
                watch.tap(functools.partial(watch.layer, mode, layer.name), output)
            return output

        return call

    @contextmanager
    def bare(self, layer: Any, mode: str) -> Iterator[list[str]]:
        """Note a layer's value before its own activation, as other frameworks have it."""
        noted: list[str] = []
        activation = getattr(layer, "activation", None)
        alone = isinstance(layer, keras.layers.Activation) or hasattr(layer, "cell")
        if activation is None or alone:
            yield noted
            return

        def applied(x: Any) -> Any:
            noted.append(layer.name)
            self.tap(functools.partial(self.layer, mode, layer.name), x)
            return activation(x)

        layer.activation = applied
        try:
            yield noted
        finally:
            layer.activation = activation

    def layer(self, mode: str, name: str, value: Array) -> None:
        if mode not in self.seen_modes:
            self.recorder.layer(mode, name, value)

    # What happens between the batches.

    def places(self) -> dict[str, tuple[str, Any]]:
        """Canonical name and transpose by the path of a variable."""
        named = named_weights(self.model, self.table())
        return {variable.path: (name, axes) for name, (variable, axes) in named.items()}

    def table(self) -> Any:
        """Where layers keep their weights; a lean script need not say it."""
        if not self.case.told:
            return self.script.WEIGHTS
        told = self.case.told["weights"].items()
        return {layer: tuple(map(_tuples, rows)) for layer, rows in told}

    def keep(self, update: int) -> None:
        if update not in self.case.keep:
            return
        names = [self.places()[variable.path][0] for variable in self.model.trainable_variables]
        self.recorder.facts["trainable"] = names
        tensors = collect(self.kept)
        for name, value in tensors.items():
            kind, _, rest = name.partition(".")
            if kind == "model":
                kind = "parameter" if rest in names else "statistic"
                self.recorder.put(f"{kind}/{update}/{rest}", value.copy())
            elif update:
                slot, _, weight = rest.partition(".")
                self.recorder.put(f"slot/{update}/{slot}/{weight}", value.copy())

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.recorder.epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        rate = keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
        self.recorder.facts["rates"].append(float(rate))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.recorder.updates += 1
        if self.case.mode != "order":
            self.keep(self.recorder.updates)

    def on_test_begin(self, logs: Any = None) -> None:
        self.recorder.begin_evaluation()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = {name: float(value) for name, value in (logs or {}).items()}
        seen = {name[4:]: value for name, value in logs.items() if name.startswith("val_")}
        row = {name: value for name, value in logs.items() if not name.startswith("val_")}
        self.recorder.facts["rows"].append(row)
        if seen:
            self.recorder.facts["evaluations"].append(seen)

    # How a script's `fit` is driven.

    def fit(self, original: Callable[..., Any], config: Any) -> Callable[..., Any]:
        watch = self

        def fit(model: keras.Model, *args: Any, **options: Any) -> Any:
            watch.set_model(model)
            model.steps_per_execution = 1  # between two steps there is something to record
            callbacks = list(options.get("callbacks") or ())
            options["callbacks"] = [*callbacks, watch]
            # Keras builds the slots in the first step; scripts can read them from here on.
            model.optimizer.build(model.trainable_variables)
            watch.kept = next((c.kept for c in callbacks if hasattr(c, "kept")), None)
            if watch.case.told:
                watch.kept = [Weights(model, watch.table()), *watch.made(model)]
            if watch.case.mode == "order":
                model.train_step = watch.no_training
                model.test_step = watch.no_testing
                # Nothing was computed, so the metrics have nothing to say.
                model.get_metrics_result = lambda: {"loss": 0.0}
                model.evaluate = watch.short(model.evaluate)
                return original(model, *args, **options)
            watch.prepare(model, config)
            return original(model, *args, **options)

        return fit

    def made(self, model: keras.Model) -> Iterator[Any]:
        """What a whole script would keep beside the weights."""
        parts = library(*get_backend("keras").parts)
        for text in self.case.told["kept"]:
            names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
            homes = {name: parts.home(name) for name in names - {"model", "WEIGHTS"}}
            known = {name: getattr(import_module(home), name) for name, home in homes.items()}
            yield eval(text, {**known, "model": model, "WEIGHTS": self.table()})

    def prepare(self, model: keras.Model, config: Any) -> None:
        if self.case.random:
            layers = [x for x in all_layers(model) if hasattr(x, "seed_generator")]
            states = {x.name: x.seed_generator.state.numpy().tolist() for x in layers}
            streams = {name: [*state, *turns(model, name)] for name, state in states.items()}
            self.recorder.emit({"event": "streams", "streams": streams})
        model.compute_loss = self.loss(model.compute_loss)
        model.train_step = self.traced("train", model.train_step)
        model.test_step = self.traced("eval", model.test_step)
        model.optimizer.apply = self.apply(model.optimizer.apply)
        if self.case.moves:
            self.move()
        self.keep(0)
        if self.case.mode == "train":
            self.evaluate(model, config)

    def move(self) -> None:
        """Move the weights that the case names."""
        places = self.places()
        for weight in self.model.trainable_variables:
            name, axes = places[weight.path]
            value = moved(name, to_canonical(weight.numpy(), axes), self.case.moves)
            weight.assign(to_keras(value, axes, weight.shape))

    def evaluate(self, model: keras.Model, config: Any) -> None:
        data, options = self.recorder.data, {"return_dict": True, "verbose": 0, "callbacks": [self]}
        if config is None:
            x, y = lean.first_part(data)
            row = model.evaluate(x, y, batch_size=self.script.BATCH_SIZE, **options)
        else:
            batches = self.script.Batches(first_part(data), config.batch_size, data.scale, None)
            row = model.evaluate(batches.stream(self.script.feed), **options)
        self.recorder.facts["evaluations"].append({k: float(v) for k, v in row.items()})

    def short(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """`evaluate`, which is left out where nothing looks at its batches."""

        def evaluate(*args: Any, **options: Any) -> Any:
            return original(*args, **options) if self.recorder.hashing else {"loss": 0.0}

        return evaluate

    def no_training(self, data: Any) -> dict[str, Any]:
        self.tap(functools.partial(self.recorder.batch, "train"), data[0], data[1])
        self.model.optimizer.iterations.assign_add(1)
        return {"loss": tf.zeros(())}

    def no_testing(self, data: Any) -> dict[str, Any]:
        self.tap(functools.partial(self.recorder.batch, "eval"), data[0], data[1])
        return {"loss": tf.zeros(())}


def turns(model: keras.Model, name: str) -> list[int]:
    """When a layer's uses run, in the order of the script: Keras runs what is deepest first."""
    uses = [place for layer, place in _uses(model) if layer.name == name]
    return [uses.index(place) for place in sorted(uses)] or [0]


def _uses(model: keras.Model, outer: tuple[int, ...] = ()) -> Iterator[tuple[Any, tuple[int, ...]]]:
    """The uses of layers as they run, each with its place among those of the layer."""
    if isinstance(model, keras.Sequential):
        yield from ((layer, (*outer, 0)) for layer in model.layers)
        return
    by_depth = model._nodes_by_depth
    for node in (node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]):
        layer = node.operation
        if node.is_input:
            continue
        place = (*outer, layer._inbound_nodes.index(node))
        if isinstance(layer, keras.Model):
            yield from _uses(layer, place)
        else:
            yield layer, place


def run(case: Case, recorder: Recorder, folder: Path) -> None:
    script = load_script(Path(case.script), CONTRACT, LEAN)
    watch, before = Watch(script, recorder), keras.config.floatx()
    keras.utils.clear_session()
    keras.config.set_floatx(case.dtype)
    try:
        with ExitStack() as stack:
            stack.enter_context(quiet(script))
            stack.enter_context(exact(case.dtype))
            if case.drawn not in (None, case.dtype):
                stack.enter_context(drawn(case.drawn))
            config = None
            if lean.is_lean(script):
                stack.enter_context(lean.prepared(script, recorder, folder))
            else:
                stack.enter_context(patched(script, **_watched(script, recorder)))
                config = make_config(script, case, folder)
                recorder.facts["settings"] = {
                    "batch_size": config.batch_size, "epochs": config.epochs, "seed": config.seed,
                }  # fmt: skip
            fit = watch.fit(keras.Model.fit, config)
            stack.enter_context(patch.object(keras.Model, "fit", fit))
            if case.layers:
                call = watch.layer_call(keras.Layer.__call__)
                stack.enter_context(patch.object(keras.Layer, "__call__", call))
            script.train_model(*([] if config is None else [config]))
    finally:
        keras.config.set_floatx(before)


def _numbers(gradient: Any) -> Any:
    """All numbers of a gradient; an embedding's holds the rows that were looked up."""
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient


def _unless(zero: Any, gradient: Any) -> Any:
    """The gradient, or 0 in its place."""
    numbers = _numbers(gradient)
    numbers = tf.where(zero, tf.zeros_like(numbers), numbers)
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(numbers, gradient.indices, gradient.dense_shape)
    return numbers


def _tuples(value: Any) -> Any:
    """JSON knows lists alone; a table of weights has tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _watched(script: ModuleType, recorder: Recorder) -> dict[str, Callable[..., Any]]:
    return {
        "load_data": data_reader(script, recorder),
        "make_batch": batch_maker(script, recorder, precise(recorder.case)),
    }


def main() -> None:
    versions = {"keras": keras.__version__, "tensorflow": tf.__version__}
    serve({"backend": "keras", "versions": versions, "draws": True}, run)


if __name__ == "__main__":
    main()
