"""The lean form of a Keras script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from specc.codegen.backend import ModelCode
from specc.codegen.lowering import Stored
from specc.codegen.python.expressions import Expr, call, expr, raw
from specc.codegen.script import context, data, lean
from specc.codegen.script.pieces import Assembly, Piece, Statement, assigned, done
from specc.codegen.script.render import Template
from specc.codegen.training import StageSite
from specc.ir import Buildable

from .contract import LEAN
from .lowering import LOWERINGS, kernel_axes
from .train import drawing, learned, values, weighted

assert __package__ is not None
IMPORTS = """
import json
import math
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import KerasTensor, layers, ops
"""
FRAMEWORK = {"tensorflow": ("keras", "numpy")}
_WIDE = 78
"""Callbacks whose text is longer do not stand in the call of `fit`."""


def script(spec: Buildable, code: ModelCode, parts: tuple[str, ...]) -> str:
    """The lean script."""
    (stage,) = spec.train.stages
    return render(spec, code, [LOWERINGS.lower(stage.optimizer, lean.SITE)], parts)


def render(
    spec: Buildable, code: ModelCode, training: Sequence[Piece], parts: tuple[str, ...]
) -> str:
    """The script with a training's pieces: the optimizer's, then what else an update is made of."""
    slots: dict[str, list[Statement]] = {"losses": learned(spec, lean=True)}
    asked = {name for piece in training for name in piece.slots}
    if "compile" not in asked:
        slots["compiled"] = [_compiled(spec)]
    plain, callbacks = _plain(code), _callbacks(spec, training)
    if plain:
        slots["draw"] = _draw(code)
    if len(callbacks.text()) > _WIDE:
        slots["called"] = [assigned("callbacks", callbacks)]
        callbacks = raw("callbacks")
    found = [
        *lean.pieces(spec, "keras", training, lean.PAIR),
        *drawing(spec, "SEED"),
        Piece(slots=slots),
    ]
    pieces = Assembly(tuple(found))
    packages = (f"{__package__}.parts.lean", lean.PARTS, *parts)
    template = Template(__package__, packages, IMPORTS, name="lean.py.j2", contract=LEAN, lean=True)
    told = {**values(spec, code, pieces), **lean.values(spec)}
    told |= {
        "part": "Part" if spec.model.several else told["Part"],
        "plain": plain,
        "asked": asked,
        "callbacks": callbacks,
    }
    return lean.with_needs(template.render({**told, "needs": lean.NEEDS}, pieces), FRAMEWORK)


def observed(spec: Buildable, code: ModelCode) -> dict[str, Any]:
    """Of each layer the canonical names, attributes and layouts of its weights, and what a whole
    script would keep besides them."""
    weights = {
        layer: [(each.canonical, each.attribute, each.layout) for each in stored]
        for layer, stored in code.stored.items()
    }
    pieces = [LOWERINGS.lower(stage.optimizer, StageSite()) for stage in spec.train.stages]
    kept = [each.text() for each in Assembly(tuple(pieces)).values("kept")]
    return {"weights": weights, "kept": kept}


def _compiled(spec: Buildable) -> Statement:
    options = {"loss_weights": raw("loss_weights")} if weighted(spec) else {}
    options |= {"metrics": raw("metrics")} if spec.train.metrics else {}
    made = call("model.compile", raw("optimizer"), raw("loss"), **options, jit_compile=False)
    return done(made, "XLA rounds in another way")


def _callbacks(spec: Buildable, training: Sequence[Piece]) -> Expr:
    """The best epoch's weights are kept; by default by the loss on the validation part."""
    own = [value for piece in training for value in piece.values.get("callbacks", ())]
    monitor = {} if data.has_validation(spec.data) else {"monitor": "loss"}
    path = raw('OUT / "best.keras"')
    best = call("keras.callbacks.ModelCheckpoint", path, **monitor, save_best_only=True)
    return expr([*own, best])


def _draw(code: ModelCode) -> list[Statement]:
    """A kernel of the layout (*window, inputs, outputs), drawn in that of every framework."""
    usual, _ = context.initial_weights(code.plan)
    before, drawn = lean.drawn(usual, "(outputs, inputs, *window)")
    moved = call("np.moveaxis", drawn, (0, 1), (-1, -2))
    return [*before, done(call("kernel.assign", moved))]


def _plain(code: ModelCode) -> bool:
    """Whether all that is drawn are kernels in Keras's usual layout."""
    _, special = context.initial_weights(code.plan)
    return not special and all(
        each.axes is None or each == Stored("weight", "kernel", kernel_axes(len(each.axes) - 2))
        for stored in code.stored.values()
        for each in stored
    )
