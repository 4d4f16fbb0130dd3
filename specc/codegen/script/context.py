"""What a script's template is told of the spec, alike for every backend."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from specc import __version__
from specc.codegen.model.plan import Plan
from specc.codegen.python.expressions import Expr, call, raw
from specc.codegen.script import data
from specc.data.scalings import Scaling
from specc.data.source import DataSource
from specc.ir import Buildable, Model
from specc.places import scale_place
from specc.terms import Term
from specc.train import initializers


def head(spec: Buildable, plan: Plan, title: str, frameworks: tuple[str, ...]) -> dict[str, Any]:
    """What the docstring says."""
    named = [*frameworks, "numpy", "matplotlib", "safetensors"]
    if data.predicts_pictures(spec) and data.predicts(spec):
        named.append("pillow")
    return {
        "title": spec.model.name,
        "task": data.task(spec),
        "framework": title,
        "parameters": f"{plan.parameters:,}",
        "version": __version__,
        # In a docstring even a quote or a backslash of a file's name would do harm.
        "file": re.sub(r"[^\w .()+-]", "_", spec.file, flags=re.ASCII),
        "needs": needs(spec, named),
    }


def needs(spec: Buildable, named: Sequence[str]) -> str:
    """The packages that a script imports, those of its source last."""
    every = list(dict.fromkeys((*named, *spec.data.source.needs)))
    return f"{', '.join(every[:-1])} and {every[-1]}"


def draws(model: Model) -> bool:
    """Whether training draws random numbers in the model, for dropout say."""
    return any(node.op.random for node in model.nodes)


def initial_weights(plan: Plan) -> tuple[Term | None, dict[str, Expr]]:
    """How kernels usually begin, and the drawing functions of the weights that begin otherwise.

    A vector usually begins at 0 where it is a bias and at 1 where it is a scale.
    """
    weights = [(name, weight) for name, weight in plan.weights if weight.trainable]
    kernels = Counter(weight.initial for _, weight in weights if len(weight.shape) > 1)
    usual = kernels.most_common(1)[0][0] if kernels else None
    special = {
        name: weight.initial
        for name, weight in weights
        if weight.initial != (usual if len(weight.shape) > 1 else _of_vector(name))
    }
    # Functions and partial ones in one table have no type in common but that of all things.
    alike = len({bool(drawn_by(initial)[1]) for initial in special.values()}) < 2
    return usual, {name: drawing(initial, alike) for name, initial in special.items()}


def _of_vector(name: str) -> Term:
    return initializers.Zeros() if name.endswith(".bias") else initializers.Ones()


def drawing(initial: Term, plain: bool = True) -> Expr:
    """A function of a random stream and a shape. plain: it need not be a `partial`."""
    function, options = drawn_by(initial)
    return raw(function) if plain and not options else call("partial", raw(function), **options)


def drawn_by(initial: Term) -> tuple[str, dict[str, float]]:
    """The part that draws, and its arguments."""
    match initial:
        case initializers.Zeros():
            return "constant", {"value": 0.0}
        case initializers.Ones():
            return "constant", {"value": 1.0}
    options = initial.model_dump()
    return options.pop("kind"), options


def part_of(spec: Buildable, place: str, term: Term) -> str:
    """The part that a term of `part_terms` is a call of."""
    if isinstance(term, DataSource):
        return term.reads(data.PATH, data.feed(spec)).part
    if isinstance(term, Scaling):
        given = place.removeprefix(scale_place(""))
        return term.made(spec.data.source.top(), data.TRAIN, given).part
    return drawn_by(term)[0]
