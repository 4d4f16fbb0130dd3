"""What a script's template is told of the spec, alike for every backend."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from specc import __version__
from specc.codegen import loading
from specc.codegen.model.plan import Plan
from specc.codegen.python.expressions import Expr, call, expr, raw
from specc.codegen.python.layout import assign
from specc.data import sources
from specc.ir import Model, Spec
from specc.ops.base import Layer
from specc.terms import Term
from specc.train import initializers


def head(spec: Spec, plan: Plan, frameworks: tuple[str, ...]) -> dict[str, Any]:
    """The docstring, and the classes' names where they are known."""
    assert spec.data is not None
    known = known_classes(spec)
    needs = [*frameworks, "numpy", "matplotlib", "safetensors"]
    pictures = loading.predicts(spec) and not spec.model.several
    if pictures or isinstance(spec.data.source, sources.Folder):
        needs.append("pillow")
    if isinstance(spec.data.source, sources.Digits):
        needs.append("scikit-learn")
    return {
        "title": spec.model.name,
        "task": loading.task(spec),
        "parameters": f"{plan.parameters:,}",
        "version": __version__,
        # In a docstring even a quote or a backslash of a file's name would do harm.
        "file": re.sub(r"[^\w .()+-]", "_", spec.file, flags=re.ASCII),
        "needs": ", ".join(needs[:-1]) + f" and {needs[-1]}",
        "classes": "" if known is None else "\n".join(assign("CLASSES", known)),
    }


def known_classes(spec: Spec) -> Expr | None:
    """The names of the classes, by output where there are several; None where nobody knows them."""
    assert spec.data is not None
    if spec.model.several:
        from specc.codegen import several

        named = several.classes(spec)
        return several.by_name(named) if named else None
    names = loading.class_names(spec.data)
    return None if names is None else expr(names)


def config(spec: Spec, backend: str) -> dict[str, Any]:
    """The defaults of the flags."""
    assert spec.data is not None and spec.train is not None
    path, lines = loading.data_path(spec.data), []
    if path is not None:
        flag = call("flag", call("Path", path), "where the data lies")
        lines += assign("data: Path", flag, 1)
    out = call("Path", f"runs/{loading.file_stem(spec)}_{backend}")
    lines += assign("out: Path", call("flag", out, "folder of the results"), 1)
    return {
        "paths": "\n".join(lines),
        "epochs": spec.train.epochs,
        "batch": spec.train.batch,
        "learning_rate": spec.train.optimizer.model_dump()["learning_rate"],
        "seed": spec.train.seed,
    }


def draws(model: Model) -> bool:
    """Whether training draws random numbers in the model, for dropout say."""
    return any(isinstance(node.op, Layer) and node.op.random for node in model.nodes)


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


def use(spec: Spec, names_shown: bool) -> dict[str, Any]:
    """What the best epoch is used for: the test part, single pictures."""
    assert spec.data is not None
    data = spec.data
    measured = loading.measures(data)
    facts = ["names" if names_shown else "_", "numbers" if measured else "_"]
    top = loading.source_of(data).top()
    x = "x" if top in (None, 255) else f"x * ({top} / 255)"  # a picture's file goes up to 255
    return {
        "tests": loading.has_test(data),
        "test_may_lack": isinstance(data.source, sources.Folder),
        "predicts": loading.predicts(spec),
        "facts": "" if facts == ["_", "_"] else ", ".join(facts),
        "shape": spec.model.inputs[0].shape,
        "measured": measured,
        "scaled": f"scale({x})" if measured else f"{loading.scale(data).text()}({x})",
    }


def names_of_classes(spec: Spec) -> str:
    """Where a prediction finds the names of the classes."""
    assert spec.data is not None
    units = max(loading.output_shape(spec)[-1], 2)
    known = loading.class_names(spec.data)
    if known is not None and len(known) == units:
        return "CLASSES"
    if isinstance(spec.data.source, sources.Folder):
        return "names"
    return f"[*map(str, range({units}))]"
