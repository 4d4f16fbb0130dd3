"""Collects diagnostics, one for each cause."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NoReturn

from specc.diagnostics.model import Diagnostic, Related, error, warning
from specc.source import Source, Span

MOST_TEXT = 400
"""A message that quotes a text of the spec stays readable, however long that is."""

EMPTY_PARENTHESES = "E0120"


class Failed(Exception):
    """A construct is wrong and has been reported; whoever needs its value does without."""


class Stopped(Exception):
    """A limit is reached and reported: the whole expansion ends."""


class Report:
    """A block is expanded many times, so the same code at the same place counts once."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str, int, int], Diagnostic] = {}
        self.uses: list[Related] = []
        """The uses of blocks that are being expanded, the outermost first."""
        self.has_errors = False
        self._empty: dict[tuple[int, str], tuple[str, str, int, int]] = {}

    def add(self, diagnostic: Diagnostic) -> None:
        span = diagnostic.span
        key = (diagnostic.code, diagnostic.source.path, span.start, span.end)
        # A name that is wrong: that it has empty parentheses too is no news.
        empty = self._empty.pop((span.end, diagnostic.source.path), None)
        if empty is not None:
            del self.found[empty]
        if diagnostic.code == EMPTY_PARENTHESES:
            self._empty[span.start, diagnostic.source.path] = key
        if key not in self.found:
            self.found[key] = self._placed(_shortened(diagnostic))
        self.has_errors = self.has_errors or diagnostic.severity == "error"

    def _placed(self, diagnostic: Diagnostic) -> Diagnostic:
        """What goes wrong inside a block may be the fault of its use: show that too."""
        if not self.uses:
            return diagnostic
        used = dict.fromkeys((self.uses[-1], self.uses[0]))
        return replace(diagnostic, related=(*diagnostic.related, *used))

    def error(self, code: str, message: str, source: Source, span: Span, **more: Any) -> None:
        self.add(error(code, message, source, span, **more))

    def warning(self, code: str, message: str, source: Source, span: Span, **more: Any) -> None:
        self.add(warning(code, message, source, span, **more))

    def fail(self, code: str, message: str, source: Source, span: Span, **more: Any) -> NoReturn:
        self.error(code, message, source, span, **more)
        raise Failed

    def stop(self, message: str, source: Source, span: Span, **more: Any) -> NoReturn:
        """End at a limit of size."""
        self.error("E0330", message, source, span, **more)
        raise Stopped

    def sorted(self) -> list[Diagnostic]:
        return sorted(
            self.found.values(), key=lambda d: (d.source.path, d.span.start, d.span.end, d.code)
        )


def _shortened(diagnostic: Diagnostic) -> Diagnostic:
    texts = {name: getattr(diagnostic, name) for name in ("message", "expected", "found", "help")}
    long = {
        name: text[: MOST_TEXT - 3] + "..."
        for name, text in texts.items()
        if text is not None and len(text) > MOST_TEXT
    }
    return replace(diagnostic, **long) if long else diagnostic
