"""Pieces: what each thing that a script does puts into the named slots of its template.

A template is text with slots on lines of their own, `# slot: NAME`, and regions between
`# begin: NAME` and `# end: NAME`. A slot is replaced by the statements that pieces give for it, at
its indentation and in the pieces' order; one that nobody fills leaves nothing behind. A region
stays as it is unless a piece wraps it: then it stands below the piece's line, such as a `with`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import indent as indented
from typing import Any, TypeAlias

from specc.codegen.python.expressions import Call, Expr, call, raw
from specc.codegen.python.layout import INDENT, Dict, assign, do, give

Statement: TypeAlias = Callable[[int], list[str]]
"""Lines of code at an indentation."""
_SLOT = re.compile(r"^( *)# slot: (\w+)\n", re.MULTILINE)
_BEGIN = re.compile(r"^( *)# begin: (\w+)\n", re.MULTILINE)


def assigned(target: str, value: Expr, comment: str = "", *, annotation: str = "") -> Statement:
    """`target = value`."""
    return lambda indent: assign(target, value, indent, comment, annotation=annotation)


def done(value: Call, comment: str = "") -> Statement:
    """A call for its effect."""
    return lambda indent: do(value, indent, comment)


def given(value: Expr) -> Statement:
    """`return value`."""
    return lambda indent: give(value, indent)


def lines(*texts: str) -> Statement:
    """Lines that are code already, indented by what they hold themselves."""
    return lambda indent: [INDENT * indent + text if text else "" for text in texts]


@dataclass(frozen=True, slots=True)
class Flag:
    """A field of a script's Config, which is also a flag of its command line."""

    name: str
    type: str
    default: Any
    text: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def lines(self, indent: int) -> list[str]:
        value = call("flag", self.default, self.text, **self.options)
        return assign(f"{self.name}: {self.type}", value, indent)


@dataclass(frozen=True)
class Piece:
    """What one term, or one thing that a run does, puts into a script.

    flags: what can be told to the script about it. slots: its statements. wraps: lines that regions
    stand below. values: expressions for lists that all pieces add to, such as `kept` (what training
    goes on from besides the weights) or `callbacks`. fixed: the flags that a run which goes on may
    not change. functions: templates of functions that it brings. names: of values that the template
    computes and its statements read, such as `step`.
    """

    flags: tuple[Flag, ...] = ()
    slots: Mapping[str, Sequence[Statement]] = field(default_factory=dict)
    wraps: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Sequence[Expr]] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Assembly:
    """The pieces of a script together, in the order in which their statements stand."""

    pieces: tuple[Piece, ...]

    def values(self, name: str) -> tuple[Expr, ...]:
        return tuple(value for piece in self.pieces for value in piece.values.get(name, ()))

    @property
    def functions(self) -> list[str]:
        return [name for piece in self.pieces for name in piece.functions]

    @property
    def names(self) -> frozenset[str]:
        return frozenset().union(*(piece.names for piece in self.pieces))

    def flags(self) -> Piece:
        """The Config of all pieces, and what of it a run may not change."""
        flags = [flag for piece in self.pieces for flag in piece.flags]
        names = [flag.name for flag in flags]
        twice = sorted({name for name in names if names.count(name) > 1})
        # The second field of a name would take the place of the first without a word.
        assert not twice, f"two pieces bring the flags {twice}"
        fixed = [name for piece in self.pieces for name in piece.fixed]
        table = Dict(tuple((name, raw(f"config.{name}")) for name in fixed))
        return Piece(slots={"flags": [flag.lines for flag in flags], "fixed": [given(table)]})

    def fill(self, text: str) -> str:
        """The template's text with its slots filled and its regions wrapped."""
        return _fill(_wrap(text, self._wraps()), self._slots())

    def _slots(self) -> dict[str, list[Statement]]:
        found: dict[str, list[Statement]] = {}
        for piece in self.pieces:
            for name, statements in piece.slots.items():
                found.setdefault(name, []).extend(statements)
        return found

    def _wraps(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for piece in self.pieces:
            for name, line in piece.wraps.items():
                found.setdefault(name, []).append(line)
        return found


def _fill(text: str, slots: Mapping[str, Iterable[Statement]]) -> str:
    places = {match[2] for match in _SLOT.finditer(text)}
    # What a piece says may not get lost because a template has no place for it.
    assert places >= slots.keys(), f"no slots {sorted(slots.keys() - places)} in the template"

    def filled(match: re.Match[str]) -> str:
        level = len(match[1]) // len(INDENT)
        rows = [row for statement in slots.get(match[2], ()) for row in statement(level)]
        return "".join(f"{row}\n" for row in rows)

    return _SLOT.sub(filled, text)


def _wrap(text: str, wraps: Mapping[str, Sequence[str]]) -> str:
    regions = set()
    while match := _BEGIN.search(text):
        space, name = match.groups()
        end = f"{space}# end: {name}\n"
        body, _, rest = text[match.end() :].partition(end)
        assert rest or text.endswith(end), f"the region {name} has no end"
        regions.add(name)
        for line in reversed(wraps.get(name, ())):
            body = f"{space}{line}\n" + indented(body, INDENT)
        text = text[: match.start()] + body + rest
    assert regions >= wraps.keys(), f"no regions {sorted(wraps.keys() - regions)} in the template"
    return text
