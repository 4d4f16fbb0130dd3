"""The training part of a PyTorch script: what a spec says of data and training, as PyTorch code."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from specc import __version__
from specc.codegen import loading
from specc.codegen.backend import ModelCode
from specc.codegen.plan import Plan
from specc.codegen.pyexpr import Expr, call, expr, raw
from specc.codegen.script import Template
from specc.codegen.statements import Dict, assign
from specc.data import sources
from specc.ir import Data, Spec, Train
from specc.ops.ranks import PICTURE, SEQUENCE
from specc.terms import Term
from specc.train import initializers, losses, optimizers

from .scores import score_code

assert __package__ is not None
_TEMPLATE = Template(
    package=__package__,
    parts=f"{__package__.rpartition('.')[0]}.parts",
    imports="""
import math
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer
""",
    early=("flag",),
)


def script(spec: Spec, code: ModelCode) -> str:
    """The whole training script."""
    assert spec.data is not None and spec.train is not None
    return _TEMPLATE.render(
        {
            **_head(spec, spec.data, code.plan),
            **_config(spec, spec.data, spec.train),
            **_initial(code.plan),
            **_training(spec, spec.train),
            **_use(spec, spec.data),
            "model": code.text.strip("\n"),
            "maker": code.maker,
            "load_data": "\n".join(loading.load_data(spec)),
        }
    )


def _head(spec: Spec, data: Data, plan: Plan) -> dict[str, Any]:
    names = loading.class_names(data)
    needs = ["torch", "numpy", "matplotlib", "safetensors"]
    if loading.predicts(spec) or isinstance(data.source, sources.Folder):
        needs.append("pillow")
    if isinstance(data.source, sources.Digits):
        needs.append("scikit-learn")
    return {
        "title": spec.model.name,
        "task": loading.task(spec),
        "parameters": f"{plan.parameters:,}",
        "version": __version__,
        # In a docstring even a quote or a backslash of a file's name would do harm.
        "file": re.sub(r"[^\w .()+-]", "_", spec.file, flags=re.ASCII),
        "needs": ", ".join(needs[:-1]) + f" and {needs[-1]}",
        "classes": "" if names is None else "\n".join(assign("CLASSES", expr(names))),
    }


def _config(spec: Spec, data: Data, train: Train) -> dict[str, Any]:
    path = loading.data_path(data)
    lines = []
    if path is not None:
        flag = call("flag", call("Path", path), "where the data lies")
        lines += assign("data: Path", flag, 1)
    out = call("Path", f"runs/{loading.file_stem(spec)}_torch")
    lines += assign("out: Path", call("flag", out, "folder of the results"), 1)
    return {
        "paths": "\n".join(lines),
        "epochs": train.epochs,
        "batch": train.batch,
        "learning_rate": train.optimizer.model_dump()["learning_rate"],
        "seed": train.seed,
    }


def _initial(plan: Plan) -> dict[str, Any]:
    """The kernels' usual initializer, and the weights that begin in another way."""
    weights = [(name, weight) for name, weight in plan.weights if weight.trainable]
    kernels = Counter(weight.initial for _, weight in weights if len(weight.shape) > 1)
    usual = kernels.most_common(1)[0][0] if kernels else None
    special = {
        name: weight.initial
        for name, weight in weights
        if weight.initial != (usual if len(weight.shape) > 1 else _usual(name))
    }
    table = Dict(tuple((name, _drawing(initial)) for name, initial in special.items()))
    return {
        "kernel": None if usual is None else _drawn(usual).text(),
        "special": "\n".join(assign("special", table, 1)) if special else "",
    }


def _usual(name: str) -> Term:
    """How a vector begins: a bias at 0, a scale at 1."""
    return initializers.Zeros() if name.endswith(".bias") else initializers.Ones()


def _drawing(initial: Term) -> Expr:
    """A function of a random stream and a shape."""
    function, options = _function(initial)
    return call("partial", raw(function), **options) if options else raw(function)


def _drawn(initial: Term) -> Expr:
    function, options = _function(initial)
    return call(function, raw("rng"), raw("shape"), **options)


def _function(initial: Term) -> tuple[str, dict[str, float]]:
    match initial:
        case initializers.Zeros():
            return "constant", {"value": 0.0}
        case initializers.Ones():
            return "constant", {"value": 1.0}
    options = initial.model_dump()
    return options.pop("kind"), options


