"""How far rounding grows in a network, where L4 finds more than correct code reaches elsewhere.

A training may be chaotic: of a ResNet of 20 layers at a learning rate of 0.1 two that begin 1e-15
apart are 1e-9 apart after 24 updates, though both are the same script. So the reference is run once
more, from weights that far away. What two scripts differ by grows at the same pace: it stayed below
7 times the distance of both runs where no number crossed a kink, and below 250 times where one did.
A bug does not wait for chaos: it is seen in the first updates, where next to nothing is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from specc.parity import compare, locate
from specc.parity.case import Answer, Move
from specc.parity.pair import Pair
from specc.parity.report import Check, Difference, Level
from specc.parity.trajectory import after_updates, figures, kept

NEAR = Move(1e-15, 47)
"""The start of the second run: some units in the last place."""
ROOM = 256.0
"""What two scripts differ by, as multiples of the distance of both runs: measured up to 240."""
MOST = 8.0
"""After the first update, which L3 compares, two scripts may be so many times farther apart than
both runs; all that grows from it is allowed to be, too."""
SHOWS = 4e-7
"""Half of what the smallest bug makes. Where more is allowed within the first epoch, nothing is
proven; in later updates a bug that was there before has been seen."""


@dataclass(frozen=True)
class Point:
    """A distance after so many updates. where: what `locate` finds it by."""

    update: int
    error: float
    where: str = ""


Trail = dict[str, list[Point]]


def may_be_rounding(level: Level, pair: Pair) -> bool:
    """Whether L4 has found what chaos can make of rounding: it needs more than two updates."""
    finite = all(math.isfinite(check.error) for check in level.checks)
    rates = all(check.passed for check in _rates(level))
    # Metrics alone do not part: they are made of logits.
    bad = any(not check.passed for check in level.checks if not check.what.startswith("figures"))
    if not (bad and finite and rates):
        return False
    return all(pair.compared(f"parameter/{n}/") <= pair.limit("trajectory") for n in (1, 2))


def judged(level: Level, pair: Pair, near: Answer) -> Level:
    """L4 once more, beside how far the reference comes from itself."""
    found, grown = trail(pair), trail(replace(pair, b=near, checks=[]))
    first, own = (each["parameters"][0].error for each in (found, grown))
    if not own:  # nothing has moved, or the second run is the first
        return level
    factor = ROOM * min(MOST, max(1.0, first / own))
    allowed = {what: _allowed(pair, what, points, factor) for what, points in grown.items()}
    last = max((u for u, limit in allowed["parameters"].items() if limit <= SHOWS), default=0)
    end = grown["parameters"][-1]
    reach = f"rounding alone grows from {own:.1e} to {end.error:.1e} in {end.update} updates"
    origin = f"{factor:.0f} times what {pair.a.backend} is from itself, begun 1e-15 apart"
    checks, bad = [], []
    for what, points in found.items():
        # One sample that is named differently moves an accuracy, however small the distance is.
        until = last if "figures" in what else end.update
        each = [(p, allowed[what][p.update]) for p in points if p.update <= until]
        if not each:
            continue
        worst, limit = max(each, key=lambda one: one[0].error / one[1])
        by_table = limit == pair.limit(_kind(what))
        said = pair.table[_kind(what)].origin if by_table else origin
        checks.append(Check(f"{what} after {worst.update} updates", worst.error, limit, said))
        bad += [(point.update, what, point, limit) for point, limit in each if point.error > limit]
    checks = [*_rates(level), *checks]
    if bad:
        _, what, point, limit = min(bad, key=lambda one: one[0])
        difference = _difference(pair, what, point, limit) or level.difference
        return replace(level, checks=tuple(checks), note=reach, difference=difference)
    if last <= len(pair.a.losses) // len(pair.a.rows):
        note = f"{reach}: within the first epoch as far as a bug's error"
        return replace(level, status="did not run", note=note, difference=None)
    note = f"{level.note}; {reach}; bugs show in the first {last} of them"
    return replace(level, status="passed", checks=tuple(checks), note=note, difference=None)


def trail(pair: Pair) -> Trail:
    """The distance of everything that L4 looks at, in the order of updates."""
    a, b = pair.a, pair.b
    steps, epochs = kept(a)[1:], max(1, len(a.rows))
    each = len(a.losses) // epochs
    found = {"parameters": [Point(s, pair.compared(p), p) for s, p in _below("parameter", steps)]}
    if a.group("statistic/0/"):
        below = _below("statistic", steps)
        found["statistics"] = [Point(s, pair.compared(p), p) for s, p in below]
    found["losses"] = [
        Point(n, compare.numbers([one], [other]))
        for n, (one, other) in enumerate(zip(a.losses, b.losses, strict=True), 1)
    ]
    for name, one in a.group("eval/").items():
        number, _, output = name.partition("/")
        title = f"evaluated logits{' of ' if output else ''}{output}"
        point = Point(int(number) * each, compare.relative(one, b.arrays[f"eval/{name}"]))
        found.setdefault(title, []).append(point)
    found["figures of training"] = [
        Point((n + 1) * each, figures([one], [other]))
        for n, (one, other) in enumerate(zip(a.rows, b.rows, strict=True))
    ]
    found["figures of evaluation"] = [
        Point(n * each, figures([one], [other]))
        for n, (one, other) in enumerate(zip(a.evaluations, b.evaluations, strict=True))
    ]
    return found


def _below(kind: str, steps: list[int]) -> Iterator[tuple[int, str]]:
    return ((step, f"{kind}/{step}/") for step in steps)


def _allowed(pair: Pair, what: str, points: list[Point], factor: float) -> dict[int, float]:
    """By the number of updates, what may be apart: what has grown so far, and the table's least."""
    found, most = {}, 0.0
    for point in points:
        most = max(most, point.error)
        found[point.update] = max(pair.limit(_kind(what)), factor * most)
    return found


def _kind(what: str) -> str:
    return "losses" if what == "losses" else "trajectory"


def _rates(level: Level) -> list[Check]:
    return [check for check in level.checks if "learning rates" in check.what]


def _difference(pair: Pair, what: str, point: Point, limit: float) -> Difference | None:
    """The first number that grows beyond what rounding does."""
    cause = after_updates(pair, point.update)
    if point.where:
        kind, a = point.where.partition("/")[0], pair.a
        names = a.group(point.where)
        return locate.in_tensors(
            a, pair.b, point.where, kind, limit, lambda *_: cause, names, point.update
        )
    if what != "losses":
        return None
    step = point.update - 1
    one, other = pair.a.losses[step], pair.b.losses[step]
    values = pair.values(one, other)
    return Difference("", "loss", "training", (step,), values, abs(one - other), cause, step)
