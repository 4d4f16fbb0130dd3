"""A bug, and the script that has it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.backends import BACKENDS

FOLDER = Path(__file__).parent
IN_USE = 6
"""The level at which scripts are run by their flags."""
_LATER = "Not tried yet"


@dataclass(frozen=True)
class Edit:
    """A piece of a script's text, what stands there instead, and how often it must be found."""

    old: str
    new: str
    times: int = 1


@dataclass(frozen=True)
class Bug:
    """A table of bugs.toml, which says what the fields mean, or of in-use.toml."""

    group: str
    name: str
    spec: str
    level: int
    blame: tuple[str, ...]
    edits: dict[str, tuple[Edit, ...]]
    absent: str
    terms: tuple[str, ...]
    often: bool = True
    """Whether the tests try it too."""


@dataclass(frozen=True)
class Later:
    """A bug whose feature is not built yet: `edit` is what a spec would say to use it."""

    name: str
    needs: str
    spec: str
    edit: Edit


@dataclass(frozen=True)
class Mutant:
    """A bug in the script of one backend."""

    bug: Bug
    backend: str

    @property
    def name(self) -> str:
        return f"{self.bug.name} ({self.backend})"

    @property
    def often(self) -> bool:
        """Whether the tests try it; a run of Keras's script by its flags takes them too long."""
        return self.bug.often and (self.bug.level < IN_USE or self.backend == "torch")

    def of(self, script: str) -> str:
        """The script with the bug in it."""
        for edit in self.bug.edits[self.backend]:
            found = script.count(edit.old)
            if found != edit.times:
                raise ValueError(
                    f"{edit.old!r} stands {found} times in the script, not {edit.times}"
                )
            script = script.replace(edit.old, edit.new)
        return script


def bugs() -> list[Bug]:
    groups = _read("bugs.toml").items()
    found = [_bug(name, table) for name, tables in groups if name != _LATER for table in tables]
    around = {"spec": "used", "level": IN_USE, "often": False}
    return found + [
        _bug(name, around | table) for name, tables in _read("in-use.toml").items()
        for table in tables
    ]  # fmt: skip


def later() -> list[Later]:
    tables = _read("bugs.toml")[_LATER]
    return [Later(edit=_edits(table.pop("change"))[0], **table) for table in tables]


def _read(name: str) -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((FOLDER / name).read_text("utf-8"))


def _bug(group: str, table: dict[str, Any]) -> Bug:
    shared = table.pop("both", None)
    found = {backend: table.pop(backend, shared) for backend in BACKENDS}
    edits = {backend: _edits(text) for backend, text in found.items() if text is not None}
    blame, absent = tuple(table.pop("blame")), table.pop("absent", "")
    terms = tuple(table.pop("terms", ()))
    return Bug(group=group, blame=blame, absent=absent, edits=edits, terms=terms, **table)


def _edits(text: str) -> tuple[Edit, ...]:
    return tuple(_edit(hunk.splitlines()) for hunk in text.strip("\n").split("\n\n"))


def _edit(lines: list[str]) -> Edit:
    times = int(lines.pop(0)[1:]) if lines[0].startswith("@") else 1
    assert all(line[:2] in ("- ", "+ ", "+") for line in lines), lines
    old, new = ("\n".join(line[2:] for line in lines if line[0] == sign) for sign in "-+")
    return Edit(old, new, times)
