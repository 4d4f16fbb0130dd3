"""What the language has and no version has built yet: one code, never taken for a mistake."""

from __future__ import annotations

from typing import NoReturn

from specc.bind.ground.report import Report
from specc.source import Source, Span

TERMS = {"source": frozenset({"hub"})}
"""Names by category; layers stand in `foreign`, settings in `sections.read`."""
ARGUMENTS = frozenset({"decay", "target", "weights"})
"""Arguments that some term of the language takes: a decay of an optimizer, a target of a loss."""


def unbuilt(report: Report, what: str, source: Source, span: Span, advice: str) -> NoReturn:
    message = f"{what} is part of the language but not built yet"
    report.fail("E0901", message, source, span, help=advice)
