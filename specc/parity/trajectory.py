"""Level L4: many updates, across the ends of epochs."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from specc.parity import compare, locate
from specc.parity.case import Answer
from specc.parity.pair import Pair
from specc.parity.report import Difference, Level

Rows = list[dict[str, float]]
_HUGE = 1e100
"""A loss above it, or none that is a number: squares of such numbers end at 1.8e308."""


def trajectory(pair: Pair, order: Pair) -> Level:
    """L4: losses, parameters and evaluations of a short run, learning rates of the whole one."""
    a, b = pair.a, pair.b
    if dead := _diverged(pair):
        return pair.level(4, "trajectory", lambda: None, dead=dead)
    whole = compare.numbers(order.a.rates, order.b.rates)
    pair.check("learning rates of the whole run", whole, "learning rates")
    pair.check("learning rates", compare.numbers(a.rates, b.rates), "learning rates")
    pair.check("losses", compare.numbers(a.losses, b.losses), "losses")
    steps = kept(a)
    pair.check("parameters", pair.compared(f"parameter/{steps[-1]}/"), "trajectory")
    if a.group("statistic/0/"):
        pair.check("statistics", pair.compared(f"statistic/{steps[-1]}/"), "trajectory")
    for name in a.group("eval/"):
        pair.check(_logits(name), _apart(pair, name), "trajectory")
    for what, ones, others in _rows(pair):
        pair.check(f"figures of {what}", figures(ones, others), "trajectory")
    note = (
        f"{len(a.losses)} updates in {len(a.rows)} epochs, each with a smaller last batch;"
        f" {len(order.a.rates)} learning rates"
    )
    return pair.level(4, "trajectory", lambda: _first(pair, order, steps), note=note)


def _diverged(pair: Pair) -> str:
    """What to say of losses that grow without end in both scripts, alike up to there."""
    one, other = pair.a.losses, pair.b.losses
    beyond = [
        n for n, both in enumerate(zip(one, other, strict=False)) if not max(map(abs, both)) < _HUGE
    ]
    before = beyond[0] if beyond else 0
    alike = compare.numbers(one[:before], other[:before]) <= pair.limit("losses")
    if not before or not alike or abs(one[before]) < _HUGE or abs(other[before]) < _HUGE:
        return ""
    return f"the loss of both scripts is beyond {_HUGE:g} after {before} updates: they diverge"


def kept(answer: Answer) -> list[int]:
    """The numbers of updates after which the parameters were recorded."""
    found = {int(name.split("/")[1]) for name in answer.arrays if name.startswith("parameter/")}
    return sorted(found)


def figures(ones: Rows, others: Rows) -> float:
    """How far losses and metrics of all epochs are apart, by name."""
    if [sorted(row) for row in ones] != [sorted(row) for row in others]:
        return float("inf")
    a, b = ([row[name] for row in rows for name in sorted(row)] for rows in (ones, others))
    return compare.numbers(a, b)


def _logits(name: str) -> str:
    """`logits of evaluation 2`, or `logits of price in evaluation 2` of several outputs."""
    number, _, output = name.partition("/")
    return (
        f"logits of {output} in evaluation {number}" if output else f"logits of evaluation {name}"
    )


def _apart(pair: Pair, evaluation: str) -> float:
    name, nothing = f"eval/{evaluation}", np.zeros(0)
    return compare.relative(pair.a.arrays[name], pair.b.arrays.get(name, nothing))


def _rows(pair: Pair) -> Iterator[tuple[str, Rows, Rows]]:
    yield "training", pair.a.rows, pair.b.rows
    yield "evaluation", pair.a.evaluations, pair.b.evaluations


def _first(pair: Pair, order: Pair, steps: list[int]) -> Difference | None:
    """What differs first, in the order of time."""
    limit = pair.limit("learning rates")
    for each, run in ((order, "the whole run"), (pair, "the short run")):
        found = _first_number(each, each.a.rates, each.b.rates, limit, "learning rate", run)
        if found is not None:
            return found
    far = [s for s in steps if pair.compared(f"parameter/{s}/") > pair.limit("trajectory")]
    limit = pair.limit("losses")
    loss = _first_number(pair, pair.a.losses, pair.b.losses, limit, "loss", "training")
    if far and (loss is None or far[0] <= loss.step):
        return locate.in_tensors(
            pair.a,
            pair.b,
            f"parameter/{far[0]}/",
            "parameter",
            pair.limit("trajectory"),
            lambda *_: after_updates(pair, far[0]),
            pair.a.trainable,
            far[0],
        )
    return loss or _first_logits(pair) or _first_figure(pair)


def after_updates(pair: Pair, step: int) -> str:
    """Why parameters part after several updates."""
    if not same_batches(pair, step):
        return "other batches before it"
    return (
        "what one update leaves to the next: gradients, momentum, bias correction, decay, AMSGrad"
    )


def same_batches(pair: Pair, count: int) -> bool:
    """Whether both scripts trained on the same first batches."""
    one, other = (
        [batch for batch in answer.batches if batch[0] == "train"][:count]
        for answer in (pair.a, pair.b)
    )
    return bool(one == other)


def _first_number(
    pair: Pair, ones: list[float], others: list[float], limit: float, what: str, run: str
) -> Difference | None:
    for step, (one, other) in enumerate(zip(ones, others, strict=False)):
        if compare.numbers([one], [other]) > limit:
            values = pair.values(one, other)
            cause = "the updates so far agree: other batches"
            if same_batches(pair, step + 1):
                cause = "the batches agree, and the updates so far: weights changed between updates"
            if what == "learning rate" and one:
                cause = f"{other / one:.9g} times the other: the learning rate or its schedule"
            return Difference("", what, run, (step,), values, abs(one - other), cause, step)
    if len(ones) == len(others):
        return None
    values = pair.values(float(len(ones)), float(len(others)))
    step, cause = min(len(ones), len(others)), "another number of updates"
    return Difference("", f"number of {what}s", run, (), values, float("inf"), cause, step)


def _first_logits(pair: Pair) -> Difference | None:
    a, b, limit = pair.a, pair.b, pair.limit("trajectory")
    for name, one in a.group("eval/").items():
        if _apart(pair, name) > limit:
            other = b.arrays.get(f"eval/{name}", np.full(1, math.nan))
            cause = "the weights agree: not in eval mode, or other running statistics"
            return locate.between(a, b, _logits(name), "", one, other, limit, cause)
    return None


def _first_figure(pair: Pair) -> Difference | None:
    for what, ones, others in _rows(pair):
        for place, (one, other) in enumerate(zip(ones, others, strict=False)):
            for name in sorted({*one, *other}):
                pair_of = one.get(name, math.inf), other.get(name, math.inf)
                if compare.numbers([pair_of[0]], [pair_of[1]]) > pair.limit("trajectory"):
                    cause = "another metric, or another mean over the batches"
                    values, error = pair.values(*pair_of), abs(pair_of[0] - pair_of[1])
                    return Difference("", f"figure of {what}", name, (place,), values, error, cause)
    return None
