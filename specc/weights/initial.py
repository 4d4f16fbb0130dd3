"""Initial weights without a framework: the numbers that every script of the spec draws itself."""

from __future__ import annotations

from importlib import import_module

from specc import ir
from specc.codegen.model.plan import make_plan
from specc.codegen.script.context import drawn_by
from specc.codegen.script.parts import known_parts, library
from specc.terms import Term
from specc.weights.file import Array, part


def draw(model: ir.Model, seed: int) -> dict[str, Array]:
    """Every weight and running statistic by its canonical name."""
    return {
        name: _drawn(name, weight.shape, weight.initial, seed)
        for name, weight in make_plan(model).weights
    }


def _drawn(name: str, shape: tuple[int, ...], initial: Term, seed: int) -> Array:
    function, options = drawn_by(initial)
    stream = part("init", "weight_stream")(seed, name)
    drawing = getattr(import_module(library(*known_parts()).home(function)), function)
    array: Array = drawing(stream, shape, **options)
    return array
