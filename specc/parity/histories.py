"""L6: the histories of both scripts, and of two runs of one."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from typing import Any

from specc.parity.errand import BEGUN, Ran, of_epoch
from specc.parity.findings import apart, farthest, unlike, weights
from specc.parity.report import Difference
from specc.parity.user import EPOCHS, Used


def figures_of(ran: Ran) -> list[dict[str, float]]:
    """The figures of the epochs without the one that was given: of a run that says no more, those
    of its history."""
    return ran.record.get("rows") or ran.history


def watched(row: Mapping[str, float]) -> str:
    """The figure by which the best epoch is chosen."""
    return "val_loss" if "val_loss" in row else "loss"


def histories(used: Used) -> Iterator[Difference | None]:
    for ran in (used.whole, used.half):
        yield _history(used, ran)


def _history(used: Used, ran: Ran) -> Difference | None:
    asked, rows, seen = ran.command.epochs or 0, ran.history, ran.record.get("rows", [])
    place = f"history {ran.command.name},"
    if len(rows) != asked:
        trained = len(seen) or len(rows)
        cause = "a row is lost or added on the way to the file"
        if trained != asked:
            cause = "more or fewer epochs are trained than `--epochs` says"
        return apart(place, "epochs", cause, {used.backend: len(rows), "asked": asked})
    for number, row in enumerate(rows, start=1):
        if row.get("epoch", number) != number:
            values = {used.backend: row["epoch"], "counted": number}
            return apart(place, "epoch", "the epochs are counted in another way", values)
        told = {**seen[number - 1], watched(row): row[watched(row)]} if seen else {}
        for name in told:
            if told[name] != row.get(name) and not _no_number(told[name], row.get(name)):
                values = {"the epoch": told[name], "history.json": row.get(name, math.nan)}
                cause = f"history.json does not hold what epoch {number} gave"
                return apart(f"epoch {number} {ran.command.name},", name, cause, values)
    return _table(ran)


def _no_number(one: float, other: float | None) -> bool:
    """JSON has no NaN: what is no number is null."""
    return not math.isfinite(one) and other is None


def _table(ran: Ran) -> Difference | None:
    """history.csv must say what history.json says, where there is one."""
    file = ran.out / "history.csv"
    if not file.exists():
        return None
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8", errors="replace"))))
    try:
        said = [{name: float(value) for name, value in row.items()} for row in rows]
    except (TypeError, ValueError):
        return apart("history", "history.csv", "it holds something else than numbers")
    if said == ran.history or any(None in row.values() for row in ran.history):
        return None
    return apart("history", "history.csv", "it holds other rows than history.json")


def columns(first: Used, other: Used) -> Difference | None:
    a, b = (next(iter(used.whole.history), {}) for used in (first, other))
    if odd := sorted(a.keys() ^ b.keys()):
        cause = f"only {(first if odd[0] in a else other).backend} has it"
        return apart("column of the history", odd[0], cause)
    # Of a list for each figure, as lean scripts keep it, no order can be seen.
    if "epoch" in a and list(a) != list(b):
        return apart("columns of the history", ", ".join(b), "the figures are in another order")
    if first.whole.json("data.json") != other.whole.json("data.json"):
        cause = "other names of classes, or another scaling, are kept for a prediction"
        return apart("file", "data.json", cause)
    return None


def beginning(first: Used, other: Used) -> Difference | None:
    """Both scripts begin with the same weights and take the same batches."""
    names = first.backend, other.backend
    ones, others = (used.whole.tensors(BEGUN) for used in (first, other))
    if ones is not None and others is not None:
        cause = "other weights are drawn: is `--seed` used?"
        found = unlike("beginning,", weights(ones), weights(others), names, cause)
        if found is not None:
            return found
    for epoch in range(1, EPOCHS + 1):
        a, b = (batches_of(used, used.whole, epoch) for used in (first, other))
        if a and b and a != b:
            cause = "another order of the samples, or other samples: is `--seed` used?"
            return apart(f"batches of epoch {epoch}", "train", cause)
    return None


def batches_of(used: Used, ran: Ran, epoch: int) -> list[Any]:
    """Hashes of the batches of an epoch; before them a script may look at the first one."""
    found = ran.record.get("batches", {}).get(str(epoch), [])
    return found[-used.steps :] if used.steps else []


def repeated(used: Used) -> Difference | None:
    """What both runs have trained is the same to the last bit."""
    cause = "the same command gives other numbers: something is drawn that no seed decides"
    return unlike_runs(used, used.whole, used.half, range(1, len(used.half.history) + 1), cause)


def unlike_runs(used: Used, one: Ran, other: Ran, epochs: range, cause: str) -> Difference | None:
    """The first figure or weight in which two runs of a script differ."""
    names = f"{used.backend} {one.command.name}", f"{used.backend} {other.command.name}"
    for epoch in epochs:
        ones, others = one.history[epoch - 1], other.history[epoch - 1]
        for name in ones:
            if ones[name] != others.get(name):
                values = dict(zip(names, (ones[name], others.get(name, math.nan)), strict=True))
                return apart(f"epoch {epoch},", name, cause, values)
        a, b = one.tensors(of_epoch(epoch)), other.tensors(of_epoch(epoch))
        if a is not None and b is not None:
            found = unlike(f"after epoch {epoch},", a, b, names, cause)
            if found is not None:
                return found
    return None


def still(first: Used, other: Used) -> Difference | None:
    """Where the weights stay, both histories are the same but for what float32 costs."""
    cause = "the same weights and batches give other figures: another mean, or another part"
    one, two = first.still, other.still
    if one is None or two is None:
        return None
    rows = [next(iter(figures_of(ran)), {}) for ran in (one, two)]
    place = f"epoch 1 {one.command.name},"
    return farthest(place, rows[0], rows[1], (one.backend, other.backend), cause)
