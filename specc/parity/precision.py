"""What float32 does to a network, where level L5 finds more than correct code reaches elsewhere.

A sum over thousands of places rounds in one way in one framework and in another way in the other,
and what follows may magnify it: PyTorch's BatchNorm of pictures is 5 to 14 times farther from
float64 than Keras's. So each framework is measured against itself: the same script, the same batch,
in float64. Two frameworks whose float64 agrees can differ in float32 by the sum of these two
distances, and not by more: that is the triangle inequality.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from specc.parity import levels
from specc.parity.case import Answer
from specc.parity.pair import Pair
from specc.parity.report import Check, Level

MOST = 64.0
"""A framework may be so much farther from its float64 than the other. Measured: 14. Half precision
and TF32, which must not pass for float32, are 500 and more times farther."""

ROOM = 1.25
"""The distances are relative to numbers that are themselves apart."""


def allowed(level: Level, pair: Pair, exact: Sequence[Answer]) -> Level:
    """L5 judged by what float32 does here. exact: the same runs in float64, in the pair's order."""
    singles = (pair.a, pair.b)
    own = [_distances(pair, wide, one) for wide, one in zip(exact, singles, strict=True)]
    checks = tuple(_judged(check, [each[check.what] for each in own]) for check in level.checks)
    if not all(check.passed for check in checks):
        return level
    assert level.worst is not None
    what = level.worst.what
    apart = " and ".join(
        f"{each[what]:.1e} in {one.backend}" for each, one in zip(own, singles, strict=True)
    )
    note = f"levels 1 to 3 in float32, which is from float64 by {apart} ({what})"
    return replace(level, status="passed", checks=checks, note=note, difference=None)


def _distances(pair: Pair, exact: Answer, single: Answer) -> dict[str, float]:
    """How far a script's float32 is from its own float64, by what is checked."""
    found = levels.single(replace(pair, a=exact, b=single, checks=[]))
    return {check.what: check.error for check in found.checks}


def _judged(check: Check, own: Sequence[float]) -> Check:
    """The check with the sum of both distances as its tolerance, where that is the larger one."""
    least, most = min(own), max(own)
    limit = ROOM * (least + min(most, MOST * least))
    if limit <= check.tolerance:
        return check
    return replace(check, tolerance=limit, origin="what float32 does to this network")


def of_twin(level: Level, pair: Pair, exact: Pair) -> Level:
    return level
