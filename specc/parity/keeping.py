"""L6: which epoch is the best, what is kept of it and of the last one, and going on from there."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from specc.parity.case import Array
from specc.parity.errand import BEGUN, Ran, of_epoch
from specc.parity.findings import apart, unlike, weights
from specc.parity.histories import batches_of, unlike_runs, watched
from specc.parity.report import Difference
from specc.parity.user import EPOCHS, HALF, Used


def kept(used: Used) -> Iterator[Difference | None]:
    """The checkpoint of each epoch holds its weights; the best file those of the best one."""
    whole = used.whole
    for epoch in range(1, len(whole.history) + 1):
        before = whole.tensors(BEGUN if epoch == 1 else of_epoch(epoch - 1))
        after = whole.tensors(of_epoch(epoch))
        if before and after and not _differ(weights(before), weights(after)):
            cause = "last.* holds the weights of the epoch before"
            yield apart(f"{used.backend}, checkpoint of", f"epoch {epoch}", cause)
            return
    for epoch, step in enumerate(whole.record.get("steps", ()), start=1):
        if step != epoch * used.steps:
            values = {used.backend: step, "updates": epoch * used.steps}
            cause = "last.json counts other updates than were made"
            yield apart(f"epoch {epoch}, last.json", "step", cause, values)
    if whole.best is not None and whole.history:
        yield _best(used, whole)
    if found := re.search(r"^best epoch +(\d+)", whole.printed, re.MULTILINE):
        wanted = best_epoch(whole)
        if int(found[1]) != wanted:
            values = {"printed": float(found[1]), "history.json": float(wanted)}
            cause = "it says another epoch than the one with the least figure"
            yield apart(f"{used.backend}, best epoch", "stdout", cause, values)


def best_epoch(ran: Ran) -> int:
    """The first epoch with the least figure."""
    figures = figures_by_epoch(ran)
    return figures.index(min(figures)) + 1


def figures_by_epoch(ran: Ran) -> list[float]:
    """Those that choose the best epoch; what is no number, and so null, chooses none."""
    found = [row[watched(row)] for row in ran.history]
    return [math.inf if figure is None else figure for figure in found]


def _best(used: Used, ran: Ran) -> Difference | None:
    """best.safetensors holds the weights of the epoch with the least figure."""
    wanted, figures = best_epoch(ran), figures_by_epoch(ran)
    epochs = {n + 1: ran.tensors(of_epoch(n + 1)) for n in range(len(figures))}
    of = [n for n, a in epochs.items() if a and ran.best and not _differ(ran.best, weights(a))]
    if wanted in of or epochs[wanted] is None:
        return None
    name = watched(ran.history[0])
    place = f"{used.backend} {ran.command.name}, epoch of"
    if not of:
        return apart(place, "best.safetensors", "it holds the weights of no epoch")
    cause = f"the weights of epoch {of[0]} are kept, though `{name}` chooses another one"
    if figures[of[0] - 1] == figures[wanted - 1]:
        cause = f"a later epoch with the same `{name}` is kept: `<=` in place of `<`"
    elif figures[of[0] - 1] == max(figures):
        cause = f"the epoch with the largest `{name}` is kept, not the one with the least"
    elif of[0] == len(figures):
        cause = "the last epoch is kept as the best, whatever its figure"
    return apart(place, "best.safetensors", cause, {"it": of[0], "history.json": wanted})


def _differ(ones: Mapping[str, Array], others: Mapping[str, Array]) -> bool:
    return unlike("", ones, others, ("", ""), "") is not None


def resumed(used: Used) -> Iterator[Difference | None]:
    """Two epochs and a resume are the run that was not interrupted, bit for bit."""
    ran, whole = used.resumed, used.whole
    if ran is None:
        return
    if len(ran.history) != len(whole.history):
        values = {used.backend: len(ran.history), "without": len(whole.history)}
        cause = "going on loses rows of the history, or adds some"
        yield apart("history with `--resume`,", "epochs", cause, values)
        return
    for epoch, (one, other) in enumerate(zip(used.half.history, ran.history, strict=False), 1):
        if one != other:
            cause = "going on changes rows of the history that were there before"
            yield apart("history with `--resume`,", f"epoch {epoch}", cause)
            return
    before, begun = used.half.tensors(of_epoch(HALF)), ran.tensors(BEGUN)
    if before is not None and begun is not None:
        names = f"last-{HALF:05}.safetensors", f"{used.backend} with `--resume`"
        cause = "it is not put back: going on begins without it"
        yield unlike("after `--resume`,", before, begun, names, cause)
    for epoch in range(HALF + 1, EPOCHS + 1):
        a, b = (batches_of(used, each, epoch) for each in (whole, ran))
        if a != b:
            cause = "going on takes another order of the samples than the run without a break"
            yield apart(f"{used.backend} with `--resume`, batches of epoch {epoch}", "train", cause)
            return
    ones, others = whole.record.get("steps", ())[HALF:], ran.record.get("steps", ())
    if list(ones) != list(others) and ones and others:
        values = {"without": ones[-1], "with `--resume`": others[-1]}
        yield apart(f"{used.backend}, last.json", "step", "another number of updates", values)
    cause = (
        "the same weights and samples give other numbers after `--resume`: the optimizer's number"
        " of updates, its learning rate, or random numbers that the epoch does not seed"
    )
    yield unlike_runs(used, whole, ran, range(1, EPOCHS + 1), cause)
    if ran.best is not None and whole.best is not None and _differ(whole.best, ran.best):
        cause = "going on forgets the best epoch so far"
        yield apart("after `--resume`,", "best.safetensors", cause)
