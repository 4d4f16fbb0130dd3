"""The training part of a PyTorch script: what a spec says of data and training, as PyTorch code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from specc.codegen.backend import ModelCode
from specc.codegen.python.expressions import (
    Call,
    Expr,
    Infix,
    Seq,
    call,
    method,
    operand,
    quote,
    raw,
)
from specc.codegen.python.layout import Dict, assign
from specc.codegen.script import context, data, run
from specc.codegen.script.pieces import Assembly, Piece, Statement, assigned, done, given, lines
from specc.codegen.script.render import Template
from specc.codegen.training import OutputSite, StageSite
from specc.ir import Buildable
from specc.ops.ranks import PICTURE
from specc.terms import Term
from specc.train import initializers

from .contract import CONTRACT
from .losses import LossCode, order
from .lowering import LOWERINGS
from .penalty import penalty

assert __package__ is not None
IMPORTS = """
import math
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import convert_conv2d_weight_memory_format
from torch.optim import Optimizer
"""
DEVICES = "cuda, mps or cpu; auto takes the first that is there"


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
    pieces = assembly(spec, code, training)
    return Template(__package__, parts, IMPORTS, contract=CONTRACT).render(
        {**values(spec, code, pieces), "module": module}, pieces, module
    )


def values(spec: Buildable, code: ModelCode, pieces: Assembly) -> dict[str, Any]:
    """What the template is told beside the pieces."""
    usual, special = context.initial_weights(code.plan)
    table = Dict(tuple(special.items()))
    return {
        **context.head(spec, code.plan, "PyTorch", ("torch",)),
        "model": code.text.strip("\n"),
        "model_type": "nn.Module",
        "maker": code.maker,
        "kernel": _drawn(usual or initializers.GlorotUniform()),
        "special": "\n".join(assign("special", table, 1)) if special else "",
        "validates": data.has_validation(spec.data),
        "pictures": data.predicts_pictures(spec),
        "functions": pieces.functions,
        "names": pieces.names,
        "metrics": bool(spec.train.metrics),
        "random": context.draws(spec.model),
        "penalty": penalty(code.plan),
        "several": len(spec.model.outputs) > 1,
    }


def assembly(spec: Buildable, code: ModelCode, training: Sequence[Piece]) -> Assembly:
    """Everything that the script does."""
    pieces = [*run.run_pieces(spec, "torch", DEVICES, training), *_network(spec)]
    pieces.append(_learning(spec, bool(penalty(code.plan))))
    kept = [call("Weights", raw("model")), *Assembly(tuple(pieces)).values("kept")]
    made = assigned("kept", Seq(tuple(kept), "[]"), annotation="list[Kept]")
    pieces.append(Piece(slots={"make": [made]}))
    whole = Assembly(tuple(pieces))
    return Assembly((*pieces, whole.flags()))


def _network(spec: Buildable) -> list[Piece]:
    """What the kind of network asks for."""
    found = []
    if any(len(each.shape) == PICTURE for each in spec.model.inputs):
        lie = call("convert_conv2d_weight_memory_format", raw("model"), raw("torch.channels_last"))
        found.append(Piece(slots={"model": [done(lie, "as the pictures lie")]}))
    if context.draws(spec.model):
        seeded = call("seed_torch", raw("config.seed"), raw("epoch"))
        found.append(Piece(slots={"epoch_begin": [done(seeded)]}))
    return found


def _learning(spec: Buildable, penalized: bool) -> Piece:
    """The bodies of `compute` and `infer`, and the metrics."""
    slots: dict[str, list[Statement]] = {"compute": [*_compute(spec, penalized)]}
    if data.predicts(spec):
        slots["infer"] = [*_infer(spec)]
    if spec.train.metrics:
        slots["make_metrics"] = [given(_metrics(spec))]
    return Piece(slots=slots)


def _call_model(spec: Buildable, inputs: list[Expr]) -> tuple[list[Statement], list[Expr]]:
    """The model's call on its inputs, and the expressions of its outputs."""
    read = {
        each.name: method(value, "permute", raw(order(each.shape)))
        if len(each.shape) >= PICTURE
        else value
        for each, value in zip(spec.model.inputs, inputs, strict=True)
    }
    model = call("model", *read.values()) if len(read) == 1 else call("model", **read)
    if len(spec.model.outputs) > 1:
        results = [raw(f"outputs[{quote(each.name)}]") for each in spec.model.outputs]
        return [assigned("outputs", model, annotation="Tensors")], [*results]
    result = "logits" if spec.train.losses[0].loss.folds != "none" else "output"
    return [assigned(result, model, annotation="Tensor")], [raw(result)]


