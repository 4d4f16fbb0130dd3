"""The training part of a PyTorch script: what a spec says of data and training, as PyTorch code."""

from __future__ import annotations

from typing import Any

from specc.codegen import context, loading
from specc.codegen.backend import ModelCode
from specc.codegen.python.expressions import Expr, call, expr, raw
from specc.codegen.python.layout import Dict, assign
from specc.codegen.script import Template
from specc.ir import Spec, Train
from specc.ops.ranks import PICTURE
from specc.terms import Term
from specc.train import initializers, losses, optimizers

from .losses import adapted, loss_of, order
from .penalty import penalty
from .scores import score_code
from .several import calls, outputs_code

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
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import convert_conv2d_weight_memory_format
from torch.optim import SGD, Adam, Optimizer
""",
    early=("flag",),
)


def script(spec: Spec, code: ModelCode) -> str:
    """The whole training script."""
    assert spec.data is not None and spec.train is not None
    shown = [] if spec.model.several else _shown(spec, context.names_of_classes(spec))
    usual, special = context.initial_weights(code.plan)
    table = Dict(tuple(special.items()))
    return _TEMPLATE.render(
        {
            **context.head(spec, code.plan, ("torch",)),
            **context.config(spec, "torch"),
            **context.use(spec, "names" in " ".join(shown)),
            **_training(spec, spec.train, cost := penalty(code.plan)),
            "penalty": cost,
            "shown": shown,
            **(calls(spec) if spec.model.several else {}),
            "kernel": _drawn(usual or initializers.GlorotUniform()),
            "special": "\n".join(assign("special", table, 1)) if special else "",
            "model": code.text.strip("\n"),
            "maker": code.maker,
            "load_data": "\n".join(loading.load_data(spec)),
            "several": spec.model.several,
            "outputs": len(spec.model.outputs),
        },
        several=spec.model.several,
    )


def _drawn(initial: Term) -> str:
    function, options = context.drawn_by(initial)
    return call(function, raw("rng"), raw("shape"), **options).text()


def _training(spec: Spec, train: Train, cost: dict[str, str]) -> dict[str, Any]:
    inputs = spec.model.inputs[0].shape
    validates = spec.data is not None and loading.has_validation(spec.data)
    several = len(spec.model.outputs) > 1
    return {
        "pictures": any(len(given.shape) == PICTURE for given in spec.model.inputs),
        "order": order(inputs) if len(inputs) >= PICTURE else "",
        "optimizer": "\n".join(assign("optimizer", _optimizer(train.optimizer), 1)),
        "epsilon": _epsilon(train.optimizer),
        "slots": expr(_slots(train.optimizer)).text(),
        "random": context.draws(spec.model),
        "validates": validates,
        "watched": "val_loss" if validates else "loss",
        **(outputs_code(spec, train, bool(cost)) if several else _one_output(spec, train)),
    }


def _one_output(spec: Spec, train: Train) -> dict[str, Any]:
    loss, name = loading.loss_of(spec, 0), spec.model.outputs[0].name
    output = loading.output_shape(spec)
    result = "logits" if loss.folds != "none" else "output"
    weight = "" if loss.weight == 1 else f"{loss.weight!r} * "
    return {
        "result": result,
        "adapt": adapted(loss, output, "logits", "y"),
        "loss": weight + loss_of(loss, result, "y").text(),
        "scores": score_code(train, name, loss, output),
        "step": f"loss, {result}, y",
        "learned": "loss",
    }


def _optimizer(term: Term) -> Expr:
    first = (raw("model.parameters()"), raw("config.learning_rate"))
    match term:
        case optimizers.Adam(beta1=beta1, beta2=beta2, epsilon=epsilon):
            return call("Adam", *first, betas=(beta1, beta2), eps=epsilon, fused=True)
        case optimizers.Sgd(momentum=momentum, nesterov=nesterov):
            options = {"nesterov": True} if nesterov else {}
            return call("SGD", *first, momentum=momentum, **options, fused=True)
    raise AssertionError(term)


def _slots(term: Term) -> tuple[str, ...]:
    """What PyTorch's optimizer keeps for each parameter."""
    match term:
        case optimizers.Adam():
            return ("exp_avg", "exp_avg_sq")
        case optimizers.Sgd(momentum=momentum):
            return ("momentum_buffer",) if momentum else ()
    raise AssertionError(term)


def _epsilon(term: Term) -> str:
    if not isinstance(term, optimizers.Adam):
        return ""
    keras = call(
        "keras_epsilon", raw("optimizer"), raw("step"), epsilon=term.epsilon, beta2=term.beta2
    )
    return keras.text()


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
