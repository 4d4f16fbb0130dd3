"""Levels L6 and L7: the smooth twin over 100 updates, and whole trainings over several seeds."""

from __future__ import annotations

import math

import numpy as np

from specc import ir
from specc.parity.case import Answer, Array
from specc.parity.pair import Pair
from specc.parity.report import Check, Level
from specc.parity.tolerances import DISAGREEMENT, TWIN
from specc.registry import find
from specc.terms import Term

UPDATES = 100
_KINKED = ("relu", "relu6", "leaky_relu", "hard_sigmoid", "hard_swish", "abs")
_KINKED_LAYERS = ("ReLU", "ReLU6", "LeakyReLU", "PReLU", "HardSigmoid", "HardSwish", "Abs")
_CERTAINTY = 2.58
"""Standard deviations that 99 % of normal numbers keep within."""


def smooth(spec: ir.Spec) -> ir.Spec:
    """The spec with tanh for what has a kink and average pools for maximum pools.

    Where a kink is near, rounding decides on which side of it a number falls, and two right
    trainings part; without kinks they stay together, so that any difference is a mistake.
    """
    nodes = tuple(node.model_copy(update={"op": _smooth(node.op)}) for node in spec.model.nodes)
    model = spec.model.model_copy(update={"nodes": nodes})
    return spec.model_copy(update={"model": model})


def _smooth(op: Term) -> Term:
    name = op.word()
    if name in _KINKED_LAYERS:
        return _made("Tanh", {})
    values = {key: value for key, value in op.model_dump().items() if key != "kind"}
    if "MaxPool" in name:
        return _made(name.replace("MaxPool", "AvgPool"), values)
    if values.get("activation") in _KINKED:
        return op.model_copy(update={"activation": "tanh"})
    return op


def _made(name: str, values: dict[str, object]) -> Term:
    cls = find("layer", name)
    assert cls is not None, name
    return cls(**values)


def twin(pair: Pair) -> Level:
    """L6: parameters and statistics of the smooth twin, in float32."""
    for kind in ("parameter", "statistic"):
        prefix = f"{kind}/{UPDATES}/"
        if pair.a.group(prefix):
            error = pair.compared(prefix)
            pair.checks.append(Check(f"{kind}s", error, TWIN.limit, TWIN.origin))
    note = f"{UPDATES} updates with tanh and average pools, built anew from the spec"
    return pair.level(6, "smooth twin", lambda: None, note=note)


def trained(pairs: list[Pair]) -> Level:
    """L7: how often two trained networks disagree, seed by seed."""
    checks: list[Check] = []
    for pair in pairs:
        checks += _agreement(pair)
    if not checks:
        return Level(7, "full training", "did not run", (), "no evaluation that names classes")
    failed = any(not check.passed for check in checks)
    note = f"whole trainings in float32 from {len(pairs)} seeds"
    return Level(7, "full training", "failed" if failed else "passed", tuple(checks), note)


def _agreement(pair: Pair) -> list[Check]:
    one, other = _last(pair.a), _last(pair.b)
    if one is None or other is None or one.shape != other.shape:
        return []
    seed, count = pair.a.settings["seed"], len(one)
    apart = float((_named(one) != _named(other)).mean())
    # A small part has no smaller share than one sample of it.
    allowed = max(DISAGREEMENT.limit, 1 / count)
    found = [Check(f"seed {seed}: disagreement", apart, allowed, DISAGREEMENT.origin)]
    rows = pair.a.evaluations[-1], pair.b.evaluations[-1]
    if all("accuracy" in row for row in rows):
        p, q = (float(row["accuracy"]) for row in rows)
        mean = (p + q) / 2
        bound = max(_CERTAINTY * math.sqrt(2 * mean * (1 - mean) / count), 1 / count)
        why = f"99 % of the differences that chance makes with {count} samples"
        found.append(Check(f"seed {seed}: accuracies {p:.4f}, {q:.4f}", abs(p - q), bound, why))
    return found


def _last(answer: Answer) -> Array | None:
    passes = answer.group("eval/")
    return passes[max(passes, key=int)] if passes else None


def _named(logits: Array) -> Array:
    """What a network says of each sample."""
    named: Array = logits > 0 if logits.shape[-1] == 1 else np.argmax(logits, axis=-1)
    return named


def names_classes(spec: ir.Spec) -> bool:
    return spec.model.outputs[0].activation != "none"
