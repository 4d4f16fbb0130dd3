"""How far the scripts of each backend are from what a term means, and from each other.

A pass goes through all samples in batches, of which the last one may be smaller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import numpy as np

from harness.terms import Arrays, Use, able, data, ends_of, run_of, term_of
from specc.meaning import Array, drawn, meaning
from specc.parity import compare
from specc.parity.tolerances import FLOAT32, FLOAT64, Tolerance

QUANTITIES: dict[str, dict[str, Tolerance]] = {
    "loss": {
        "value": FLOAT64["loss"],
        "slope": FLOAT64["gradients"],
        "pass": FLOAT64["loss"],
    },
    "optimizer": {"weights": FLOAT64["parameters"]},
    "metric": {"figure": FLOAT64["figures"]},
    # Scripts scale in float32 in every precision.
    "scaling": {"samples": FLOAT32["samples"]},
}
"""What is compared: a loss of all answers at once, its slope for each of them, the loss of a pass;
the weights after each update; the figure of a pass; the samples of a batch."""
Meaning = Callable[..., Any]
Errors = dict[str, dict[str, float]]


def errors(use: Use, found: Mapping[str, Arrays], function: Meaning | None = None) -> Errors:
    """For each quantity the error of each backend that has code for the case, and the distance
    `keras torch` of each pair.

    function: stands in for the term's meaning.
    """
    told = {backend: _told(use, found[backend]) for backend in able(use)}
    wanted = meant(use, found[able(use)[0]], function or meaning(use.cls))
    return {
        name: {backend: apart(wanted[name], each[name]) for backend, each in told.items()}
        | {f"{a} {b}": apart(told[a][name], told[b][name]) for a, b in combinations(told, 2)}
        for name in QUANTITIES[use.category]
    }


def apart(one: Array, other: Array) -> float:
    """The relative error; where nothing is meant, nothing must be told."""
    if one.shape != other.shape or not np.array_equal(np.isnan(one), np.isnan(other)):
        return float("inf")
    return compare.relative(np.nan_to_num(one), np.nan_to_num(other))


def _told(use: Use, found: Arrays) -> dict[str, Array]:
    """What a backend's script made of a case."""

    def of(name: str) -> Array:
        return np.asarray(found[f"{use.key}|{name}"], np.float64)

    if use.category == "loss":
        return {"value": of("value"), "slope": of("slope"), "pass": of("pass.loss")}
    if use.category == "metric":
        return {"figure": of(f"pass.{term_of(use).key()}")}
    if use.category == "scaling":
        return {"samples": of("scaled")}
    return {"weights": _joined({name: of(name) for name in run_of(use)[0]})}


def meant(use: Use, found: Arrays, function: Meaning) -> dict[str, Array]:
    """What it should have made. found: tells which samples it has trained on."""
    term = term_of(use)
    if use.category == "scaling":
        x = data(use)["x"].astype(np.float64)
        return {"samples": function(term, x, x[found[f"{use.key}|rows"]])}
    if use.category == "optimizer":
        weights, gradients = run_of(use)
        moved = {
            name: np.stack([*function(term, weight, [each[name] for each in gradients])])
            for name, weight in weights.items()
        }
        return {"weights": _joined(moved)}
    outputs, targets = drawn.answers(use.case, ends_of(use))
    if use.category == "metric":
        return {"figure": np.asarray(function(term, outputs, targets, ends_of(use)))}
    value, slope = function(term, outputs, targets)
    return {"value": np.asarray(value), "slope": slope, "pass": np.asarray(value)}


def _joined(moved: Mapping[str, Array]) -> Array:
    """All weights after each update."""
    return np.concatenate([moved[n].reshape(len(moved[n]), -1) for n in sorted(moved)], axis=1)
