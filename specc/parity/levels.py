"""The levels L0, L1, L3 and L5: batches, outputs, one update; L1 to L3 in float32."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from specc.parity import causes, compare, locate
from specc.parity.case import Answer, Array
from specc.parity.gradient import gradients
from specc.parity.pair import Pair
from specc.parity.report import Check, Difference, Level
from specc.parity.tolerances import ROUNDING

_LEAST_SPREAD = 1e-6
_PASSES = {"train": "logits", "eval": "eval/0"}
_OF_OUTPUT = re.compile(r"^(logits|eval/\d+)/?")


def batches(pair: Pair) -> Level:
    """L0: hashes of the batches of two epochs."""
    a, b = pair.a.batches, pair.b.batches
    count = max(len(a), len(b))
    apart = [place for place in range(count) if a[place : place + 1] != b[place : place + 1]]
    unlike = list(_unlike_settings(pair))
    note = f"{count - len(apart)} of {count} batches equal over two epochs"
    if len({size for kind, *_, size in a if kind == "train"}) > 1:
        note += ", the last one of each smaller"
    error = float(len(apart) + len(unlike))
    pair.checks.append(Check("batches", error, 0.5, "hashes are equal or they are not"))

    def difference() -> Difference:
        if unlike:
            return Difference("", "settings", "Config", (), {}, 1.0, "; ".join(unlike))
        return _first_batch(pair, apart[0])

    trained = any(kind == "train" for kind, *_ in a)
    dead = "" if trained else "the scripts take no batches to train on"
    return pair.level(0, "batches", difference, note=note, dead=dead)


def _unlike_settings(pair: Pair) -> list[str]:
    a, b = pair.a, pair.b
    found = [
        f"{name}: {a.backend} has {value}, {b.backend} has {b.settings[name]}"
        for name, value in a.settings.items()
        if value != b.settings[name]
    ]
    if a.data != b.data:
        found.append(f"one script reads the data, the other does not: {a.data or b.data}")
    return found


def _first_batch(pair: Pair, place: int) -> Difference:
    a, b = pair.a.batches, pair.b.batches
    if place >= min(len(a), len(b)):
        cause = "a batch is dropped or added"
        return Difference("", "number of", "batches", (), pair.values(len(a), len(b)), 1.0, cause)
    one, other = a[place], b[place]
    if one[3] != other[3]:
        cause = "another number of samples"
    elif one in b:
        cause = "the batch is there, at another place: another order or seed"
    else:
        cause = "other samples: another seed, order, scaling or augmentation"
    what = _unlike("x", one[1], other[1]) or _unlike("y", one[2], other[2])
    sizes = pair.values(float(one[3]), float(other[3])) if one[3] != other[3] else {}
    return Difference("", f"{one[0]} batch", what, (place,), sizes, 1.0, cause)


def _unlike(what: str, one: Any, other: Any) -> str:
    """Which array of two batches differs; empty where none does."""
    if isinstance(one, dict) and isinstance(other, dict):
        return next((name for name in one if one[name] != other.get(name)), "")
    return what if one != other else ""


def outputs(pair: Pair) -> Level:
    """L1: logits and loss of the first batch, and logits and loss of a pass without training."""
    a, b = pair.a, pair.b
    faint = {mode: _faint(pair, mode, prefix) for mode, prefix in _PASSES.items()}
    for mode, prefix in _PASSES.items():
        for name in a.outputs(prefix):
            if name not in faint[mode]:
                pair.check(f"{_logits(name)}, {mode} mode", _apart(pair, name), "logits")
    pair.check("loss, train mode", compare.numbers(a.losses[:1], b.losses[:1]), "loss")
    for name in _losses(pair):
        losses = ([row.get(name, np.inf) for row in each.evaluations[:1]] for each in (a, b))
        pair.check(f"{_spoken(name)}, eval mode", compare.numbers(*losses), "loss")
    # Of the evaluation: dropout's masks make the outputs of a dead network vary in training.
    alive, dead = varied(pair.a, "eval/0")
    if said := next((text for found in faint.values() for text in found.values()), ""):
        alive, dead, pair.faint = "", said, True
    return pair.level(1, "logits and loss", lambda: first_output(pair), alive=alive, dead=dead)


def _faint(pair: Pair, mode: str, prefix: str) -> dict[str, str]:
    """Outputs that are nothing but rounding beside the values they are made of, in words."""
    sizes = [_largest(answer.group(f"layer/{mode}/")) for answer in (pair.a, pair.b)]
    found = {}
    for name in pair.a.outputs(prefix):
        both = [_largest({"": each.arrays.get(name, np.zeros(0))}) for each in (pair.a, pair.b)]
        if all(0 < one <= ROUNDING * size for one, size in zip(both, sizes, strict=True)):
            title = _logits(name).replace("logits", "outputs")
            of = title.replace("outputs of ", "outputs of `") + "`" * title.startswith("outputs of")
            found[name] = f"the {of} are rounding, {max(both):.1e} beside {max(sizes):.2g}"
    return found


def _largest(arrays: dict[str, Array]) -> float:
    """Of the numbers that are finite: a maximum pool's border is not."""
    sizes = (
        np.abs(array, where=np.isfinite(array), out=np.zeros(array.shape))
        for array in arrays.values()
    )
    return max((float(size.max(initial=0)) for size in sizes), default=0.0)


