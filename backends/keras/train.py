"""The training part of a Keras script: what a spec says of data and training, as Keras code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specc.codegen import context, loading
from specc.codegen.backend import ModelCode
from specc.codegen.lowering import Site
from specc.codegen.python.expressions import (
    Call,
    Expr,
    LayerName,
    Seq,
    call,
    expr,
    method,
    quote,
    raw,
)
from specc.codegen.python.layout import INDENT, WIDTH, Dict, assign
from specc.codegen.script import Template
from specc.codegen.several import by_name, prediction
from specc.ir import Node, Spec
from specc.ops.base import Dims, Layer
from specc.terms import Term
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
    shown = [] if spec.model.several else _shown(spec)
    usual, special = context.initial_weights(code.plan)
    weights = _weight_table(spec, code)
    return _TEMPLATE.render(
        {
            **context.head(spec, code.plan, ("keras", "tensorflow")),
            **context.config(spec, "keras"),
            **context.use(spec, "names" in " ".join(shown)),
            **_training(spec),
            "shown": shown,
            **(prediction(spec, _result) if spec.model.several else {}),
            "several": spec.model.several,
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
        several=spec.model.several,
    )


def _training(spec: Spec) -> dict[str, Any]:
    assert spec.data is not None and spec.train is not None
    train = spec.train
    optimizer = train.optimizer
    assert isinstance(optimizer, optimizers.Optimizer)
    lost = [loading.loss_of(spec, number) for number in range(len(spec.model.outputs))]
    weights: list[Any] = [loss.weight for loss in lost]
    measured = _measured(spec)
    names = [output.name for output in spec.model.outputs]
    one = not spec.model.several
    result = "output" if lost[0].folds == "none" else "logits"
    return {
        "columns": "\n".join(assign("COLUMNS", expr(_columns(spec)))),
        "metrics": _assigned("metrics", *_with_metrics(names, measured), one)
        if train.metrics
        else "",
        "loss": _assigned("loss", names, [_loss(loss) for loss in lost], one),
        "loss_weights": _assigned("loss_weights", names, weights, one)
        if len(names) > 1 or weights != [1]
        else "",
        "optimizer": "\n".join(assign("optimizer", _optimizer(optimizer), 1)),
        "slots": _slots(optimizer),
        "random": context.draws(spec.model),
        "validates": loading.has_validation(spec.data),
        "result": result if len(names) == 1 else "outputs",
    }


def _assigned(target: str, names: list[str], values: list[Any], one: bool) -> str:
    """What each output is given, or the only one."""
    value = expr(values[0]) if one else by_name(dict(zip(names, values, strict=True)))
    return "\n".join(assign(target, value, 1))


def _with_metrics(names: list[str], measured: list[Seq]) -> tuple[list[str], list[Seq]]:
    """The outputs that have some."""
    having = [place for place, metrics in enumerate(measured) if metrics.items]
    return [names[place] for place in having], [measured[place] for place in having]


def _measured(spec: Spec) -> list[Seq]:
    """The metrics of each output."""
    assert spec.train is not None
    found: list[Seq] = []
    for number, output in enumerate(spec.model.outputs):
        loss, units = loading.loss_of(spec, number), loading.output_shape(spec, number)[-1]
        own = [each.metric for each in spec.train.metrics if each.output == output.name]
        found.append(Seq(tuple(_metric(term, loss, units) for term in own), "[]"))
    return found


def _columns(spec: Spec) -> tuple[str, ...]:
    """The figures of a pass, as Keras calls them."""
    assert spec.train is not None
    several = len(spec.model.outputs) > 1
    lost = [f"{output.name}_loss" for output in spec.model.outputs] if several else []
    measured = [
        f"{each.output}_{each.metric.key()}" if several else each.metric.key()  # type: ignore[attr-defined]
        for each in spec.train.metrics
    ]
    return ("loss", *lost, *measured)


def _loss(term: losses.Loss) -> Expr:
    match term:
        case losses.Mse():
            return call("keras.losses.MeanSquaredError")
        case losses.Mae():
            return call("keras.losses.MeanAbsoluteError")
        case losses.Huber(delta=delta):
            return call("keras.losses.Huber", delta=delta)
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


def _metric(term: Term, loss: losses.Loss, units: int) -> Expr:
    """units: those of the output's last axis."""
    assert isinstance(term, metrics.Metric)
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


def _result(value: Expr, folds: str) -> Expr:
    """An output as a prediction of several shows it."""
    activated = value if folds == "none" else call(f"ops.{folds}", value)
    return method(activated, "numpy")


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
