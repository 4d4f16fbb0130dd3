"""Names in force: a chain of scopes, the innermost first; every definition remembers its uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from specc.bind.ground.report import Report
from specc.bind.ground.walk import walk
from specc.diagnostics.model import Related
from specc.reserved import NO_LAYER
from specc.source import Source, Span
from specc.syntax import Block, Call, Ident, Input, Let, Model, Named, Param, Shared

_LAYERS = {"layer", "value", "output"}
"""What gives a layer its name."""


@dataclass
class Definition:
    """Where a name is made and where it is used: what an editor needs to rename it or to jump."""

    name: str
    kind: str
    source: Source
    span: Span
    uses: set[tuple[str, int, int]] = field(default_factory=set)


@dataclass
class Binding:
    value: Any
    definition: Definition


class Scope:
    """The names between two braces. `log` holds the whole compilation's definitions."""

    def __init__(
        self,
        source: Source,
        parent: Scope | None,
        log: dict[tuple[str, int], Definition],
        item: Model | Block | None = None,
    ) -> None:
        self.source, self.parent, self.log = source, parent, log
        self.item: Model | Block | None = item or (parent.item if parent else None)
        self.names: dict[str, Binding] = {}

    def child(self, source: Source | None = None, item: Model | Block | None = None) -> Scope:
        return Scope(source or self.source, self, self.log, item)

    def define(self, name: Ident, kind: str, value: Any, report: Report) -> None:
        """Make a name, unless a script could not bear it or the same braces hold it already."""
        self._check(name, kind, report)
        earlier = self.names.get(name.text) if name.text else None
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
        self.names[name.text] = Binding(value, definition)

    def _check(self, name: Ident, kind: str, report: Report) -> None:
        if not name.text:  # what stood there was no name, and has been reported
            return
        if name.text.startswith("_") or (kind in _LAYERS and name.text in NO_LAYER):
            report.error(
                "E0210",
                f"a generated script cannot use the name `{name.text}`",
                self.source,
                name.span,
                label="reserved",
                help=f"choose another, such as `my_{name.text.strip('_') or kind}`",
            )
        elif name.text[:1].isupper() != (kind == "block"):
            wanted = "capital" if kind == "block" else "small"
            report.error(
                "E0216",
                f"the name of {_article(kind)} {kind} begins with a {wanted} letter",
                self.source,
                name.span,
                help=f"call it `{_recased(name.text)}`, here and where it is used",
            )

    def bind(self, name: str, value: Any, span: Span) -> None:
        """Bind a word of the language that depends on the place: `input`."""
        self.names[name] = Binding(value, Definition(name, "input", self.source, span))

    def find(self, name: str) -> Binding | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def use(self, name: Ident, source: Source) -> Binding | None:
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

    def elsewhere(self, name: Ident) -> Span | None:
        """Where this model or block makes a name that is not in force here: below, or in braces."""
        here = name.span.start
        made = Let | Param | Named | Shared | Input
        spans = (
            node.name.span
            for node in (walk(self.item) if self.item else ())
            if isinstance(node, made)
            and node.name is not None
            and node.name.text == name.text
            # A line cannot use what it is about to make.
            and not node.span.start <= here < node.span.end
        )
        return min(spans, key=lambda span: span.start, default=None)


@dataclass(eq=False)
class Context:
    """Where an expression stands: its text, the names in force, and the place for what is wrong."""

    source: Source
    scope: Scope
    report: Report


@dataclass(frozen=True, slots=True)
class Pending:
    """A call whose meaning depends on the argument that takes it, such as `normal(std=0.1)`."""

    call: Call
    context: Context
    """Its own arguments mean what they mean where it is written."""

    @property
    def name(self) -> str:
        return ".".join(part.text for part in self.call.path)

    @property
    def args(self) -> str:
        """Its arguments as they are written, with the parentheses."""
        span = self.call.args_span
        return "" if span is None else self.context.source.text[span.start : span.end]

    def __str__(self) -> str:
        return f"{self.name}(...)"


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _recased(name: str) -> str:
    return name[0].swapcase() + name[1:]
