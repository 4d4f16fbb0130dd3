"""The training part of a Keras script: what a spec says of data and training, as Keras code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specc.codegen import context, loading
from specc.codegen.backend import ModelCode
from specc.codegen.lowering import Site
from specc.codegen.pyexpr import Call, Expr, LayerName, Seq, call, expr, quote, raw
from specc.codegen.script import Template
from specc.codegen.statements import INDENT, WIDTH, Dict, assign
from specc.ir import Node, Spec
from specc.ops.base import Dims, Layer
from specc.train import losses, metrics, optimizers

from .lowering import LOWERINGS

_TEMPLATE = Template(
    package=__package__,
    parts=f"{__package__.rpartition('.')[0]}.parts",
    imports="""
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, layers, ops
""",
    early=("flag",),
    before="""\
# Both are read where Keras and TensorFlow are imported.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")""",
)


def script(spec: Spec, code: ModelCode) -> str:
    """The whole training script."""
    assert spec.data is not None and spec.train is not None
    shown = _shown(spec)
    usual, special = context.initial_weights(code.plan)
    weights = _weight_table(spec, code)
    return _TEMPLATE.render(
        {
            **context.head(spec, code.plan, ("keras", "tensorflow")),
            **context.config(spec, "keras"),
            **context.use(spec, "names" in " ".join(shown)),
            **_training(spec),
            "shown": shown,
            "model": code.text.strip("\n"),
            "maker": code.maker,
            "weights": "\n".join(_table_lines(weights)),
            "kernel": (context.drawing(usual) if usual else raw("glorot_uniform")).text(),
            "special": "\n".join(assign("special", Dict(tuple(special.items())), 1))
            if special
            else "",
            "load_data": "\n".join(loading.load_data(spec)),
        },
        early_too=weights,  # their classes are keys of a table
    )


def _training(spec: Spec) -> dict[str, Any]:
    assert spec.data is not None and spec.train is not None
    train = spec.train
    loss, optimizer = train.losses[0].loss, train.optimizer
    assert isinstance(loss, losses.Loss) and isinstance(optimizer, optimizers.Optimizer)
    units = loading.output_shape(spec)[-1]
    measured = [entry.metric for entry in train.metrics if isinstance(entry.metric, metrics.Metric)]
    assert len(measured) == len(train.metrics)
    made = Seq(tuple(_metric(term, loss, units) for term in measured), "[]")
    return {
        "columns": expr(("loss", *(term.key() for term in measured))).text(),
        "metrics": "\n".join(assign("metrics", made, 1)) if measured else "",
        "loss": "\n".join(assign("loss", _loss(loss), 1)),
        "optimizer": "\n".join(assign("optimizer", _optimizer(optimizer), 1)),
        "slots": _slots(optimizer),
        "random": context.draws(spec.model),
        "validates": loading.has_validation(spec.data),
        "result": "output" if loss.folds == "none" else "logits",
    }


def _loss(term: losses.Loss) -> Expr:
    match term:
        case losses.Mse():
            return call("keras.losses.MeanSquaredError")
        case losses.Mae():
            return call("keras.losses.MeanAbsoluteError")
        case losses.BinaryCrossentropy(label_smoothing=share):
            options = {"label_smoothing": share} if share else {}
            return call("keras.losses.BinaryCrossentropy", from_logits=True, **options)
        case losses.CategoricalCrossentropy(label_smoothing=share) if share:
            return call("SmoothedCrossentropy", label_smoothing=share)
        case losses.CategoricalCrossentropy():
            return call("keras.losses.SparseCategoricalCrossentropy", from_logits=True)
    raise AssertionError(term)


def _optimizer(term: optimizers.Optimizer) -> Expr:
    rate = raw("config.learning_rate")
    match term:
        case optimizers.Adam(beta1=beta1, beta2=beta2, epsilon=epsilon):
            options = {"beta_1": beta1, "beta_2": beta2, "epsilon": epsilon}
            return call("keras.optimizers.Adam", rate, **options)
        case optimizers.Sgd(momentum=momentum, nesterov=nesterov):
            options = {"nesterov": True} if nesterov else {}
            return call("keras.optimizers.SGD", rate, momentum=momentum, **options)
    raise AssertionError(term)


