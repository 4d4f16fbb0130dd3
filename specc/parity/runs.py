"""What the protocol asks of the probes, and the answers in pairs."""

from __future__ import annotations

from typing import Any

from specc.parity import twin as twins
from specc.parity.case import Answer, Case, Move
from specc.parity.client import Probes
from specc.parity.growth import NEAR
from specc.parity.job import Job, raw_of
from specc.parity.pair import Pair
from specc.parity.tolerances import table

FULL_BATCHES, KEPT_NUMBERS = 11, 4_000_000
_BATCH, _REST, _EPOCHS = 8, 3, 2


def answers_of(
    job: Job, probes: Probes, only: str | None = None, place: str = "", **options: Any
) -> list[Answer]:
    """The answers of all backends, or of one. place: of runs that differ in other things too."""
    mode, dtype = options["mode"], options.get("dtype", "float64")
    return probes.run(
        {
            name: Case(
                script=str(path),
                folder=str(job.folder / name / f"{mode}-{dtype}{place}"),
                data=None if job.data is None else str(job.data),
                raw=raw_of(job.spec),
                synthetic=job.synthetic,
                seed=job.seed,
                random=job.random and mode != "order",
                told=job.told(name),
                **options,
            )
            for name, path in job.scripts.items()
            if only in (None, name)
        }
    )


def shortened(job: Job, size: int) -> dict[str, Any]:
    """An epoch of some twelve batches whose last one is smaller."""
    batch = _BATCH if size >= 2 * _BATCH else max(2, size // 4)
    full = max(1, min(FULL_BATCHES, (size - _REST) // batch))
    samples = min(size, full * batch + min(_REST, batch - 1))
    steps = -(-samples // batch)
    epochs = max(_EPOCHS, -(-20 // steps))
    updates = steps * epochs
    every = max(1, updates * job.parameters // KEPT_NUMBERS)
    keep = sorted({0, 1, 2, steps, *range(0, updates, every), updates})
    return {"samples": samples, "batch": batch, "epochs": epochs, "keep": tuple(keep)}


def elsewhere(job: Job, probes: Probes, moves: tuple[Move, ...]) -> list[Answer]:
    """The first batch of a training, with weights that were moved."""
    place = "".join(f"-{move.seed}.{len(move.names or ())}" for move in moves)
    return answers_of(
        job, probes, place=place, mode="train", samples=_BATCH, batch=_BATCH, epochs=1, keep=(0,),
        moves=moves,
    )  # fmt: skip


def near_reference(job: Job, probes: Probes, short: dict[str, Any]) -> Answer:
    """The reference's short run once more, from weights that differ by rounding."""
    # Dropout's masks come from another backend, which then has to run as well.
    only = None if job.random else next(iter(job.scripts))
    found = answers_of(job, probes, only, "-near", mode="train", moves=(NEAR,), **short)
    return found[0]


def pairs_of(
    job: Job, answers: list[Answer], dtype: str, idle: frozenset[str] = frozenset()
) -> list[Pair]:
    """Each backend with the first one, which is the reference. idle: tensors without a gradient,
    as float64 has shown."""
    if not answers:
        return []
    reference, *others = answers
    limits = table(dtype)
    classes = twins.names_classes(job.spec)
    return [Pair(reference, other, limits, idle, job.adaptive, classes) for other in others]
