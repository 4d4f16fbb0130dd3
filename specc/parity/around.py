"""L6: is all that a user takes from the scripts as it must be?"""

from __future__ import annotations

from specc.parity.asking import checked, evaluations, predictions
from specc.parity.errand import of_epoch
from specc.parity.findings import Findings, unlike, weights
from specc.parity.histories import beginning, columns, histories, repeated, still
from specc.parity.keeping import kept, resumed
from specc.parity.report import Level
from specc.parity.tolerances import IN_USE
from specc.parity.user import EPOCHS, HALF, Used

TITLE = "in use"


def in_use(first: Used, other: Used, softmax: tuple[str, ...]) -> Level:
    """The verdict on a script and the reference. softmax: the outputs whose numbers are
    probabilities of classes."""
    found = Findings()
    both = (first, other)
    found.equal("histories", (each for used in both for each in histories(used)))
    found.equal("histories, both", [columns(first, other)])
    found.equal("beginning", [beginning(first, other)])
    if first.still is not None and other.still is not None:
        found.near("an epoch, both", IN_USE["figures"], still(first, other))
    found.equal("a second run", [repeated(used) for used in both])
    found.equal("best and last epoch", (each for used in both for each in kept(used)))
    found.equal("resuming", (each for used in both for each in resumed(used)))
    for used in both:
        if used.checked is not None:
            found.near(f"the best epoch, {used.backend}", IN_USE["figures"], checked(used))
    evaluations(found, first, other)
    predictions(found, first, other, softmax)
    checks = tuple(found.checks)
    stay = [used.backend for used in both if not _moves(used)]
    note = _note(first, other)
    if found.first is not None:
        return Level(6, TITLE, "failed", checks, note, found.first)
    if stay:
        why = f"the weights of {stay[0]} are the same after two epochs: no epoch is the best"
        return Level(6, TITLE, "did not run", checks, why)
    seen = first.whole.tensors(of_epoch(1)) is not None
    return Level(6, TITLE, "passed", checks, note, None, "the weights move in each epoch" * seen)


_ASKED = {"resumed": "--resume", "tested": "--evaluate", "predicted": "--predict"}


def _note(first: Used, other: Used) -> str:
    """What was run, and what of it a script does not know."""
    known = {each: all(getattr(used, each) for used in (first, other)) for each in _ASKED}
    ran = [f"{EPOCHS} epochs" + (f", at once and with a break after {HALF}" * known["resumed"])]
    ran += [f"`{flag}`" for each, flag in _ASKED.items() if known[each] and each != "resumed"]
    *lacks, last = [f"`{flag}`" for each, flag in _ASKED.items() if not known[each]] or [""]
    lacking = f"{', '.join(lacks)} or {last}" if lacks else last
    return ", ".join(ran) + (f"; the scripts have no {lacking}" if last else "")


def _moves(used: Used) -> bool:
    epochs = [used.whole.tensors(of_epoch(n + 1)) for n in range(EPOCHS)]
    pairs = zip(epochs, epochs[1:], strict=False)
    return all(
        one is None or next_ is None or unlike("", weights(one), weights(next_), ("", ""), "")
        for one, next_ in pairs
    )