def _slots(term: optimizers.Optimizer) -> str:
    """The part that finds what the optimizer keeps for each weight."""
    match term:
        case optimizers.Adam():
            return "adam_slots"
        case optimizers.Sgd(momentum=momentum):
            return "momentum_slots" if momentum else "no_slots"
    raise AssertionError(term)


def _metric(term: metrics.Metric, loss: losses.Loss, units: int) -> Expr:
    """units: those of the output's last axis."""
    name, binary = term.key(), loss.folds == "sigmoid"
    match term:
        case metrics.Accuracy() if binary:
            return call("keras.metrics.BinaryAccuracy", name=name, threshold=0.0)
        case metrics.Accuracy():
            return call("keras.metrics.SparseCategoricalAccuracy", name=name)
        case metrics.TopK(k=k):
            return call("keras.metrics.SparseTopKCategoricalAccuracy", k, name=name)
        case metrics.Precision() | metrics.Recall() | metrics.F1():
            average = "binary" if binary else term.average
            figure = call("partial", raw(term.word()), average=average)
            return call("Confusion", name, 2 if binary else units, figure)
        case metrics.Auc() if binary:
            return call("Ranking", name, raw("rank_auc"))
        case metrics.Auc():
            return call("Ranking", name, raw("macro_auc"), classes=units)
        case metrics.Mae():
            return call("keras.metrics.MeanAbsoluteError", name=name)
        case metrics.Rmse():
            return call("keras.metrics.RootMeanSquaredError", name=name)
    raise AssertionError(term)


def _shown(spec: Spec) -> list[str]:
    """What a prediction prints."""
    assert spec.train is not None
    names = context.names_of_classes(spec)
    match spec.train.losses[0].loss:
        case losses.CategoricalCrossentropy():
            return [f"show_classes({names}, ops.softmax(logits)[0].numpy().tolist())"]
        case losses.BinaryCrossentropy() if loading.output_shape(spec) == (1,):
            return [
                "yes = float(ops.sigmoid(logits)[0, 0])",
                f"show_classes({names}, [1 - yes, yes])",
            ]
        case losses.BinaryCrossentropy():
            return [f"show_classes({names}, ops.sigmoid(logits)[0].numpy().tolist())"]
    return ["print(*map(number, output[0].numpy().tolist()))"]


def _weight_table(spec: Spec, code: ModelCode) -> dict[str, dict[str, Expr]]:
    """Where each class of layer keeps its weights, and each layer that has them otherwise."""
    found: dict[str, dict[str, Expr]] = {}
    shapes = code.plan.shapes
    for node in spec.model.nodes:
        stored = code.stored.get(node.layer, ())
        own = {s.canonical: expr((s.canonical, s.attribute, s.layout)) for s in stored}
        if own:
            rows = found.setdefault(_class_of(node, shapes), {})
            if any(rows.get(name, row) != row for name, row in own.items()):
                rows = found.setdefault(quote(node.layer), {})
            rows |= own
    return found


def _table_lines(table: dict[str, dict[str, Expr]]) -> list[str]:
    lines = ["WEIGHTS: Table = {"]
    for name, rows in table.items():
        lines += _entry(name, Seq(tuple(rows.values())))
    return [*lines, "}"]


def _class_of(node: Node, shapes: Mapping[str, Dims]) -> str:
    """The Keras class that a layer becomes."""
    assert isinstance(node.op, Layer)
    lower = LOWERINGS.find(type(node.op))
    assert lower is not None, node
    inputs = tuple(shapes[value] for value in node.inputs)
    site = Site(inputs, node.shape, (raw("x"),) * len(inputs), LayerName("x"), node.layer)
    module = lower(node.op, site).module
    assert isinstance(module, Call), node
    return module.func.text()


def _entry(key: str, rows: Seq) -> list[str]:
    """A line of the table, or several as a formatter would break it."""
    line = f"{INDENT}{key}: {rows.text()},"
    if len(line) <= WIDTH:
        return [line]
    inner = [f"{2 * INDENT}{row.text()}," for row in rows.items]
    return [f"{INDENT}{key}: (", *inner, f"{INDENT}),"]
