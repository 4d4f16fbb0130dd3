"""Levels L7 and L8: the smooth twin over 100 updates, and whole trainings over several seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from specc import ir
from specc.ops.activation import LAYER_OF
from specc.ops.base import Layer
from specc.parity import causes, gradient, levels, locate
from specc.parity.case import Answer, Array
from specc.parity.pair import Pair
from specc.parity.report import Check, Difference, Level
from specc.parity.tolerances import DISAGREEMENT, TWIN
from specc.parity.trajectory import after_updates, kept
from specc.registry import find
from specc.terms import Term

UPDATES = 100
KEPT = (0, 1, 2, 5, 10, 20, 50, UPDATES)
"""Numbers of updates after which the twin is looked at."""
KINDS = ("parameter", "statistic")
_FULL = "full training"
_CERTAINTY = 2.58
"""Standard deviations that 99 % of normal numbers keep within."""


def smooth(spec: ir.Buildable) -> ir.Buildable:
    """The spec with tanh for what has a kink and average pools for maximum pools.

    Where a kink is near, rounding decides on which side of it a number falls, and two right
    trainings part; without kinks they stay together, so that any difference is a mistake.
    """
    nodes = tuple(node.model_copy(update={"op": _smooth(node.op)}) for node in spec.model.nodes)
    model = spec.model.model_copy(update={"nodes": nodes})
    return spec.model_copy(update={"model": model})


def _smooth(op: Term) -> Term:
    name = op.word()
    if isinstance(op, Layer) and op.kinked:
        return _made("Tanh", {})
    values = {key: value for key, value in op.model_dump().items() if key != "kind"}
    if "MaxPool" in name:
        return _made(name.replace("MaxPool", "AvgPool"), values)
    inner = LAYER_OF.get(str(values.get("activation")))
    if inner is not None and inner.kinked:
        return op.model_copy(update={"activation": "tanh"})
    return op


def _made(name: str, values: dict[str, object]) -> Term:
    cls = find("layer", name)
    assert cls is not None, name
    return cls(**values)


def twin(pair: Pair, given: Sequence[str] = ()) -> Level:
    """L7: parameters and statistics of the smooth twin, in float32.

    given: backends whose script somebody has brought; the twin is built without it.
    """
    for kind in KINDS:
        prefix = f"{kind}/{UPDATES}/"
        if pair.a.group(f"{kind}/0/"):
            error = pair.compared(prefix)
            pair.checks.append(Check(f"{kind}s", error, TWIN.limit, TWIN.origin))
    note = f"{UPDATES} updates with tanh and average pools, built anew from the spec"
    if given:
        note += f": the script given for {' and '.join(given)} is not in it"
    alive, dead = levels.movement(pair, UPDATES)
    return pair.level(7, "smooth twin", lambda: _first(pair), alive=alive, dead=dead, note=note)


def _first(pair: Pair) -> Difference | None:
    """What differs first: in the first batch as at L1 and L2, then in the order of updates."""
    found = levels.first_output(pair)
    if found is None and pair.compared("gradient/") > pair.limit("gradients"):
        found = gradient.first_gradient(pair)
    if found is not None:
        return found
    for step in kept(pair.a)[1:]:
        for kind in KINDS:
            if pair.compared(f"{kind}/{step}/") > TWIN.limit:
                return in_update(pair, kind, step, TWIN.limit)
    return None


def in_update(pair: Pair, kind: str, step: int, limit: float) -> Difference | None:
    """The tensor that is apart after so many updates."""
    a, b, prefix = pair.a, pair.b, f"{kind}/{step}/"

    def cause(name: str, *_: Array) -> str:
        if step > 1:
            return after_updates(pair, step)
        return (
            causes.of_update(name, a, b) if kind == "parameter" else causes.of_statistic(name, a, b)
        )

    missing = locate.missing(a, b, prefix, kind, step)
    names = a.trainable if kind == "parameter" else a.group(prefix)
    return missing or locate.in_tensors(a, b, prefix, kind, limit, cause, names, step)


def trained(pairs: list[Pair]) -> Level:
    """L8: how often two trained networks disagree, seed by seed."""
    found = {pair.a.settings["seed"]: _agreement(pair) for pair in pairs}
    checks = tuple(check for each in found.values() for check in each)
    note = f"whole trainings in float32 from {len(pairs)} seeds"
    if not checks:
        return Level(8, _FULL, "did not run", (), "no evaluation that names classes")
    for pair, each in zip(pairs, found.values(), strict=True):
        if any(not check.passed for check in each):
            return Level(8, _FULL, "failed", checks, note, _first_sample(pair))
    for pair in pairs:  # networks that have died agree on everything
        if dead := levels.varied(pair.a, _last(pair.a))[1]:
            return Level(8, _FULL, "did not run", checks, f"after the training {dead}")
    return Level(8, _FULL, "passed", checks, note)


def _agreement(pair: Pair) -> list[Check]:
    if not _last(pair.a) and not _last(pair.b):
        return []
    seed = pair.a.settings["seed"]
    found: list[Check] = []
    for output, (one, other) in _classes(pair).items():
        title = f"seed {seed}: {output}{': ' if output else ''}"
        count = max(1, len(one))
        apart = float((one != other).mean()) if one.shape == other.shape else math.inf
        # A small part has no smaller share than one sample of it.
        allowed = max(DISAGREEMENT.limit, 1 / count)
        found.append(Check(f"{title}disagreement", apart, allowed, DISAGREEMENT.origin))
        rows = pair.a.evaluations[-1], pair.b.evaluations[-1]
        figure = f"{output}_accuracy" if output else "accuracy"
        if all(figure in row for row in rows):
            p, q = (float(row[figure]) for row in rows)
            mean = (p + q) / 2
            bound = max(_CERTAINTY * math.sqrt(2 * mean * (1 - mean) / count), 1 / count)
            why = f"99 % of the differences that chance makes with {count} samples"
            found.append(Check(f"{title}accuracies {p:.4f}, {q:.4f}", abs(p - q), bound, why))
    return found


def _classes(pair: Pair) -> dict[str, tuple[Array, Array]]:
    """What both networks say of each sample after the training, by output."""
    name, nothing = _last(pair.a) or _last(pair.b), np.zeros((0, 1))
    found = {}
    for array in (pair.a if _last(pair.a) else pair.b).outputs(name):
        output = levels.output_of(array)
        if output in pair.classes or not output:
            one, other = (_named(answer.arrays.get(array, nothing)) for answer in (pair.a, pair.b))
            found[output] = one, other
    return found


def _first_sample(pair: Pair) -> Difference:
    found = _classes(pair)
    apart = [n for n, (one, other) in found.items() if not np.array_equal(one, other)]
    output = next(iter([*apart, *found]))
    one, other = found[output]
    of = f" of `{output}`" if output else ""
    run = f"class{of}, with seed {pair.a.settings['seed']}, of"
    if one.shape != other.shape:
        cause = "another number of evaluations or of samples in them"
        return Difference("", run, "sample", (), pair.values(len(one), len(other)), math.inf, cause)
    index = tuple(map(int, np.argwhere(one != other)[0])) if (one != other).any() else ()
    values = pair.values(float(one[index]), float(other[index])) if index else {}
    cause = "the trainings part later than L4 looks, or their precision differs: see L5 and L7"
    return Difference("", run, "sample", index, values, float((one != other).mean()), cause)


def _last(answer: Answer) -> str:
    """The name of the last evaluation, empty without one."""
    numbers = [int(name.partition("/")[0]) for name in answer.group("eval/")]
    return f"eval/{max(numbers)}" if numbers else ""


def _named(logits: Array) -> Array:
    """What a network says of each sample."""
    named: Array = logits > 0 if logits.shape[-1] == 1 else np.argmax(logits, axis=-1)
    return named


def names_classes(spec: ir.Spec) -> frozenset[str]:
    """The outputs that name classes."""
    outputs = spec.model.outputs
    return frozenset(output.name for output in outputs if output.activation != "none")
