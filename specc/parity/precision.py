"""What float32 does to a network, where level L5 finds more than correct code reaches elsewhere.

A sum over thousands of places rounds in one way in one framework and in another way in the other,
and what follows may magnify it: PyTorch's BatchNorm of pictures is 5 to 14 times farther from
float64 than Keras's. So each framework is measured against itself: the same script, the same batch,
in float64. Two frameworks whose float64 agrees can differ in float32 by the sum of these two
distances, and not by more: that is the triangle inequality.

Where one of them falls on the other side of a ReLU's kink, outputs stay near and gradients jump. So
the weights are moved, in float64, by as much as float32 moves the outputs: what gradients do then,
they may do in float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from specc.parity import levels
from specc.parity import twin as twins
from specc.parity.case import Answer
from specc.parity.pair import Pair
from specc.parity.report import Check, Level
from specc.parity.tolerances import TWIN
from specc.parity.trajectory import kept

MOST = 64.0
"""A framework may be so much farther from its float64 than the other. Measured: 14. Half precision
and TF32, which must not pass for float32, are 500 and more times farther."""

ROOM = 1.25
"""The distances are relative to numbers that are themselves apart."""

_LOST = 0.1
"""Relative distance of float32 from float64, at which a training is another one."""
_ENOUGH = 10
"""Updates that must be compared before that."""
_COARSE = "in float64 these updates agree: one script computes with less than float32"
_FINER = 1e-4
"""What two twins may differ by in float64, beside what float32 costs them."""


SHAKES = 4
"""Directions in which weights are moved: one kink is met by every second of them."""
_JUMPING = ("gradients", "parameters", "slots")
"""What a kink makes jump. Outputs, losses and statistics have none."""


def shake(level: Level, pair: Pair, exact: Sequence[Answer]) -> float:
    """How far float32 moves the outputs, relative to them; 0 where that is more than it should."""
    sides = zip(exact, (pair.a, pair.b), strict=True)
    own = [_distances(pair, wide, one) for wide, one in sides]
    outputs = [check for check in level.checks if check.what.startswith("logits")]
    most = max(each[check.what] for each in own for check in outputs)
    return most if all(most <= check.tolerance for check in outputs) else 0.0


def allowed(
    level: Level, pair: Pair, exact: Sequence[Answer], shaken: Sequence[Answer] = ()
) -> Level:
    """L5 judged by what float32 does here. exact: the same runs in float64, in the pair's order.
    shaken: the first of them with moved weights."""
    singles = (pair.a, pair.b)
    own = [_distances(pair, wide, one) for wide, one in zip(exact, singles, strict=True)]
    jumps = [_distances(pair, exact[0], other) for other in shaken]
    checks = tuple(
        _judged(
            check,
            [each[check.what] for each in own],
            max((j[check.what] for j in jumps if check.what in _JUMPING), default=0.0),
        )
        for check in level.checks
    )
    if not all(check.passed for check in checks):
        return level
    assert level.worst is not None
    what = level.worst.what
    apart = " and ".join(
        f"{each[what]:.1e} in {one.backend}" for each, one in zip(own, singles, strict=True)
    )
    note = f"levels 1 to 3 in float32, which is from float64 by {apart} ({what})"
    if jumps:
        far = max(jump[what] for jump in jumps)
        note += f"; weights moved as far as float32 moves the outputs move it by {far:.1e}"
    return replace(level, status="passed", checks=checks, note=note, difference=None)


def _distances(pair: Pair, exact: Answer, single: Answer) -> dict[str, float]:
    """How far a script's float32 is from its own float64, by what is checked."""
    found = levels.single(replace(pair, a=exact, b=single, checks=[]))
    return {check.what: check.error for check in found.checks}


def _judged(check: Check, own: Sequence[float], jump: float = 0.0) -> Check:
    """The check with the sum of both distances as its tolerance, where that is the larger one.
    jump: how far moved weights carry it in float64."""
    least, most = min(own), max(own)
    limit = ROOM * (least + min(most, max(MOST * least, ROOM * jump)))
    if limit <= check.tolerance:
        return check
    return replace(check, tolerance=limit, origin="what float32 does to this network")


def of_twin(level: Level, pair: Pair, exact: Pair) -> Level:
    """L7 judged by what float32 does to each twin. exact: the same updates in float64."""
    if levels.single(replace(exact, checks=[])).status == "failed":
        return level  # a bug that has nothing to do with precision
    # The first batch as at L5: later on less than float32 could pass for what has grown of it.
    begun = allowed(levels.single(replace(pair, checks=[])), pair, (exact.a, exact.b))
    if begun.difference is not None:
        coarse = replace(begun.difference, cause=_COARSE)
        return replace(level, checks=begun.checks, difference=coarse)
    steps = _comparable(pair, exact)
    last = steps[-1] if steps else 0
    apart = " and ".join(
        f"{_own(pair, exact, side, 'parameter', last or 1):.1e} in {side.backend}"
        for side in (pair.a, pair.b)
    )
    after = "1 update" if last <= 1 else f"{last} updates"
    said = f"after {after} float32 is from float64 by {apart}"
    if last < _ENOUGH:
        note = f"{said}, and too far to compare after the next"
        return replace(level, status="did not run", note=note, difference=None)
    found = [(n, kind, _of_update(pair, exact, kind, n)) for n in steps for kind in twins.KINDS
             if pair.a.group(f"{kind}/0/")]  # fmt: skip
    checks: dict[str, Check] = {}
    for _, _, both in found:
        for check in both:
            worst = checks.setdefault(check.what, check)
            if check.error / check.tolerance >= worst.error / worst.tolerance:
                checks[check.what] = check
    whole = exact.compared(f"parameter/{last}/")
    rest = "" if last == twins.UPDATES else "; later ones are too far off to compare"
    note = f"{level.note}; {said}, where both are {whole:.1e} apart{rest}"
    judged = replace(level, checks=tuple(checks.values()), note=note, difference=None)
    for number, kind, (single, wide) in found:
        if not wide.passed:
            return replace(judged, difference=twins.in_update(exact, kind, number, wide.tolerance))
        if not single.passed:
            first = twins.in_update(pair, kind, number, single.tolerance)
            return replace(judged, difference=first and replace(first, cause=_COARSE))
    return replace(judged, status="passed")


def _comparable(pair: Pair, exact: Pair) -> list[int]:
    """The numbers of updates until float32 is so far off that its distance no longer grows."""
    found: list[int] = []
    for step in kept(pair.a)[1:]:
        if sum(_own(pair, exact, side, "parameter", step) for side in (pair.a, pair.b)) > _LOST:
            break
        found.append(step)
    return found


def _of_update(pair: Pair, exact: Pair, kind: str, step: int) -> tuple[Check, Check]:
    """After so many updates: float32 beside what it costs, and float64, which costs little."""
    prefix = f"{kind}/{step}/"
    own = [_own(pair, exact, side, kind, step) for side in (pair.a, pair.b)]
    single = Check(f"{kind}s", pair.compared(prefix), TWIN.limit, TWIN.origin)
    limit = max(exact.limit("trajectory"), _FINER * sum(own))
    origin = f"{_FINER:g} of what float32 costs, which is 10^9 times coarser"
    whole = Check(f"{kind}s, in float64", exact.compared(prefix), limit, origin)
    return _judged(single, own), whole


def _own(pair: Pair, exact: Pair, side: Answer, kind: str, step: int) -> float:
    """How far a twin's float32 is from its own float64."""
    wide = exact.a if side is pair.a else exact.b
    return replace(pair, a=wide, b=side, checks=[]).compared(f"{kind}/{step}/")
