"""The lean form of a PyTorch script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from specc.codegen.backend import ModelCode
from specc.codegen.python.expressions import Expr, Infix, call, expr, quote, raw
from specc.codegen.python.layout import WIDTH, Dict
from specc.codegen.script import context, lean, run
from specc.codegen.script.pieces import Assembly, Piece, Statement, assigned, done, given, lines
from specc.codegen.script.render import Template
from specc.codegen.training import OutputSite
from specc.ir import Buildable

from .compute import compute, compute_pair, result_name
from .contract import LEAN
from .lowering import LOWERINGS
from .metrics import metric_code
from .penalty import penalty
from .train import drawing, pictured, values

assert __package__ is not None
IMPORTS = """
import json
import math
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score
from torch import Tensor, nn
from tqdm import tqdm
"""


FRAMEWORK: dict[str, tuple[str, ...]] = {"torch": ()}


def script(spec: Buildable, code: ModelCode, parts: tuple[str, ...]) -> str:
    """The lean script."""
    (stage,) = spec.train.stages
    training = [LOWERINGS.lower(stage.optimizer, lean.SITE)]
    return render(spec, code, training, parts)


def render(
    spec: Buildable, code: ModelCode, training: Sequence[Piece], parts: tuple[str, ...]
) -> str:
    """The script with a training's pieces: the optimizer's, then what else an update is made of."""
    usual, special = context.initial_weights(code.plan)
    slots = {"compute": _compute(spec, code), "figures": [*_figures(spec)]}
    if not special:
        before, drawn = lean.drawn(usual, "parameter.shape")
        unpacked = [lines("outputs, inputs, *window = parameter.shape")] if before else []
        copied = call("parameter.copy_", call("torch.from_numpy", drawn))
        slots["draw"] = [*unpacked, *before, done(copied)]
    learned = Piece(slots=slots)
    found = [*lean.pieces(spec, "torch", training, "Part"), *drawing(spec, lean.SEED), learned]
    if pictured(spec):
        lie = "nn.utils.convert_conv2d_weight_memory_format"
        laid = done(call(lie, raw("model"), raw("torch.channels_last")), "as the pictures lie")
        found.append(Piece(slots={"model": [laid]}))
    pieces = Assembly(tuple(found))
    own = (f"{__package__}.parts.lean", lean.PARTS, *parts)
    template = Template(__package__, own, IMPORTS, name="lean.py.j2", contract=LEAN, lean=True)
    told = {**values(spec, code, pieces), **lean.values(spec), "needs": lean.NEEDS}
    return lean.with_needs(
        template.render({**told, "result": result_name(spec)}, pieces), FRAMEWORK
    )


def _compute(spec: Buildable, code: ModelCode) -> list[Statement]:
    penalized = bool(penalty(code.plan))
    if not spec.model.several:
        return compute_pair(spec, penalized)
    return compute(spec, penalized, "(to_device(select(arrays, rows), DEVICE) for arrays in part)")


def _figures(spec: Buildable) -> Iterator[Statement]:
    """Losses and metrics of a pass from those of its batches, where all samples count the same."""
    metrics = _metrics(spec)
    if spec.model.several:
        yield from _named_figures(spec, metrics)
        return
    yield lines("losses, outputs, targets = zip(*results, strict=True)")
    yield lines("lost = [float(loss * len(y)) for loss, y in zip(losses, targets, strict=True)]")
    if metrics:
        pair = raw("torch.cat(outputs).cpu(), torch.cat(targets).cpu()")
        yield assigned(f"{result_name(spec)}, y", pair)
    loss = raw("sum(lost) / sum(map(len, targets))")
    yield given(Dict((("loss", loss), *metrics.items())))


def _named_figures(spec: Buildable, metrics: dict[str, Expr]) -> Iterator[Statement]:
    first = quote(spec.model.outputs[0].name)
    yield lines(f"sizes = [len(targets[{first}]) for _, _, targets in results]")
    yield assigned("names", expr(run.lost(spec)))
    yield lines(
        "row = {}",
        "for name in names:",
        "    lost = (losses[name] * n for (losses, _, _), n in zip(results, sizes, strict=True))",
        "    row[name] = sum(map(float, lost)) / sum(sizes)",
    )
    if metrics:
        pairs = raw("(joined([each[place] for each in results]) for place in (1, 2))")
        yield assigned("outputs, targets", pairs)
    measured = ""
    for each, (column, value) in zip(spec.train.metrics, metrics.items(), strict=True):
        if each.output != measured:
            measured, key = each.output, quote(each.output)
            yield assigned("result, y", raw(f"outputs[{key}], targets[{key}]"))
        yield assigned(f"row[{quote(column)}]", value)
    yield given(raw("row"))


def _metrics(spec: Buildable) -> dict[str, Expr]:
    """Each metric as an expression of all results and targets of a pass."""
    found = {}
    names = [output.name for output in spec.model.outputs]
    result, y = raw("result" if spec.model.several else result_name(spec)), raw("y")
    for number, each in enumerate(spec.train.metrics):
        place = names.index(each.output)
        site = OutputSite(spec.shape(place), spec.train.losses[place].loss, result, y)
        code = metric_code(LOWERINGS.lower(each.metric, site))
        column = run.column(spec, number)
        key = quote(column)
        room = WIDTH - len(f"    row[{key}] = " if spec.model.several else f"        {key}: ,")
        line = code.of_pass
        if line is None or (isinstance(line, Infix) and len(line.text()) > room):
            line = call("measured", code.value, result, y)
        found[column] = line
    return found
