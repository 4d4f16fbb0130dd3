"""The training part of a Keras script: what a spec says of data and training, as Keras code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
from specc.codegen.script import context, data, run
from specc.codegen.script.pieces import Assembly, Piece, Statement, assigned, done, given, lines
from specc.codegen.script.render import Template
from specc.codegen.training import OutputSite, StageSite
from specc.ir import Buildable, Node
from specc.ops.base import Dims

from .contract import CONTRACT
from .lowering import LOWERINGS
from .metrics import metric_code

assert __package__ is not None
IMPORTS = """
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import KerasTensor, layers, ops
"""
BEFORE = """\
# Both are read where Keras and TensorFlow are imported.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")"""
DEVICES = "cuda or cpu; auto takes the first that is there"


def script(spec: Buildable, code: ModelCode, parts: tuple[str, ...], module: str = "") -> str:
    """The training script. module: the one beside it that holds its parts, if there is one."""
    (stage,) = spec.train.stages
    training = [LOWERINGS.lower(stage.optimizer, StageSite())]
    return render(spec, code, training, parts, module)


def render(
    spec: Buildable,
    code: ModelCode,
    training: Sequence[Piece],
    parts: tuple[str, ...],
    module: str = "",
) -> str:
    """The script with a training's pieces: the optimizer's, then what else an update is made of."""
    pieces = assembly(spec, training)
    template = Template(__package__, parts, IMPORTS, BEFORE, contract=CONTRACT)
    return template.render({**values(spec, code, pieces), "module": module}, pieces, module)


def values(spec: Buildable, code: ModelCode, pieces: Assembly) -> dict[str, Any]:
    """What the template is told beside the pieces."""
    usual, special = context.initial_weights(code.plan)
    return {
        **context.head(spec, code.plan, "Keras", ("keras", "tensorflow")),
        "model": code.text.strip("\n"),
        "model_type": "keras.Model",
        "maker": code.maker,
        "weights": "\n".join(_table_lines(_weight_table(spec, code))),
        "kernel": (context.drawing(usual) if usual else raw("glorot_uniform")).text(),
        "special": "\n".join(assign("special", Dict(tuple(special.items())), 1)) if special else "",
        "columns": "\n".join(assign("COLUMNS", expr(run.columns(spec)))),
        "validates": data.has_validation(spec.data),
        "pictures": data.predicts_pictures(spec),
        "functions": pieces.functions,
        "names": pieces.names,
        "result": _result(spec),
        "several": spec.model.several,
        "outputs": len(spec.model.outputs),
        "metrics": bool(spec.train.metrics),
        "weighted": weighted(spec),
        "input": quote(spec.model.inputs[0].name),
        "output": quote(spec.model.outputs[0].name),
    }


def _result(spec: Buildable) -> str:
    if len(spec.model.outputs) > 1:
        return "outputs"
    return "output" if spec.train.losses[0].loss.folds == "none" else "logits"


def assembly(spec: Buildable, training: Sequence[Piece]) -> Assembly:
    """Everything that the script does."""
    pieces = [
        *run.run_pieces(spec, "keras", DEVICES, training),
        *drawing(spec, "config.seed"),
        learning(spec),
    ]
    every = Assembly(tuple(pieces))
    kept = expr([call("Weights", raw("model"), raw("WEIGHTS")), *every.values("kept")])
    # `record` is last: it keeps what the others have counted in an epoch.
    callbacks = expr([raw("shuffle"), *every.values("callbacks"), raw("record")])
    slots = {"kept": [assigned("kept", kept, annotation="list[Kept]")]}
    slots["callbacks"] = [assigned("callbacks", callbacks)]
    if not any("epochs" in piece.slots for piece in pieces):
        slots["epochs"] = [lines("epochs=config.epochs,")]
    pieces.append(Piece(slots=slots))
    whole = Assembly(tuple(pieces))
    return Assembly((*pieces, whole.flags()))


def drawing(spec: Buildable, seed: str) -> list[Piece]:
    """Layers that draw while they train have streams of their own, which a run goes on with."""
    if not context.draws(spec.model):
        return []
    seeded = call("keras.utils.set_random_seed", raw(f"{seed} % 2**32"))
    kept = (call("Streams", raw("model")),)
    return [Piece(slots={"policy": [done(seeded, "of dropout")]}, values={"kept": kept})]


def learning(spec: Buildable) -> Piece:
    """What is compiled, and what a prediction is read from."""
    slots = {"losses": learned(spec, lean=False)}
    if data.has_test(spec.data):
        tested = call(
            "evaluate",
            call("load_best", raw("config")),
            raw("data.test"),
            raw("data.scale"),
            raw("config"),
        )
        slots["tested"] = [assigned("values", tested)]
    if data.predicts(spec):
        slots["infer"] = [*_infer(spec)]
    return Piece(slots=slots)


def learned(spec: Buildable, lean: bool) -> list[Statement]:
    """Losses and metrics. lean: a metric may have a shorter form."""
    names = [output.name for output in spec.model.outputs]
    outputs = [OutputSite(spec.shape(n), each.loss) for n, each in enumerate(spec.train.losses)]
    lost = [LOWERINGS.lower(site.loss, site) for site in outputs]
    measured: dict[str, list[Expr]] = {}
    for each in spec.train.metrics:
        site = outputs[names.index(each.output)]
        code = metric_code(LOWERINGS.lower(each.metric, site))
        measured.setdefault(each.output, []).append(code.lean if lean else code.value)
    found: list[Statement] = [_assigned(spec, "loss", dict(zip(names, lost, strict=True)))]
    if weighted(spec):
        weights = {each.output: expr(each.loss.weight) for each in spec.train.losses}
        found.append(_assigned(spec, "loss_weights", weights))
    if measured:
        table: dict[str, Expr] = {name: expr(metrics) for name, metrics in measured.items()}
        found.append(_assigned(spec, "metrics", table))
    return found


def weighted(spec: Buildable) -> bool:
    """Whether losses are weighed: those of several outputs always are."""
    return len(spec.train.losses) > 1 or spec.train.losses[0].loss.weight != 1


def _assigned(spec: Buildable, target: str, values: Mapping[str, Expr]) -> Statement:
    """What each output is given, or the only one."""
    (first, *_) = values.values()
    return assigned(target, data.by_name(dict(values)) if spec.model.several else first)


def _infer(spec: Buildable) -> list[Statement]:
    """From inputs to what a reader is shown."""
    folds = run.framework_outputs(spec)
    given_inputs = raw("inputs" if spec.model.several else f"inputs[{quote(_only(spec))}]")
    result = _result(spec) if not spec.model.several else "outputs"
    model = assigned(result, call("model", given_inputs, training=False))
    values = {n: raw(f"outputs[{quote(n)}]" if spec.model.several else result) for n in folds}
    return [model, given(data.by_name({n: _readable(values[n], folds[n]) for n in folds}))]


def _only(spec: Buildable) -> str:
    return spec.model.inputs[0].name


def _readable(value: Expr, folds: str) -> Expr:
    return method(value if folds == "none" else call(f"ops.{folds}", value), "numpy")


def _weight_table(spec: Buildable, code: ModelCode) -> dict[str, dict[str, Expr]]:
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