def _compute(spec: Buildable, penalized: bool) -> list[Statement]:
    """From a batch to losses, outputs and targets."""
    found: list[Statement] = [
        lines("inputs, targets = (to_device(arrays, device) for arrays in batch)")
    ]
    names = [output.name for output in spec.model.outputs]
    inputs: list[Expr] = [raw(f"inputs[{quote(each.name)}]") for each in spec.model.inputs]
    targets: list[Expr] = [raw(f"targets[{quote(name)}]") for name in names]
    if not spec.model.several:
        found.append(assigned("x, y", raw(f"{inputs[0]}, {targets[0]}")))
        inputs = [raw("x")]
    elif len(names) == 1:
        found.append(assigned("y", targets[0]))
    if len(names) == 1:
        targets = [raw("y")]
    called, results = _call_model(spec, inputs)
    found += called
    codes: list[LossCode] = []
    for number, each in enumerate(spec.train.losses):
        site = OutputSite(spec.shape(number), each.loss, results[number], targets[number])
        codes.append(LOWERINGS.lower(each.loss, site))
        for target, value, comment in codes[-1].before:
            found.append(assigned(target.text(), value, comment))
    found += _summed(spec, [code.value for code in codes], penalized)
    both = [dict(zip(names, values, strict=True)) for values in (results, targets)]
    shown = [data.by_name(values) for values in both]
    if len(names) > 1:
        return [*found, lines("return losses, outputs, targets")]
    texts = [each.text() for each in (data.by_name({"loss": raw("loss")}), *shown)]
    return [*found, given(raw(", ".join(texts)))]


def _summed(spec: Buildable, made: list[Expr], penalized: bool) -> list[Statement]:
    """The loss, of several outputs the weighted sum of theirs."""
    penalty = [raw("penalty(model)")] if penalized else []
    if len(made) == 1:
        (each,) = spec.train.losses
        value = run.weighted(made[0], each.loss.weight)
        whole = Infix("+", (operand(value, "+"), *penalty)) if penalty else value
        return [assigned("loss", whole)]
    names = [f"{each.output}_loss" for each in spec.train.losses]
    terms = [
        run.weighted(raw(f"losses[{quote(name)}]"), each.loss.weight)
        for name, each in zip(names, spec.train.losses, strict=True)
    ]
    table = data.by_name(dict(zip(names, made, strict=True)))
    whole = Infix("+", (*terms, *penalty))
    return [assigned("losses", table), assigned('losses["loss"]', whole)]


def _infer(spec: Buildable) -> list[Statement]:
    """From inputs to what a reader is shown."""
    inputs: list[Expr] = [raw(f"inputs[{quote(each.name)}]") for each in spec.model.inputs]
    called, results = _call_model(spec, inputs)
    folds = run.framework_outputs(spec)
    pairs = zip(folds.items(), results, strict=True)
    return [*called, given(data.by_name({n: _readable(v, fold) for (n, fold), v in pairs}))]


def _readable(value: Expr, folds: str) -> Call:
    if folds == "softmax":
        value = method(value, "softmax", dim=1)
    elif folds == "sigmoid":
        value = method(value, "sigmoid")
    return method(method(value, "cpu"), "numpy")


def _metrics(spec: Buildable) -> Dict:
    found: dict[str, dict[str, Any]] = {}
    for number, each in enumerate(spec.train.metrics):
        place = [output.name for output in spec.model.outputs].index(each.output)
        site = OutputSite(spec.shape(place), spec.train.losses[place].loss)
        column = run.column(spec, number)
        found.setdefault(each.output, {})[column] = LOWERINGS.lower(each.metric, site)
    return data.by_name(found)


def _drawn(initial: Term) -> str:
    function, options = context.drawn_by(initial)
    return call(function, raw("rng"), raw("shape"), **options).text()
