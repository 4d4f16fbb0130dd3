"""How commands show diagnostics and end.

Text goes to stderr, so that stdout holds results alone; json, sarif and github are results and go
to stdout.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

if TYPE_CHECKING:
    from specc.diagnostics.model import Diagnostic


class Format(StrEnum):
    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


class Color(StrEnum):
    auto = "auto"
    always = "always"
    never = "never"


_Name: TypeAlias = Literal["text", "json", "sarif", "github"]
_NAMES: dict[Format, _Name] = {
    Format.text: "text",
    Format.json: "json",
    Format.sarif: "sarif",
    Format.github: "github",
}


def colored(color: Color, stream: TextIO) -> bool:
    """Whether to colour: `auto` means on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    if color != Color.auto:
        return color == Color.always
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show(diagnostics: Sequence[Diagnostic], format: Format, color: Color) -> None:
    """Print diagnostics; a machine's format is printed even when there are none."""
    from specc.diagnostics.render import render

    if format != Format.text:
        sys.stdout.write(render(diagnostics, _NAMES[format]))
    elif diagnostics:
        sys.stderr.write(render(diagnostics, "text", colored(color, sys.stderr)) + "\n")
        sys.stderr.write(tally(diagnostics) + "\n")


def tally(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    counts = {kind: sum(d.severity == kind for d in diagnostics) for kind in ("error", "warning")}
    parts = [f"{n} {kind}{'s' * (n != 1)}" for kind, n in counts.items() if n]
    return ", ".join(parts) or "no errors"


def failed(diagnostics: Sequence[Diagnostic]) -> bool:
    return any(d.severity == "error" for d in diagnostics)
