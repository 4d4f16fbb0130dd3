"""What is wrong with a spec, as data: renderers and tools come after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from specc.source import Source, Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Related:
    """A place that explains the diagnostic, such as the layer whose output is too small."""

    source: Source
    span: Span
    message: str


@dataclass(frozen=True)
class Edit:
    """Replace the text of `span` by `text`."""

    span: Span
    text: str


@dataclass(frozen=True)
class Fix:
    """A change of the diagnosed file that a tool can apply."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Diagnostic:
    """One cause.

    message: one clause, lower case, no full stop, code in backticks; makes sense alone.
    label: stands under the underlined span ("window is 9x9"); may be empty.
    expected, found: shown as their own lines where both are known.
    help: an advice or text that can be pasted.
    """

    code: str
    severity: Severity
    message: str
    source: Source
    span: Span
    label: str = ""
    related: tuple[Related, ...] = ()
    expected: str | None = None
    found: str | None = None
    help: str | None = None
    fix: Fix | None = None

    @property
    def position(self) -> tuple[int, int]:
        return self.source.position(self.span.start)


def error(code: str, message: str, source: Source, span: Span, **more: object) -> Diagnostic:
    return Diagnostic(code, "error", message, source, span, **more)  # type: ignore[arg-type]


def warning(code: str, message: str, source: Source, span: Span, **more: object) -> Diagnostic:
    return Diagnostic(code, "warning", message, source, span, **more)  # type: ignore[arg-type]
