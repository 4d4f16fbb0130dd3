"""Scripts of several inputs or outputs: what they read, and what they predict, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from specc.codegen import loading
from specc.codegen.python.expressions import Expr, call, expr, quote, raw
from specc.codegen.python.layout import Dict, assign, give
from specc.data import scalings, sources
from specc.ir import Spec

_SHORT = 40
Shown: TypeAlias = Callable[[Expr, str], Expr]
"""An output as numbers to show: a NumPy array, with the activation that the loss took over."""


def by_name(values: dict[str, Any]) -> Dict:
    """A dict of values, or of expressions, by name."""
    pairs = ((name, v if isinstance(v, Expr) else expr(v)) for name, v in values.items())
    return Dict(tuple(pairs))


def load_data(spec: Spec) -> list[str]:
    """The lines of the function `load_data`, below its docstring."""
    assert spec.data is not None
    data, samples = spec.data, raw("samples")
    reader = "read_csv" if isinstance(data.source, sources.Csv) else "read_npz"
    read = call(reader, loading.PATH, inputs=_arrays(spec, 0), targets=_arrays(spec, 1))
    lines = assign("samples", read, 1)
    for each in data.inputs:
        if isinstance(each.scaling, scalings.UnitRange):
            lines += loading.do(call("check_eight_bit", samples, each.input, loading.PATH))
    converted = {
        output.name: loading.labels(spec, number)
        for number, output in enumerate(spec.model.outputs)
    }
    check = call("checked", samples, _shapes(spec), by_name(converted), loading.PATH)
    lines += assign("samples", check, 1)
    for given in spec.model.inputs:
        limit = spec.model.index_limit(given.name)
        if limit is not None:
            check = call("check_indices", samples, given.name, limit, loading.PATH)
            lines += loading.do(check)
    for statement in loading.cut(data):
        lines += statement
    lines += loading.do(call("check_batch_size", raw("train"), raw("config.batch_size")))
    lines += assign("scale", by_name(_scales(spec, measured=True)), 1, annotation="Scales")
    parts = map(raw, ("train", "validation", "test", "scale"))
    return lines + give(call("Data", *parts, raw("CLASSES" if classes(spec) else "{}")), 1)


def _arrays(spec: Spec, side: int) -> Dict:
    """What feeds the inputs (0) or outputs (1)."""
    assert spec.data is not None
    source = loading.source_of(spec.data)
    values = (spec.model.inputs, spec.model.outputs)[side]
    return by_name({value.name: source.feeding(value.name) for value in values})


def _shapes(spec: Spec) -> Dict:
    return by_name({given.name: given.shape for given in spec.model.inputs})


def _scales(spec: Spec, measured: bool) -> dict[str, Expr]:
    """The scaling of each input; without `measured` only those that the spec fixes."""
    assert spec.data is not None
    found = {}
    for number, each in enumerate(spec.data.inputs):
        part = call("only", loading.TRAIN, each.input)
        if measured or not loading.is_measured(each.scaling):
            found[each.input] = loading.scale(spec.data, number, part)
    return found


def classes(spec: Spec) -> dict[str, tuple[str, ...]]:
    """The names of the classes that outputs tell apart, numbers where the spec gives none."""
    assert spec.data is not None
    found = {}
    for number, target in enumerate(spec.data.targets):
        count = loading.class_count(spec, number)
        if count is not None:
            found[target.output] = target.classes or tuple(map(str, range(count)))
    return found


def prediction(spec: Spec, shown: Shown) -> dict[str, Any]:
    """What the function `predict` reads and shows."""
    assert spec.data is not None
    source = loading.source_of(spec.data)
    results: dict[str, Any] = {}
    for number, output in enumerate(spec.model.outputs):
        value: Expr = raw(f"outputs[{quote(output.name)}]")
        folds = loading.loss_of(spec, number).folds
        results[output.name] = shown(value, folds)
    fixed: Expr = by_name(_scales(spec, measured=False))
    measured = call("stored_scales", raw("config.out"), fixed)
    read = call("read_inputs", raw("samples"), _arrays(spec, 0), _shapes(spec))
    ending, arrays = ".npz", ", ".join(source.key(given.name) for given in spec.model.inputs)
    if isinstance(source, sources.Csv):
        names = _arrays(spec, 0), _arrays(spec, 1)
        read, ending, arrays = call("read_rows", raw("samples"), *names, _shapes(spec)), ".csv", ""
    return {
        "predict_from": f"samples in {'a' if ending == '.csv' else 'an'} {ending} file"
        + (f": {arrays}" if len(arrays) < _SHORT and arrays else ""),
        "read_samples": "\n".join(assign("given", read, 1)),
        "read_scales": "\n".join(
            assign(
                "scale",
                measured if loading.measures(spec.data) else fixed,
                1,
                annotation="" if loading.measures(spec.data) else "Scales",
            )
        ),
        "results": "\n".join(assign("results", by_name(results), 1)),
        "known": "CLASSES" if classes(spec) else "{}",
    }
