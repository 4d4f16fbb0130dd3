"""What the protocol of parity says of a network, as one kind among few."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from specc.parity.report import Level, ParityReport

PROVEN = "proven"
NOTHING = (PROVEN, "zero gradient", "still", "stopped", "rounding", "chaos", "documented")
"""Kinds in which no fault is seen: the network is dead, its loss is no number any more, or one
script alone is as far from itself as from the other once it rounds another way
(truth.py); `chaos` is that in the trajectory. `documented` is gone without the layers of which
docs/semantics.md says that they stay different at a point."""
_NAMES = re.compile(r"`[^`]*`|\"[^\"]*\"|'[^']*'|\[[^\]]*\]|\d[\d.e+-]*")


@dataclass(frozen=True)
class Verdict:
    """kind: of the table at the end. detail: what the report says."""

    kind: str
    detail: str = ""
    level: int = -1

    @property
    def signature(self) -> str:
        """The same for the same fault in other networks: names and numbers left out."""
        return f"{self.kind}: {_NAMES.sub('_', self.detail)[:160]}"


def of(report: ParityReport) -> Verdict:
    failed = report.failed
    if failed is None:
        return Verdict(PROVEN, "", report.levels[-1].number)
    if failed.broken:
        assert failed.difference is not None
        return Verdict("broken script", failed.difference.cause, failed.number)
    if failed.status == "did not run":
        return Verdict(_idle(failed), failed.note, failed.number)
    worst, first = failed.worst, failed.difference
    said = f"{worst.what} {worst.error:.1e}" if worst else ""
    detail = f"{said}; {first.sentence()}; {first.cause}" if first else said
    return Verdict(f"differs at {failed.name}", detail, failed.number)


def _idle(level: Level) -> str:
    """Why a level did not run."""
    if "outputs" in level.note and ("do not vary" in level.note or "cannot depend" in level.note):
        return "still"
    if "gradient" in level.note or "has not moved" in level.note:
        return "zero gradient"
    return "stopped"


def is_fault(result: Mapping[str, Any]) -> bool:
    """Whether a line of a log tells of a fault."""
    missed = any(bug["found"] == "missed" for bug in result.get("bugs", ()))
    return missed or result["kind"] not in NOTHING
