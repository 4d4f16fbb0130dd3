"""A report as one HTML page: a table of levels, and errors by layer and by update as plots."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from html import escape

from specc.parity.report import Curve, Level, ParityReport

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2329; --soft: #5b6670; --line: #d5dbe0;
  --back: #ffffff; --good: #1a7f4b; --bad: #b3261e; --dot: #2563a8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaee; --soft: #9aa6b1; --line: #3a444d;
  --back: #15191d; --good: #5cc48d; --bad: #ff8a80; --dot: #79b0ee; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back);
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.n { font-variant-numeric: tabular-nums; white-space: nowrap; }
.passed { color: var(--good); font-weight: 600; } .failed, .did { color: var(--bad);
  font-weight: 600; }
.soft { color: var(--soft); } svg { width: 100%; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
svg .dot { fill: var(--dot); } svg .far { fill: var(--bad); }
svg .path { stroke: var(--dot); fill: none; stroke-width: 1.5; }
svg .grid { stroke: var(--line); } svg .limit { stroke: var(--bad); stroke-dasharray: 5 4; }
svg .limit-text { fill: var(--bad); }
"""
_WIDTH, _HEIGHT, _LEFT, _TOP = 900, 260, 56, 16
_FLOOR = 1e-18
"""Where an error of 0 is drawn: the axis is logarithmic."""
_NAMED = 40
"""With more points than this, not every one gets its name."""


def render(report: ParityReport) -> str:
    """The whole page; it needs no other file and no network."""
    title = f"Parity of {report.model}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}: {escape(' and '.join(report.backends))}</h1>",
        *_head(report),
        *_table(report),
        *_difference(report),
        *(_figure(curve) for curve in report.curves if curve.labels),
        "</body></html>",
    ]
    return "\n".join(parts)


def _head(report: ParityReport) -> Iterator[str]:
    failed = report.failed
    verdict = "mean the same" if failed is None else f"{failed.status} at {failed.name}"
    kind = "passed" if failed is None else "failed"
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    yield f'<p class="{kind}">{escape(verdict)}</p>'
    facts = [versions, f"data: {report.data}", report.randomness]
    yield f'<p class="soft">{escape("; ".join(filter(None, facts)))}</p>'


def _table(report: ParityReport) -> Iterator[str]:
    yield "<table><thead><tr><th>level</th><th></th><th>compared</th><th>error</th>"
    yield "<th>tolerance</th><th>where the tolerance comes from</th></tr></thead><tbody>"
    for level in report.levels:
        yield from _rows(level)
    if report.left_out and report.passed:
        yield '<tr><td>L6 in use</td><td class="soft">left out</td>'
        yield f'<td colspan="4" class="soft">{_text(report.left_out)}</td></tr>'
    yield "</tbody></table>"


def _rows(level: Level) -> Iterator[str]:
    kind = level.status.split()[0]
    for place, check in enumerate(level.checks):
        yield "<tr>"
        if place == 0:
            rows = len(level.checks)
            yield f'<td rowspan="{rows}">{level.name} {escape(level.title)}'
            yield f'<br><span class="soft">{_text(level.about)}</span></td>'
            yield f'<td rowspan="{rows}" class="{kind}">{level.status}</td>'
        mark = "" if check.passed else ' class="failed"'
        yield f"<td{mark}>{escape(check.what)}</td>"
        if level.number == 0:
            yield f'<td class="n">{check.error:g} differ</td><td></td>'
        else:
            yield f'<td class="n">{check.error:.1e}</td><td class="n">{check.tolerance:.0e}</td>'
        yield f'<td class="soft">{escape(check.origin)}</td></tr>'
    if not level.checks:
        yield f"<tr><td>{level.name} {escape(level.title)}</td>"
        yield f'<td class="{kind}">{level.status}</td>'
        yield f'<td colspan="4">{_text(level.about)}</td></tr>'


def _difference(report: ParityReport) -> Iterator[str]:
    if report.difference is not None:
        yield "<h2>The first difference</h2>"
        yield f"<p>{_text(report.difference.sentence())}</p>"
        yield f"<p>Likely cause: {_text(report.difference.cause)}</p>"


def _text(sentence: str) -> str:
    """A sentence in which backticks mark what is code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(sentence))


def _figure(curve: Curve) -> str:
    return f"<h2>{escape(curve.title)}</h2>\n{plot(curve)}"


def plot(curve: Curve) -> str:
    """An SVG picture of a curve, errors on a logarithmic axis."""
    values = [_log(error) for error in curve.errors]
    limit = _log(curve.tolerance)
    low = math.floor(min(*values, limit, -16)) - 1
    high = math.ceil(max(*values, limit)) + 1
    tilted = len(curve.labels) <= _NAMED and any(len(label) > 3 for label in curve.labels)
    below = 110 if tilted else 34
    height = _HEIGHT + below
    step = (_WIDTH - _LEFT - 20) / max(1, len(values) - 1)

    def x(place: int) -> float:
        return _LEFT + 8 + place * step

    def y(value: float) -> float:
        return _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP)

    lines = [f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(curve.title)}">']
    for power in range(low, high + 1, max(1, (high - low) // 6)):
        at = f"{y(power):.1f}"
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{at}" y2="{at}"/>')
        lines.append(f'<text x="{_LEFT - 6}" y="{at}" dy="4" text-anchor="end">1e{power}</text>')
    lines.append(
        f'<line class="limit" x1="{_LEFT}" x2="{_WIDTH}" y1="{y(limit):.1f}" y2="{y(limit):.1f}"/>'
        f'<text class="limit-text" x="{_WIDTH}" y="{y(limit) - 5:.1f}" text-anchor="end">'
        f"tolerance {curve.tolerance:.0e}</text>"
    )
    points = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in enumerate(values))
    lines.append(f'<polyline class="path" points="{points}"/>')
    every = max(1, len(values) // _NAMED + (len(values) > _NAMED))
    for place, (label, value) in enumerate(zip(curve.labels, values, strict=True)):
        error = curve.errors[place]
        kind = "dot" if error <= curve.tolerance else "far"
        lines.append(
            f'<circle class="{kind}" cx="{x(place):.1f}" cy="{y(value):.1f}" r="3.5">'
            f"<title>{escape(label)}: {error:.2e}</title></circle>"
        )
        if place % every == 0:
            lines.append(_label(x(place), label, tilted))
    return "\n".join([*lines, "</svg>"])


def _label(x: float, label: str, tilted: bool) -> str:
    y = _HEIGHT + 16
    if not tilted:
        return f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{escape(label)}</text>'
    turn = f'transform="rotate(-45 {x:.1f} {y})"'
    shown = label if len(label) <= 24 else f"...{label[-22:]}"
    return f'<text x="{x:.1f}" y="{y}" text-anchor="end" {turn}>{escape(shown)}</text>'


def _log(error: float) -> float:
    """The power of ten; what is no number is drawn at the top."""
    return math.log10(max(error, _FLOOR)) if math.isfinite(error) else 1.0
