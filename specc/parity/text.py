"""A report as text: one line a level, and with `verbose` what else is known of it."""

from __future__ import annotations

import textwrap

from specc.parity.report import Level, ParityReport

_COLORS = {"passed": "\x1b[32m", "failed": "\x1b[31m", "did not run": "\x1b[33m"}
_LEAST_WIDTH = 40


def render(
    report: ParityReport, colors: bool = False, *, verbose: bool = True, width: int | None = None
) -> str:
    """verbose: where tolerances come from, and how the network was seen to be alive. width: of
    the terminal, at which sentences are folded; without one they stay on their lines."""
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    lines = _folded(f"parity of {report.model}: {', '.join(report.backends)} ({versions})", width)
    lines += _labelled({"data": report.data, "randomness": report.randomness}, 10, width)
    lines.append("")
    lines += [_line(level, colors, verbose) for level in report.levels]
    if report.left_out and report.passed:
        lines += _labelled({"L6  in use            left out   ": _left_out(report)}, 0, width)
    failed = report.failed
    if failed is not None:
        lines += ["", *_details(failed, width)]
    lines += ["", *_folded(_verdict(report), width)]
    return "\n".join(lines)


def _left_out(report: ParityReport) -> str:
    return f"{report.left_out}; `--level 6` asks for it"


def _line(level: Level, colors: bool, verbose: bool) -> str:
    status, worst = level.status, level.worst
    shown = f"{_COLORS[status]}{status:11}\x1b[0m" if colors else f"{status:11}"
    start = f"{level.name}  {level.title:16}  {shown}"
    if level.number == 0 and level.passed:
        return f"{start}  {level.note if verbose else level.note.partition(',')[0]}"
    measured = ""
    if worst is not None and level.number > 0:
        measured = f"error {worst.error:.1e}  tolerance {worst.tolerance:.2g}"
    if not verbose:
        return f"{start}  {measured}".rstrip()
    if measured:
        measured += f"  ({worst.origin})" if worst is not None else ""
    rest = "; ".join(part for part in (measured, level.about) if part)
    return f"{start}  {rest}".rstrip()


def _details(level: Level, width: int | None) -> list[str]:
    difference = level.difference
    if difference is None:
        return _labelled({f"{level.name} {level.status}": level.note}, 0, width)
    if level.broken:
        return _labelled({f"script of {difference.tensor}": difference.cause}, 0, width)
    said = {"first difference": difference.sentence(), "likely cause": difference.cause}
    return _labelled(said, 16, width)


def _labelled(said: dict[str, str], room: int, width: int | None) -> list[str]:
    """Each text behind its label, folded below itself."""
    lines = []
    for label, text in said.items():
        if text:
            start = f"{label:{room}}  "
            lines += _folded(start + text, width, " " * len(start))
    return lines


def _folded(text: str, width: int | None, indent: str = "  ") -> list[str]:
    if width is None:
        return [text]
    return textwrap.wrap(
        text, max(width, _LEAST_WIDTH), subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False, drop_whitespace=True,
    )  # fmt: skip


def _verdict(report: ParityReport) -> str:
    names = " and ".join(report.backends)
    if report.passed:
        top = report.levels[-1].name
        return f"{names} mean the same up to {top} ({report.seconds:.1f} s)"
    failed = report.failed
    assert failed is not None
    if failed.status != "failed":
        return f"nothing is proven from {failed.name} on"
    if failed.broken:
        assert failed.difference is not None
        return f"nothing is compared at {failed.name}: the {failed.difference.tensor} script broke"
    return f"{names} differ at {failed.name}"
