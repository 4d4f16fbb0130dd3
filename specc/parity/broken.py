"""What a report says of scripts that end before their numbers can be compared."""

from __future__ import annotations

from specc.parity.client import ProbeFailed
from specc.parity.report import Difference, Level


def broken(error: ProbeFailed, number: int, scripts: int) -> Level:
    """The level that this ended. scripts: how many there are; where all stop by themselves, as
    they do when the loss is no longer a number, none of them is to blame."""
    every = [error, *error.others]
    if len(every) == scripts and all(each.stopped for each in every):
        reasons = {each.backend: each.reason.partition(" (line ")[0] for each in every}
        reasons = {name: reason.removeprefix("RunError: ") for name, reason in reasons.items()}
        same = len(set(reasons.values())) == 1
        said = reasons[error.backend] if same else "; ".join(map(": ".join, reasons.items()))
        return Level(number, "scripts stop", "did not run", (), f"all scripts stop: {said}")
    broken = Difference("", "script", error.backend, (), {}, float("inf"), error.reason)
    return Level(number, "broken script", "failed", (), error.reason, broken)
