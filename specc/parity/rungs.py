"""Levels that ask the probes for more than the run that they look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from specc.parity import growth, influence, levels, precision
from specc.parity import twin as twins
from specc.parity.case import Answer, Move
from specc.parity.client import Probes
from specc.parity.job import Job
from specc.parity.pair import Pair
from specc.parity.report import Level, ParityReport
from specc.parity.runs import answers_of, elsewhere, near_reference, pairs_of
from specc.parity.trajectory import trajectory

DECIDES = 4
"""The last level in float64."""
SEEDS = 3
_SINGLE_BATCH = 32
Tell = Callable[[str], None]


def outputs(job: Job, probes: Probes, pairs: list[Pair]) -> list[Level]:
    """L1; where outputs are rounding, whether they are so with other weights too."""
    found = [levels.outputs(pair) for pair in pairs]
    return [
        influence.varying(level, lambda moves: elsewhere(job, probes, moves))
        if pair.faint and level.status != "failed"
        else level
        for level, pair in zip(found, pairs, strict=True)
    ]


def settle(job: Job, probes: Probes, pairs: list[Pair], report: ParityReport, tell: Tell) -> bool:
    """Whether what has no gradient may have none: L2's verdict, once nothing was seen to differ."""
    if not any(pair.idle for pair in pairs):
        return True
    tell("L2: what has no gradient, with other weights")
    found = influence.settled(
        report.levels[2],
        pairs,
        lambda moves: elsewhere(job, probes, moves),
        lambda answers: pairs_of(job, answers, "float64"),
    )
    report.levels[2] = found
    if not found.passed:
        del report.levels[3:]
    elif found.late and len(report.levels) > DECIDES:
        report.levels[4] = influence.unlearnt(report.levels[4], pairs, found.late)
    return report.levels[-1].passed


def single(job: Job, probes: Probes, size: int, report: ParityReport) -> list[Level]:
    """L5: one update in float32."""
    batch, removed = min(_SINGLE_BATCH, size), report.levels[2].removed
    options: dict[str, Any] = {"mode": "train", "samples": batch, "batch": batch, "epochs": 1}
    options |= {"still": removed, "drawn": "float32"}
    answers = answers_of(job, probes, dtype="float32", **options)
    pairs = pairs_of(job, answers, "float32", report.levels[2].idle)
    found = [levels.single(pair) for pair in pairs]
    if all(level.status != "failed" for level in found):
        return found
    first, *others = answers_of(job, probes, dtype="float64", **options)
    exact = [(first, other) for other in others]
    return [_beside(job, probes, options, *each) for each in zip(found, pairs, exact, strict=True)]


def _beside(
    job: Job, probes: Probes, options: dict[str, Any], level: Level, pair: Pair,
    exact: tuple[Answer, Answer],
) -> Level:  # fmt: skip
    """L5 beside float64, and where that is not enough beside float64 with moved weights."""
    found = precision.allowed(level, pair, exact)
    size = 0.0 if found.passed else precision.shake(level, pair, exact)
    if not size:
        return found
    shaken = [
        answers_of(
            job,
            probes,
            place=f"-shaken{seed}",
            dtype="float64",
            moves=(Move(size, seed),),
            **options,
        )[0]
        for seed in range(precision.SHAKES)
    ]
    return precision.allowed(level, pair, exact, shaken)


def trained(job: Job, probes: Probes) -> list[Level]:
    """The scripts as they stand, from several seeds."""
    assert job.spec.train is not None
    if not twins.names_classes(job.spec):
        why = "the network names no classes"
        return [Level(8, "full training", "did not run", (), why)]
    first = job.spec.train.seed if job.seed is None else job.seed
    found: list[list[Pair]] = []
    for seed in range(first, first + SEEDS):
        made = replace(job, seed=seed, folder=job.folder / f"seed{seed}")
        answers = answers_of(made, probes, mode="full", dtype="float32", keep=())
        found.append(pairs_of(job, answers, "float32"))
    return [twins.trained(list(pairs)) for pairs in zip(*found, strict=True)]


def followed(
    job: Job, probes: Probes, pairs: list[Pair], orders: list[Pair], length: dict[str, Any]
) -> list[Level]:
    """L4; where it finds more than the table allows, beside how far rounding grows here.

    length: of the run that is looked at.
    """
    found = [trajectory(*both) for both in zip(pairs, orders, strict=True)]
    asked = [growth.may_be_rounding(*both) for both in zip(found, pairs, strict=True)]
    if not any(asked):
        return found
    near = near_reference(job, probes, length)
    return [
        growth.judged(level, pair, near) if ask else level
        for level, pair, ask in zip(found, pairs, asked, strict=True)
    ]
