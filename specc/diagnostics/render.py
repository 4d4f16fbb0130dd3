"""Diagnostics as text for people, and the one entry to all formats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from specc.diagnostics.model import Diagnostic
from specc.diagnostics.width import cells, safe
from specc.source import Source, Span

Format = Literal["text", "json", "sarif", "github"]

# A longer line is cut: some context before the marked place, the rest after it.
MAX_LINE = 120
_BEFORE = 40
_STYLES = {"error": "1;31", "warning": "1;33", "gutter": "1;34", "bold": "1"}


def render(diagnostics: Iterable[Diagnostic], format: Format = "text", color: bool = False) -> str:
    """All diagnostics in one format, in the order of their places, each cause once."""
    ordered = in_order(diagnostics)
    if format == "text":
        return "\n".join(_text(diagnostic, color) for diagnostic in ordered)
    from specc.diagnostics import formats  # not needed on a terminal

    return formats.FORMATS[format](ordered)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by path and place; what says the same of the same place is kept once."""
    unique = {(d.source.path, d.span, d.code, d.message): d for d in diagnostics}
    return sorted(unique.values(), key=lambda d: (d.source.path, d.span.start, d.span.end, d.code))


@dataclass(frozen=True)
class _Mark:
    span: Span
    label: str
    primary: bool


def _text(diagnostic: Diagnostic, color: bool) -> str:
    paint = _Paint(color)
    line, column = diagnostic.position
    place = f"{safe(diagnostic.source.path)}:{line}:{column}: "
    kind = paint(f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.severity)
    rows = [paint(place, "bold") + kind + paint(f": {safe(diagnostic.message)}", "bold")]
    listings = _listings(diagnostic)
    width = max((_gutter_width(source, marks) for source, marks in listings), default=1)
    for source, marks in listings:
        if source != diagnostic.source:
            line, column = source.position(marks[0].span.start)
            rows.append(
                f"{' ' * width}{paint(':::', 'gutter')} {safe(source.path)}:{line}:{column}"
            )
        rows += _listing(source, marks, width, diagnostic.severity, paint)
    for title in ("expected", "found", "help"):
        if (text := getattr(diagnostic, title)) is not None:
            rows += _note(title, text, width, paint)
    return "\n".join(rows) + "\n"


@dataclass(frozen=True)
class _Paint:
    color: bool

    def __call__(self, text: str, style: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.color else text


def _listings(diagnostic: Diagnostic) -> list[tuple[Source, list[_Mark]]]:
    """The marked places by file, that of the diagnostic first; a file without text has none."""
    listings = [(diagnostic.source, [_Mark(diagnostic.span, diagnostic.label, True)])]
    for related in diagnostic.related:
        mark = _Mark(related.span, related.message, False)
        for source, marks in listings:
            if source == related.source:
                marks.append(mark)
                break
        else:
            listings.append((related.source, [mark]))
    return [(source, marks) for source, marks in listings if source.text]


def _gutter_width(source: Source, marks: list[_Mark]) -> int:
    return max(len(str(source.position(mark.span.start)[0])) for mark in marks)


def _listing(
    source: Source, marks: list[_Mark], width: int, severity: str, paint: _Paint
) -> list[str]:
    """The marked lines in their order, each once, its marks below it."""
    rows = [paint(f"{' ' * width} |", "gutter")]
    before = 0
    for number, on_line in _by_line(source, marks):
        if before and number > before + 1:
            rows.append(paint("...", "gutter"))
        if number != before or len(source.line(number)) > MAX_LINE:
            rows.append(
                paint(f"{number:>{width}} |", "gutter") + _shown(source, number, on_line[0])
            )
        for mark in on_line:
            style = severity if mark.primary else "gutter"
            rows.append(
                paint(f"{' ' * width} |", "gutter") + paint(_underline(source, number, mark), style)
            )
        before = number
    return rows


def _by_line(source: Source, marks: list[_Mark]) -> list[tuple[int, list[_Mark]]]:
    """(line, its marks); the marks of a line that is cut stand each under a piece of their own."""
    groups: list[tuple[int, list[_Mark]]] = []
    for mark in sorted(marks, key=lambda m: (source.position(m.span.start)[0], not m.primary)):
        number = source.position(mark.span.start)[0]
        if groups and groups[-1][0] == number and len(source.line(number)) <= MAX_LINE:
            groups[-1][1].append(mark)
        else:
            groups.append((number, [mark]))
    return groups


def _piece(source: Source, number: int, mark: _Mark) -> tuple[str, int, int]:
    """What is shown of a line and the part of it that is marked, in characters."""
    line, offset = source.line(number), source.line_starts[number - 1]
    start = min(mark.span.start - offset, len(line))
    end = max(start, min(mark.span.end - offset, len(line)))
    if len(line) <= MAX_LINE:
        return line, start, end
    low = max(0, min(start - _BEFORE, len(line) - MAX_LINE))
    high = min(len(line), low + MAX_LINE)
    head, tail = ("..." if low else ""), ("..." if high < len(line) else "")
    shift = len(head) - low
    return head + line[low:high] + tail, start + shift, min(end, high) + shift


def _shown(source: Source, number: int, mark: _Mark) -> str:
    text = cells(_piece(source, number, mark)[0])[0].rstrip()
    return f" {text}" if text else ""


def _underline(source: Source, number: int, mark: _Mark) -> str:
    line, start, end = _piece(source, number, mark)
    columns = cells(line)[1]
    length = max(1, columns[end] - columns[start])
    sign = "^" if mark.primary else "-"
    label = f" {safe(mark.label)}" if mark.label else ""
    return f" {' ' * columns[start]}{sign * length}{label}"


def _note(title: str, text: str, width: int, paint: _Paint) -> list[str]:
    first, *more = text.split("\n")
    head = f"{' ' * width} = {title}: "
    rows = [paint(f"{' ' * width} =", "gutter") + f" {paint(title + ':', 'bold')} {safe(first)}"]
    return rows + [" " * len(head) + safe(line) for line in more]