def varied(answer: Answer, prefix: str) -> tuple[str, str]:
    """How much outputs vary over the inputs, and what to say where one does not."""
    names = answer.outputs(prefix)
    found = {output_of(name): variation(answer.arrays[name]) for name in names}
    of = {output: f" of `{output}`" if output else "" for output in found}
    alive = ", ".join(f"{spread:.2g}{of[output]}" for output, (spread, _) in found.items())
    still = [f"the outputs{of[output]} do not vary over the inputs: {spread:.1e}"
             for output, (spread, alive) in found.items() if not alive]  # fmt: skip
    return f"outputs vary by {alive}", next(iter(still), "")


def variation(logits: Array) -> tuple[float, bool]:
    """How much outputs vary over the inputs, and whether that is more than rounding."""
    spread = float(np.ptp(logits, axis=0).max(initial=0)) if len(logits) else 0.0
    least = _LEAST_SPREAD * max(float(np.abs(logits).max(initial=0)), 1e-300)
    return spread, spread > least


def _logits(name: str) -> str:
    """`logits`, or `logits of price` where there are several outputs."""
    output = output_of(name)
    return f"logits of {output}" if output else "logits"


def output_of(name: str) -> str:
    """The output whose logits an array holds: of `eval/0/price` `price`, of `eval/0` none."""
    return _OF_OUTPUT.sub("", name)


def _losses(pair: Pair) -> list[str]:
    """The losses that an evaluation shows: those of outputs first, then the one that is learnt."""
    row = pair.a.evaluations[0]
    return [*(name for name in row if name.endswith("_loss")), "loss"]


def _spoken(name: str) -> str:
    """`price_loss` as `loss of price`."""
    return f"loss of {name.removesuffix('_loss')}" if name.endswith("_loss") else name


def _apart(pair: Pair, name: str) -> float:
    nothing = np.zeros(0)
    arrays = (answer.arrays.get(name, nothing) for answer in (pair.a, pair.b))
    return compare.relative(*arrays)


def first_output(pair: Pair) -> Difference | None:
    a, b, limit = pair.a, pair.b, pair.limit("logits")
    # First the evaluation, as it runs: outside of eval mode it changes what the training sees.
    for mode, prefix in (("eval", "eval/0"), ("train", "logits")):
        found = locate.in_layers(a, b, mode, limit)
        if found is not None:
            return found
        for name in a.outputs(prefix):
            if _apart(pair, name) > limit:
                cause = "the layers agree, and what is behind the last one does not"
                if mode == "eval":
                    cause = "not in eval mode: dropout is on, or the batch's statistics are used"
                ones, others = a.arrays[name], b.arrays.get(name, np.zeros(0))
                if other := _same_as(pair, prefix, others, limit):
                    cause = f"{b.backend} gives the numbers of `{other}`: outputs swapped"
                what = _logits(name)
                return locate.between(a, b, f"{mode}-mode", what, ones, others, limit, cause, "")
    return _first_loss(pair)


def _same_as(pair: Pair, prefix: str, logits: Array, limit: float) -> str:
    """The output of the reference that has the same numbers; empty where none has."""
    for name in pair.a.outputs(prefix):
        if compare.relative(pair.a.arrays[name], logits) <= limit:
            return output_of(name)
    return ""


