"""Collects diagnostics, one for each cause."""

from __future__ import annotations

from typing import Any, NoReturn

from specc.diagnostics.model import Diagnostic, error, warning
from specc.source import Source, Span


class Failed(Exception):
    """A construct is wrong and has been reported; whoever needs its value does without."""


class Report:
    """A block is expanded many times, so the same code at the same place counts once."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str, int, int], Diagnostic] = {}

    def add(self, diagnostic: Diagnostic) -> None:
        span = diagnostic.span
        key = (diagnostic.code, diagnostic.source.path, span.start, span.end)
        self.found.setdefault(key, diagnostic)

    def error(self, code: str, message: str, source: Source, span: Span, **more: Any) -> None:
        self.add(error(code, message, source, span, **more))

    def warning(self, code: str, message: str, source: Source, span: Span, **more: Any) -> None:
        self.add(warning(code, message, source, span, **more))

    def fail(self, code: str, message: str, source: Source, span: Span, **more: Any) -> NoReturn:
        self.error(code, message, source, span, **more)
        raise Failed

    @property
    def has_errors(self) -> bool:
        return any(diagnostic.severity == "error" for diagnostic in self.found.values())

    def sorted(self) -> list[Diagnostic]:
        return sorted(
            self.found.values(), key=lambda d: (d.source.path, d.span.start, d.span.end, d.code)
        )
