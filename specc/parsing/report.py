"""A place to collect syntax errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from specc.diagnostics.model import Diagnostic, Edit, Fix, Related, error
from specc.source import Source, Span

# A text that is no spec at all would only repeat itself.
MAX_ERRORS = 100
_BLANKS = re.compile(r"[ \t]*")


@dataclass
class SyntaxReport:
    source: Source
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return len(self.diagnostics) >= MAX_ERRORS

    def add(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        help: str | None = None,
        related: tuple[Span, str] | None = None,
        fix: tuple[str, Span, str] | None = None,
    ) -> None:
        """fix: (title, place, new text)."""
        if self.full:
            return
        self.diagnostics.append(
            error(
                code,
                message,
                self.source,
                span,
                label=label,
                help=help,
                related=(Related(self.source, *related),) if related else (),
                fix=Fix(fix[0], (Edit(fix[1], fix[2]),)) if fix else None,
            )
        )

    def text(self, span: Span, limit: int = 30) -> str:
        """The first line of what stands there, short enough for a sentence."""
        text = self.source.text[span.start : span.end].strip().split("\n")[0].rstrip("\r")
        return text if len(text) <= limit else text[: limit - 3] + "..."

    def indent(self, offset: int) -> int:
        """How far the line of this place is indented."""
        start = self.source.line_starts[self.source.position(offset)[0] - 1]
        blanks = _BLANKS.match(self.source.text, start)
        return blanks.end() - start if blanks else 0
