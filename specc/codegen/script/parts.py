"""Parts: code that does not depend on the spec and is copied into scripts by definitions.

A library is a package of plain modules, linted, typed and tested where they stand. A script gets
the definitions that it uses with all that they use in turn, their source untouched. So that nothing
stands in it that its spec cannot reach, no part has a branch that one spec settles: there are two.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from importlib.util import resolve_name

from specc.codegen.python.scan import defined, first_line, globals_read, imported
from specc.points import points

_DEFINED = re.compile(r"^(?:def|class) (\w+)|^(\w+)(?:: [^=\n]+)? = ", re.MULTILINE)
_SIBLINGS = re.compile(r"^from (\.[\w.]+|specc\.[\w.]+) import", re.MULTILINE)
COMMON = "specc.backends.parts"
"""The parts that no framework is needed for."""
POINTS = "specc.backends.parts"
"""The entry points of third parties' packages: `torch.NAME` for one backend, `NAME` for all."""
SHARED = "specc.codegen.script"
"""The package whose templates all backends extend."""


@dataclass(frozen=True)
class PartDefinition:
    name: str
    source: str
    statement: ast.stmt
    line: int
    """Where it stands in its module."""

    @cached_property
    def reads(self) -> frozenset[str]:
        """The global names that it reads; a script asks few of a module's definitions."""
        return frozenset(globals_read(self.source, self.statement))


@dataclass
class _Module:
    definitions: dict[str, PartDefinition] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)


def shared_parts() -> tuple[str, ...]:
    """The packages of parts that every backend's scripts may take from: third parties', and those
    that no framework is needed for."""
    return (*_third_party(lambda name: "." not in name), COMMON)


def known_parts() -> tuple[str, ...]:
    """The same, and those that third parties have for one backend: where none is asked for, the
    part that reads data may be among them."""
    return (*shared_parts()[:-1], *_third_party(lambda name: "." in name), COMMON)


def backend_parts(backend: str) -> tuple[str, ...]:
    """The packages of third parties that are for a backend alone."""
    return _third_party(lambda name: name.startswith(f"{backend}."))


def _third_party(wanted: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(sorted({each.value for each in points(POINTS) if wanted(each.name)}))


class Library:
    """The parts in the modules of packages; only those that are asked for are parsed.

    A part takes the place of one with its name in a package further behind.
    """

    def __init__(self, packages: tuple[str, ...]) -> None:
        texts = {}
        for package in packages:
            for path in files(package).iterdir():
                module, _, ending = path.name.rpartition(".")
                if ending == "py":
                    texts[f"{package}.{module}"] = path.read_text(encoding="utf-8")
        self._texts = {name: texts[name] for name in _ordered(texts)}
        self._homes: dict[str, str] = {}
        for module in texts:
            for match in _DEFINED.finditer(texts[module]):
                home = self._homes.setdefault(match[1] or match[2], module)
                same = home.rpartition(".")[0] == module.rpartition(".")[0]
                assert home == module or not same, f"{match[1] or match[2]} stands in two parts"
        self._order = {name: place for place, name in enumerate(self._texts)}

    def names(self) -> frozenset[str]:
        """Every name that a part defines: a script may define none of them itself."""
        return frozenset(self._homes)

    def home(self, name: str) -> str:
        """The module that defines a part."""
        return self._homes[name]

    def pick(self, names: Iterable[str]) -> list[PartDefinition]:
        """The definitions of the names that are parts and all that they use, in a stable order."""
        found: dict[str, PartDefinition] = {}
        wanted = [name for name in names if name in self._homes]
        while wanted:
            name = wanted.pop()
            if name not in found:
                found[name] = self._module(self._homes[name]).definitions[name]
                wanted += (n for n in found[name].reads if n in self._homes)
        # An assignment may define several names: its source stands once.
        places = {(self._order[self._homes[name]], part.line): part for name, part in found.items()}
        return [places[place] for place in sorted(places)]

    def imports(self, definitions: Iterable[PartDefinition]) -> dict[str, tuple[str, str]]:
        """The imports of the modules that definitions come from."""
        found: dict[str, tuple[str, str]] = {}
        for definition in definitions:
            found |= self._module(self._homes[definition.name]).imports
        return found

    def _module(self, name: str) -> _Module:
        return _parse(self._texts[name])


@cache
def library(*packages: str) -> Library:
    return Library(packages)


def _ordered(texts: dict[str, str]) -> list[str]:
    """The modules in alphabetical order, but each after those that it imports."""
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in done:
            package = name.rpartition(".")[0]
            imported = {resolve_name(other, package) for other in _SIBLINGS.findall(texts[name])}
            for other in sorted(imported & texts.keys()):
                visit(other)
            done[name] = None

    for name in sorted(texts):
        visit(name)
    return list(done)


@cache
def _parse(text: str) -> _Module:
    module = _Module()
    lines = text.splitlines()
    for statement in ast.parse(text).body:
        module.imports.update(
            (name, origin)
            for name, origin in imported(statement)
            if not origin[0].startswith((".", "specc."))
        )
        names = defined(statement)
        if names:
            first = first_line(statement)
            while first > 1 and lines[first - 2].startswith("#"):
                first -= 1
            source = "\n".join(lines[first - 1 : statement.end_lineno])
            for name in names:
                module.definitions[name] = PartDefinition(name, source, statement, first)
    return module
