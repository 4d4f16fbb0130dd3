"""The training part of a PyTorch script: what a spec says of data and training, as PyTorch code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from specc.codegen.backend import ModelCode
from specc.codegen.python.expressions import Call, Expr, Seq, call, method, quote, raw
from specc.codegen.python.layout import Dict, assign
from specc.codegen.script import context, data, run
from specc.codegen.script.pieces import (
    Assembly,
    Flag,
    Piece,
    Statement,
    assigned,
    done,
    given,
    lines,
)
from specc.codegen.script.render import Template
from specc.codegen.training import OutputSite, StageSite
from specc.ir import Buildable
from specc.ops.ranks import PICTURE
from specc.terms import Term
from specc.train import initializers

from .compute import call_model, compute
from .contract import CONTRACT
from .lowering import LOWERINGS
from .metrics import metric_code
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
_TESTED = (
    "device = choose_device(config.device)",
    "size, limit = config.batch_size, config.limit_batches",
    "test = Batches(data.test, size, data.scale, limit, device)",
    "values = evaluate(load_best(config), test)",
)
_MODES = "torch.compile's mode: default, reduce-overhead (CUDA graphs) or max-autotune"
_COMPILING = Piece(
    flags=(Flag("compile", "str | None", None, _MODES, {"kind": raw("str")}),),
    slots={
        "model": [
            lines(
                "if config.compile is not None:",
                "    compile_model(model, config.compile, device)",
            )
        ]
    },
)
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
        "penalty": penalty(code.plan),
        "several": len(spec.model.outputs) > 1,
    }


def assembly(spec: Buildable, code: ModelCode, training: Sequence[Piece]) -> Assembly:
    """Everything that the script does."""
    pieces = [*run.run_pieces(spec, "torch", DEVICES, training)]
    if pictured(spec):
        lie = call("convert_conv2d_weight_memory_format", raw("model"), raw("torch.channels_last"))
        pieces.append(Piece(slots={"model": [done(lie, "as the pictures lie")]}))
    pieces.append(_COMPILING)
    pieces += drawing(spec, raw("config.seed"))
    pieces.append(_learning(spec, bool(penalty(code.plan))))
    kept = [call("Weights", raw("model")), *Assembly(tuple(pieces)).values("kept")]
    made = assigned("kept", Seq(tuple(kept), "[]"), annotation="list[Kept]")
    pieces.append(Piece(slots={"make": [made]}))
    whole = Assembly(tuple(pieces))
    return Assembly((*pieces, whole.flags()))


def pictured(spec: Buildable) -> bool:
    """Whether pictures go into the network: its kernels then lie as these do."""
    return any(len(each.shape) == PICTURE for each in spec.model.inputs)


def drawing(spec: Buildable, seed: Expr) -> list[Piece]:
    """Of a network that draws random numbers while it trains: seeds for each epoch."""
    if not context.draws(spec.model):
        return []
    seeded = done(call("seed_torch", seed, raw("epoch")))
    return [Piece(slots={"epoch_begin": [seeded]}, values={"kept": (call("Draws"),)})]


def _learning(spec: Buildable, penalized: bool) -> Piece:
    """The bodies of `compute` and `infer`, and the metrics."""
    slots: dict[str, list[Statement]] = {"compute": compute(spec, penalized, "batch")}
    if data.has_test(spec.data):
        slots["tested"] = [lines(*_TESTED)]
    if data.predicts(spec):
        slots["infer"] = [*_infer(spec)]
    if spec.train.metrics:
        slots["make_metrics"] = [given(_metrics(spec))]
    return Piece(slots=slots)


def _infer(spec: Buildable) -> list[Statement]:
    """From inputs to what a reader is shown."""
    inputs: list[Expr] = [raw(f"inputs[{quote(each.name)}]") for each in spec.model.inputs]
    called, results = call_model(spec, inputs)
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
        code = metric_code(LOWERINGS.lower(each.metric, site))
        found.setdefault(each.output, {})[column] = code.value
    return data.by_name(found)


def _drawn(initial: Term) -> str:
    function, options = context.drawn_by(initial)
    return call(function, raw("rng"), raw("shape"), **options).text()
