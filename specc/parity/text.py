"""A report as text: one line a level."""

from __future__ import annotations

from specc.parity.report import Level, ParityReport

_COLORS = {"passed": "\x1b[32m", "failed": "\x1b[31m", "did not run": "\x1b[33m"}


def render(report: ParityReport, colors: bool = False) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    lines = [f"parity of {report.model}: {', '.join(report.backends)} ({versions})"]
    lines.append(f"data        {report.data}")
    if report.randomness:
        lines.append(f"randomness  {report.randomness}")
    lines.append("")
    lines += [_line(level, colors) for level in report.levels]
    failed = report.failed
    if failed is not None:
        lines += ["", *_details(failed)]
    lines += ["", _verdict(report)]
    return "\n".join(lines)


def _line(level: Level, colors: bool) -> str:
    status = level.status
    shown = f"{_COLORS[status]}{status:11}\x1b[0m" if colors else f"{status:11}"
    worst = level.worst
    measured = ""
    if level.number == 0:
        return f"L0  {level.title:16}  {shown}  {level.note}"
    if worst is not None:
        measured = f"error {worst.error:.1e}  tolerance {worst.tolerance:.0e}  ({worst.origin})"
    rest = "; ".join(part for part in (level.alive, level.note) if part)
    return f"{level.name}  {level.title:16}  {shown}  {measured}" + (f"; {rest}" if rest else "")


def _details(level: Level) -> list[str]:
    if level.difference is None:
        return [f"{level.name} {level.status}: {level.note}"]
    difference = level.difference
    return [
        f"first difference  {difference.sentence()}",
        f"likely cause      {difference.cause}",
    ]


def _verdict(report: ParityReport) -> str:
    names = " and ".join(report.backends)
    if report.passed:
        top = report.levels[-1].name
        return f"{names} mean the same up to {top} ({report.seconds:.1f} s)"
    failed = report.failed
    assert failed is not None
    return (
        f"{names} differ at {failed.name}"
        if failed.status == "failed"
        else f"nothing is proven above {failed.name}"
    )