def _first_loss(pair: Pair) -> Difference | None:
    """The loss that differs: of one output, or the sum of all."""
    a, b = pair.a, pair.b
    samples = len(a.arrays[a.outputs("logits")[0]])
    *own, _ = _losses(pair)
    for name in own:
        one, other = (each.evaluations[0].get(name, np.inf) for each in (a, b))
        if compare.numbers([one], [other]) > pair.limit("loss"):
            cause, values = causes.of_loss(one, other, samples), pair.values(one, other)
            return Difference("", "eval-mode", _spoken(name), (), values, abs(one - other), cause)
    # A batch's loss says more than an evaluation's, which is a mean over batches.
    losses = a.losses[0], b.losses[0]
    evaluated = a.evaluations[0]["loss"], b.evaluations[0]["loss"]
    for mode, (one, other) in (("train", losses), ("eval", evaluated)):
        if compare.numbers([one], [other]) > pair.limit("loss"):
            cause = causes.of_added(losses, evaluated)
            if mode == "eval":
                cause = "a batch's loss agrees: another mean over batches, or a penalty left out"
            elif own and not cause:
                cause = "the losses of all outputs agree: their weights, or one is left out"
            cause = cause or causes.of_loss(one, other, samples)
            values = pair.values(one, other)
            return Difference("", f"{mode}-mode", "loss", (), values, abs(one - other), cause)
    return None


def update(pair: Pair) -> Level:
    """L3: parameters, statistics and the optimizer's slots after one step."""
    kinds = {
        "parameter/1/": ("parameters", pair.step_kind),
        "statistic/1/": ("statistics", "statistics"),
        "slot/1/": ("slots", "slots"),
    }
    wrong = None
    for prefix, (what, kind) in kinds.items():
        found = locate.missing(pair.a, pair.b, prefix, prefix.partition("/")[0], step=1)
        if found or pair.a.group(prefix):
            pair.check(what, float("inf") if found else pair.compared(prefix), kind)
        wrong = wrong or found

    alive, dead = movement(pair, 1)
    return pair.level(3, "one step", lambda: wrong or first_update(pair), alive=alive, dead=dead)


def movement(pair: Pair, step: int, names: Sequence[str] | None = None) -> tuple[str, str]:
    """How many tensors have moved after so many updates, and what to say where one has not."""
    before, after = pair.a.group("parameter/0/"), pair.a.group(f"parameter/{step}/")
    names = pair.learning if names is None else names
    still = [name for name in names if np.array_equal(before[name], after[name])]
    # In float32 a step may be too small beside the weight: there float64 has seen it move.
    dead = f"`{still[0]}` has not moved" if still and (pair.exact or still == names) else ""
    return f"{len(names) - len(still)} tensors have moved", dead


def first_update(pair: Pair) -> Difference | None:
    a, b = pair.a, pair.b
    if pair.compared("statistic/1/") > pair.limit("statistics"):
        return locate.in_tensors(
            a,
            b,
            "statistic/1/",
            "statistic",
            pair.limit("statistics"),
            lambda name, *_: causes.of_statistic(name, a, b),
            a.group("statistic/1/"),
            1,
        )
    if pair.compared("parameter/1/") > pair.limit(pair.step_kind):
        return locate.in_tensors(
            a,
            b,
            "parameter/1/",
            "parameter",
            pair.limit(pair.step_kind),
            lambda name, *_: causes.of_update(name, a, b),
            a.trainable,
            1,
        )
    found = locate.in_tensors(
        a,
        b,
        "slot/1/",
        "slot",
        pair.limit("slots"),
        lambda name, one, other: causes.of_slot(name.partition("/")[0], one, other),
        a.group("slot/1/"),
        1,
    )
    return found and replace(found, layer=locate.layer_of(found.tensor.partition("/")[2]))


def single(pair: Pair) -> Level:
    """L5: levels 1 to 3 once more, in float32."""
    found = [outputs(pair), gradients(pair), update(pair)]
    bad = next((level for level in found if not level.passed), None)
    return Level(
        5,
        "float32",
        bad.status if bad else "passed",
        tuple(check for level in found for check in level.checks),
        bad.note if bad else "levels 1 to 3 in float32",
        bad.difference if bad else None,
        found[1].alive,
    )
