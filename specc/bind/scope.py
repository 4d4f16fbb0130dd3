"""Names in force: a chain of scopes, the innermost first; every definition remembers its uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from specc.bind.report import Report
from specc.codegen.reserved import RESERVED
from specc.diagnostics.model import Related
from specc.source import Source, Span
from specc.syntax import Ident


@dataclass
class Definition:
    """Where a name is made and where it is used: what an editor needs to rename it or to jump."""

    name: str
    kind: str
    source: Source
    span: Span
    uses: set[tuple[str, int, int]] = field(default_factory=set)


@dataclass
class Bound:
    value: Any
    definition: Definition


class Scope:
    """The names between two braces. `log` holds the whole compilation's definitions."""

    def __init__(
        self, source: Source, parent: Scope | None, log: dict[tuple[str, int], Definition]
    ) -> None:
        self.source, self.parent, self.log = source, parent, log
        self.names: dict[str, Bound] = {}

    def child(self, source: Source | None = None) -> Scope:
        return Scope(source or self.source, self, self.log)

    def define(self, name: Ident, kind: str, value: Any, report: Report) -> None:
        """Make a name, unless a script could not bear it or the same braces hold it already."""
        if name.text in RESERVED or name.text.startswith("_"):
            report.error(
                "E0210",
                f"a generated script cannot use the name `{name.text}`",
                self.source,
                name.span,
                label="reserved",
                help=f"choose another, such as `my_{name.text.strip('_')}`",
            )
        if name.text[0].isupper() != (kind == "block"):
            wanted = "capital" if kind == "block" else "small"
            report.error(
                "E0216",
                f"the name of a {kind} begins with a {wanted} letter",
                self.source,
                name.span,
                found=f"`{name.text}`",
                help=f"call it `{_recased(name.text)}`",
            )
        earlier = self.names.get(name.text)
        if earlier is not None and earlier.definition.span != name.span:
            report.error(
                "E0209",
                f"`{name.text}` is defined twice",
                self.source,
                name.span,
                label="again here",
                related=(
                    Related(
                        earlier.definition.source, earlier.definition.span, "first defined here"
                    ),
                ),
                help="give one of them another name",
            )
        key = (self.source.path, name.span.start)
        definition = self.log.setdefault(key, Definition(name.text, kind, self.source, name.span))
        self.names[name.text] = Bound(value, definition)

    def bind(self, name: str, value: Any, span: Span) -> None:
        """Bind a word of the language that depends on the place: `input`."""
        self.names[name] = Bound(value, Definition(name, "input", self.source, span))

    def find(self, name: str) -> Bound | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def use(self, name: Ident, source: Source) -> Bound | None:
        bound = self.find(name.text)
        if bound is not None:
            bound.definition.uses.add((source.path, name.span.start, name.span.end))
        return bound

    def visible(self) -> set[str]:
        found: set[str] = set()
        scope: Scope | None = self
        while scope is not None:
            found |= scope.names.keys()
            scope = scope.parent
        return found


def _recased(name: str) -> str:
    return name[0].swapcase() + name[1:]
