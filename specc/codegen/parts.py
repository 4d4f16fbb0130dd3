"""Parts: code that does not depend on the spec and is copied into scripts by definitions.

A library is a package of plain modules, linted, typed and tested where they stand. A script gets
the definitions that it uses with all that they use in turn, their source untouched.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from specc.codegen.python.scan import defined, globals_read, imported

_DEFINED = re.compile(r"^(?:def|class) (\w+)|^(\w+)(?:: [^=\n]+)? = ", re.MULTILINE)
_SIBLINGS = re.compile(r"^from \.(\w+) import", re.MULTILINE)
_SEVERAL = "_several"


@dataclass(frozen=True, slots=True)
class Definition:
    name: str
    source: str
    reads: frozenset[str]
    place: tuple[int, int]
    """The place of its module among the others, and its line there."""


@dataclass
class _Module:
    definitions: dict[str, Definition] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)


class Library:
    """The parts in a package's modules; only those that are asked for are parsed.

    A module with an underscore in its name is for the backend whose prefix it has; one that ends in
    `_several` takes the place of other modules' parts in scripts of several inputs or outputs.
    """

    def __init__(self, package: str, prefix: str, several: bool = False) -> None:
        texts = {}
        for path in files(package).iterdir():
            module, _, ending = path.name.rpartition(".")
            usual = module.removesuffix(_SEVERAL)
            chosen = "_" not in usual or usual.startswith(prefix)
            if ending == "py" and chosen and (several or module == usual):
                texts[module] = path.read_text(encoding="utf-8")
        self._texts = {name: texts[name] for name in _ordered(texts)}
        self._homes: dict[str, str] = {}
        for module, text in self._texts.items():
            for match in _DEFINED.finditer(text):
                name = match[1] or match[2]
                replaced = _replaced(self._homes.get(name, module), module)
                assert replaced, f"{name} stands in two parts"
                self._homes[name] = replaced
        self._modules: dict[str, _Module] = {}

    def names(self) -> frozenset[str]:
        """Every name that a part defines: a script may define none of them itself."""
        return frozenset(self._homes)

    def pick(self, names: Iterable[str]) -> list[Definition]:
        """The definitions of the names that are parts and all that they use, in a stable order."""
        found: dict[str, Definition] = {}
        wanted = [name for name in names if name in self._homes]
        while wanted:
            name = wanted.pop()
            if name not in found:
                found[name] = self._module(self._homes[name]).definitions[name]
                wanted += (n for n in found[name].reads if n in self._homes)
        # An assignment may define several names: its source stands once.
        places = {definition.place: definition for definition in found.values()}
        return [places[place] for place in sorted(places)]

    def imports(self, definitions: Iterable[Definition]) -> dict[str, tuple[str, str]]:
        """The imports of the modules that definitions come from."""
        found: dict[str, tuple[str, str]] = {}
        for definition in definitions:
            found |= self._module(self._homes[definition.name]).imports
        return found

    def _module(self, name: str) -> _Module:
        if name not in self._modules:
            self._modules[name] = _parse(self._texts[name], list(self._texts).index(name))
        return self._modules[name]


def _replaced(one: str, other: str) -> str:
    """Which of two modules has the part that counts; empty where both claim it."""
    if one == other or one.endswith(_SEVERAL) == other.endswith(_SEVERAL):
        return one if one == other else ""
    return one if one.endswith(_SEVERAL) else other


@cache
def library(package: str, prefix: str, several: bool = False) -> Library:
    return Library(package, prefix, several)


def _ordered(texts: dict[str, str]) -> list[str]:
    """The modules in alphabetical order, but each after those that it imports."""
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in done:
            for other in sorted(_SIBLINGS.findall(texts[name])):
                visit(other)
            done[name] = None

    for name in sorted(texts):
        visit(name)
    return list(done)


def _parse(text: str, order: int) -> _Module:
    module = _Module()
    lines = text.splitlines()
    for statement in ast.parse(text).body:
        module.imports.update(
            (name, origin) for name, origin in imported(statement) if not origin[0].startswith(".")
        )
        names = defined(statement)
        if names:
            first = min(
                [statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))]
            )
            while first > 1 and lines[first - 2].startswith("#"):
                first -= 1
            source = "\n".join(lines[first - 1 : statement.end_lineno])
            reads = frozenset(globals_read(source, statement))
            for name in names:
                module.definitions[name] = Definition(name, source, reads, (order, first))
    return module