def _training(spec: Spec, train: Train) -> dict[str, Any]:
    loss = train.losses[0].loss
    assert isinstance(loss, losses.Loss)
    output, inputs = loading.output_shape(spec), spec.model.inputs[0].shape
    logits = loss.folds != "none"
    adapt = []
    if isinstance(loss, losses.CategoricalCrossentropy):
        if len(output) == SEQUENCE:
            adapt.append("logits = logits.transpose(1, 2)  # PyTorch wants the classes second")
    elif len(output) == PICTURE:
        adapt.append("y = y.permute(0, 3, 1, 2)")
    validates = spec.data is not None and loading.has_validation(spec.data)
    return {
        "pictures": len(inputs) == PICTURE,
        "result": "logits" if logits else "output",
        "result_text": "logits" if logits else "output",
        "adapt": adapt,
        "loss": _loss(loss),
        "optimizer": "\n".join(assign("optimizer", _optimizer(train.optimizer), 1)),
        "epsilon": _epsilon(train.optimizer),
        "scores": score_code(train, output, logits),
        "random": any(node.op.word() == "Dropout" for node in spec.model.nodes),
        "validates": validates,
        "watched": "val_loss" if validates else "loss",
    }


def _loss(loss: losses.Loss) -> str:
    match loss:
        case losses.Mse():
            return "F.mse_loss(output, y)"
        case losses.Mae():
            return "F.l1_loss(output, y)"
        case losses.CategoricalCrossentropy(label_smoothing=share):
            options = {"label_smoothing": share} if share else {}
            return call("F.cross_entropy", raw("logits"), raw("y"), **options).text()
        case losses.BinaryCrossentropy(label_smoothing=share):
            target = f"y * (1 - {share!r}) + {share!r} / 2" if share else "y"
            return f"F.binary_cross_entropy_with_logits(logits, {target})"
    raise AssertionError(loss)


def _optimizer(term: Term) -> Expr:
    first = (raw("model.parameters()"), raw("config.learning_rate"))
    match term:
        case optimizers.Adam(beta1=beta1, beta2=beta2, epsilon=epsilon):
            return call("Adam", *first, betas=(beta1, beta2), eps=epsilon, fused=True)
        case optimizers.Sgd(momentum=momentum, nesterov=nesterov):
            options = {"nesterov": True} if nesterov else {}
            return call("SGD", *first, momentum=momentum, **options)
    raise AssertionError(term)


def _epsilon(term: Term) -> str:
    if not isinstance(term, optimizers.Adam):
        return ""
    keras = call("keras_epsilon", raw("optimizer"), raw("step"), term.epsilon, term.beta2)
    return keras.text()


def _use(spec: Spec, data: Data) -> dict[str, Any]:
    """What the best epoch is used for: the test part, single pictures."""
    scale = loading.scale(data)
    names, measured = _names(spec, data), loading.measures(data)
    shown = _shown(spec, names)
    facts = ["names" if "names" in " ".join(shown) else "_", "scale" if measured else "_"]
    top = loading.source_of(data).top()
    x = "x" if top in (None, 255) else f"x * ({top} / 255)"  # a picture's file goes up to 255
    return {
        "tests": loading.has_test(data),
        "test_may_lack": isinstance(data.source, sources.Folder),
        "predicts": loading.predicts(spec),
        "facts": "" if facts == ["_", "_"] else ", ".join(facts),
        "shape": spec.model.inputs[0].shape,
        "scaled": f"scale({x})" if measured else f"{scale.text()}({x})",
        "shown": shown,
    }


def _names(spec: Spec, data: Data) -> str:
    units = loading.output_shape(spec)[-1]
    known = loading.class_names(data)
    if known is not None and len(known) == max(units, 2):
        return "CLASSES"
    return (
        "names"
        if isinstance(data.source, sources.Folder)
        else f"[*map(str, range({max(units, 2)}))]"
    )


def _shown(spec: Spec, names: str) -> list[str]:
    """What a prediction prints."""
    assert spec.train is not None
    match spec.train.losses[0].loss:
        case losses.CategoricalCrossentropy():
            return [f"show_classes({names}, logits.softmax(dim=1)[0].tolist())"]
        case losses.BinaryCrossentropy() if loading.output_shape(spec) == (1,):
            return ["yes = logits.sigmoid().item()", f"show_classes({names}, [1 - yes, yes])"]
        case losses.BinaryCrossentropy():
            return [f"show_classes({names}, logits.sigmoid()[0].tolist())"]
    return ["print(*map(number, output[0].tolist()))"]
