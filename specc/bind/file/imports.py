"""Reads imported files: their blocks come in, cycles and escapes from the folder do not.

`import "specc:blocks.cnn"` names a file that ships with specc.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from specc.bind.ground.report import Report
from specc.diagnostics.model import Diagnostic, Related
from specc.library.shipped import SHIPPED, shipped, shipped_files
from specc.parse import parse
from specc.source import Source
from specc.syntax import File, Import

Loader = Callable[[str], "Source | Diagnostic"]
"""Reads a file by its path relative to the spec's folder, with forward slashes."""

MOST_DEPTH = 32


@dataclass
class Unit:
    """One parsed file and the files it imports."""

    name: str
    source: Source
    file: File
    imports: list[tuple[Import, Unit]] = field(default_factory=list)


class Importer:
    """Loads each file once; `name` is its path relative to the spec's folder."""

    def __init__(self, load: Loader, report: Report) -> None:
        self.load, self.report = load, report
        self.units: dict[str, Unit | None] = {}

    def unit(
        self, name: str, source: Source, active: tuple[tuple[str, Source, Import], ...] = ()
    ) -> Unit | None:
        file, problems = parse(source)
        for problem in problems:
            self.report.add(problem)
        if file is None:
            return None
        made = self.units[name] = Unit(name, source, file)
        for item in file.items:
            if isinstance(item, Import):
                found = self._imported(item, made, active)
                if found is not None:
                    made.imports.append((item, found))
        return made

    def _imported(
        self, item: Import, user: Unit, active: tuple[tuple[str, Source, Import], ...]
    ) -> Unit | None:
        name = self._resolve(item, user)
        if name is None:
            return None
        chain = (*active, (user.name, user.source, item))
        if len(chain) > MOST_DEPTH:
            self.report.error(
                "E0330",
                f"imports are nested deeper than {MOST_DEPTH} files",
                user.source,
                item.path.span,
                help="import the files directly, each once",
            )
            return None
        cycle = [step for step in chain if step[0] == name]
        if cycle:
            _, source, first = cycle[0]
            related = (
                () if first is item else (Related(source, first.span, "which imports this file"),)
            )
            self.report.error(
                "E0522",
                f'"{item.path.text}" imports itself in a circle',
                user.source,
                item.path.span,
                related=related,
                help="move the shared blocks to a file that imports neither",
            )
            return None
        if name in self.units:
            return self.units[name]
        loaded = shipped(name) if name.startswith(SHIPPED) else self.load(name)
        if loaded is None:
            self._unknown(item, user)
            self.units[name] = None
            return None
        if isinstance(loaded, Diagnostic):
            self.report.error(
                "E0521",
                f'cannot import "{item.path.text}": {loaded.message}',
                user.source,
                item.path.span,
            )
            self.units[name] = None
            return None
        return self.unit(name, loaded, chain)

    def _unknown(self, item: Import, user: Unit) -> None:
        known = " and ".join(f"`{name}`" for name in shipped_files())
        self.report.error(
            "E0521",
            f'cannot import "{item.path.text}": no such file ships with specc',
            user.source,
            item.path.span,
            help=f"there is {known}",
        )

    def _resolve(self, item: Import, user: Unit) -> str | None:
        text = item.path.text
        if text.startswith(SHIPPED):
            return text
        parts = list(PurePosixPath(user.name).parent.parts)
        outside = not text or text.startswith("/") or "\\" in text or ":" in text
        for part in PurePosixPath(text).parts:
            if part == "..":
                outside = outside or not parts
                parts = parts[:-1]
            else:
                parts.append(part)
        if outside:
            self.report.error(
                "E0523",
                f'"{text}" lies outside the folder of the spec',
                user.source,
                item.path.span,
                help="copy the file beside the spec and import it by its relative path, with `/`",
            )
            return None
        return "/".join(parts)
