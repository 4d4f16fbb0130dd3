"""docs/parity-catches.md: what a run of the suite caught."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from harness.backends import BACKENDS

from mutations.mutant import FOLDER, Mutant, later
from mutations.suite import BUGS, MUTANTS, Verdict
from specc.parity.findings import COUNTED

PAGE = FOLDER.parents[1] / "docs" / "parity-catches.md"
SEEDS = (1, 2, 3, 4, 5)

_HEAD = """\
# What parity catches

Written by `python tests/mutations/run.py --write`. Each bug is put into a generated script, one at
a time, by changing its text (`bugs.toml` and `in-use.toml` of `tests/mutations`); the script of
the other backend stays as it is. `specc parity` must see the bug at the level under "at most" or a
lower one, and its report must point to the place. Errors are relative and in float64, at L6 in
float32; a tensor that only one of both scripts has is infinitely far off. At L0 batches are
counted, at L6 what must be equal to the last bit, and none may differ.

The specs are in `tests/mutations/specs`. Bugs of L0 are looked for in the batches of the whole run,
the others in a short run of two epochs, and those of L6 where both scripts are run by their flags.
"""


def page(verdicts: Mapping[str, Verdict], originals: Sequence[Verdict], seconds: float) -> str:
    parts = [_HEAD, _summary(verdicts, originals, seconds)]
    for group in dict.fromkeys(bug.group for bug in BUGS):
        rows = [
            _row(mutant, verdicts[mutant.name]) for mutant in MUTANTS if mutant.bug.group == group
        ]
        head = "| bug | in | spec | at most | caught | error | tolerance | first difference |"
        rule = "| --- | --- | --- | --- | --- | --- | --- | --- |"
        parts.append("\n".join([f"## {group}", "", head, rule, *rows]) + "\n")
    absent = [f"- {bug.name}: {bug.absent}." for bug in BUGS if bug.absent]
    parts.append("\n".join(["## Bugs that only one backend can have", "", *absent]) + "\n")
    waiting = [f"- {bug.name}: `{bug.needs}`" for bug in later()]
    text = "The features that these need are not built yet, and specc refuses them:"
    parts.append("\n".join(["## Not tried yet", "", text, "", *waiting]) + "\n")
    return "\n".join(parts)


def _summary(verdicts: Mapping[str, Verdict], originals: Sequence[Verdict], seconds: float) -> str:
    caught = sum(is_caught(mutant, verdicts[mutant.name]) for mutant in MUTANTS)
    passed = sum(verdict.passed for verdict in originals)
    return (
        f"{caught} of {len(MUTANTS)} caught. The scripts without a bug pass in {passed} of"
        f" {len(originals)} runs, with {len(SEEDS)} seeds for each spec. {seconds:.0f} seconds"
        " of processor time.\n"
    )


def is_caught(mutant: Mutant, verdict: Verdict) -> bool:
    """Whether a script that ran was refused, at the promised level or before."""
    return verdict.status == "failed" and 0 <= verdict.level <= mutant.bug.level


def is_blamed(mutant: Mutant, verdict: Verdict) -> bool:
    """Whether the report points to the bug."""
    return any(word in f"{verdict.difference}, {verdict.cause}" for word in mutant.bug.blame)


def _row(mutant: Mutant, verdict: Verdict) -> str:
    error, tolerance = f"{verdict.error:.1e}", f"{verdict.tolerance:.0e}"
    if verdict.level == 0:
        error, tolerance = f"{verdict.error:.0f} batches", "0"
    elif verdict.tolerance == COUNTED:
        error, tolerance = f"{verdict.error:.0f} differ", "0"
    elif math.isinf(verdict.error):
        error = "infinite"
    caught = f"L{verdict.level}, {verdict.check}" if verdict.status else "no"
    found = f"{verdict.difference}; {verdict.cause}" if verdict.status else verdict.broken
    cells = (
        mutant.bug.name, mutant.backend, mutant.bug.spec, f"L{mutant.bug.level}", caught, error,
        tolerance, found,
    )  # fmt: skip
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def promises(text: str) -> set[tuple[str, str, str, str]]:
    """Bug, backend, spec and level of each row of the page."""
    rows = (line.split(" | ") for line in text.splitlines() if line.startswith("| "))
    cells = {(row[0][2:], row[1], row[2], row[3]) for row in rows if len(row) == 8}
    return {row for row in cells if row[1] in BACKENDS}
