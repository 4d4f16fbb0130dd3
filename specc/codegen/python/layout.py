"""Lays statements out as `ruff format` does at 100 columns, so that a script needs no formatter.

A bracket stays on one line where it fits; else its content gets a line of its own, indented; else
each item does, with a comma behind the last. A method chain too long for one line is computed step
by step instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from specc.codegen.python.expressions import Attr, Call, Expr, Index, Infix, Raw, Seq, quote

WIDTH = 100
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Dict(Expr):
    """`{"name": value}`."""

    items: tuple[tuple[str, Expr], ...]

    def text(self) -> str:
        return _flat(_doc(self))


@dataclass(frozen=True, slots=True)
class _Bracket:
    """Items between an opening and a closing text; `separator` ends an item's line, `lead` begins
    it.
    """

    opening: str
    items: tuple[_Doc, ...]
    closing: str
    operator: str = ""

    def flat(self) -> str:
        joint = f" {self.operator} " if self.operator else ", "
        inner = joint.join(map(_flat, self.items))
        comma = "," if self.opening == "(," else ""
        return f"{self.opening[:1]}{inner}{comma}{self.closing}"


_Doc: TypeAlias = tuple["str | _Bracket", ...]


def assign(
    target: str, value: Expr, indent: int = 0, comment: str = "", *, annotation: str = ""
) -> list[str]:
    """`target = value`, or `target: annotation = value`."""
    start = f"{target}: {annotation} = " if annotation else f"{target} = "
    *before, last = _short_steps(target, value, WIDTH - 4 * indent - len(start))
    lines: list[str] = []
    for step in before:
        lines += _statement(start, step, indent, "")
        start = f"{target} = "
    return lines + _statement(start, last, indent, comment)


def give(value: Expr, indent: int = 0, comment: str = "") -> list[str]:
    """`return value`."""
    return _statement("return ", value, indent, comment)


def do(value: Expr, indent: int = 0, comment: str = "") -> list[str]:
    """An expression as a statement."""
    return _statement("", value, indent, comment)


def item(value: Expr, indent: int, comment: str = "") -> list[str]:
    """An element of a list that has each element on a line of its own."""
    return commented(_print(_doc(value), 4 * indent, "", ","), indent, comment)


def define(name: str, parameters: Sequence[str], result: str, indent: int = 0) -> list[str]:
    """`def name(parameters) -> result:`."""
    items: tuple[_Doc, ...] = tuple((text,) for text in parameters)
    bracket: _Doc = (_Bracket("(", items, ")"),) if items else ("()",)
    return _print((f"def {name}", *bracket), 4 * indent, "", f" -> {result}:")


def _statement(start: str, value: Expr, indent: int, comment: str) -> list[str]:
    column = 4 * indent
    lines = _print(_doc(value), column, start)
    # A value without a bracket to break at, or whose brackets do not help, gets parentheses.
    if max(map(len, lines)) > WIDTH or (len(lines) > 1 and _wants_parentheses(value)):
        inside = _print((f"{start}(", _inner(value), ")"), column)
        # A string that fits nowhere is no reason for them.
        if max(map(len, inside)) <= WIDTH or _wants_parentheses(value):
            lines = inside
    return commented(lines, indent, comment)


def _inner(value: Expr) -> _Bracket:
    if isinstance(value, Infix):
        return _Bracket("", tuple(map(_doc, value.operands)), "", value.op)
    return _Bracket("", (_doc(value),), "")


def commented(lines: list[str], indent: int, comment: str) -> list[str]:
    """The comment stands behind the last line where there is room, otherwise above the first."""
    if not comment:
        return lines
    if len(lines[-1]) + 4 + len(comment) <= WIDTH:
        return [*lines[:-1], f"{lines[-1]}  # {comment}"]
    return [*comment_lines(comment, indent), *lines]


def comment_lines(text: str, indent: int) -> list[str]:
    """A comment on lines of its own."""
    from textwrap import wrap

    return [f"{INDENT * indent}# {line}" for line in wrap(text, WIDTH - 4 * indent - 2)]


def _wants_parentheses(value: Expr) -> bool:
    return isinstance(value, Infix) and not _ends_in_call(value)


def _ends_in_call(value: Infix) -> bool:
    """Whether it is one operator before a call, which breaks at the brackets of the call."""
    last = value.operands[-1]
    return len(value.operands) == 2 and isinstance(last, Call) and bool(last.args or last.kwargs)


def _short_steps(target: str, value: Expr, room: int) -> Iterable[Expr]:
    """The value, or the links of its method chain one by one where it would not fit on one line."""
    if len(value.text()) > room:
        match value:
            case Call(Attr(inner, name), args, kwargs) if not isinstance(inner, Raw):
                yield from _short_steps(target, inner, room)
                value = Call(Attr(Raw(target), name), args, kwargs)
            case Index(inner, items) if not isinstance(inner, Raw):
                yield from _short_steps(target, inner, room)
                value = Index(Raw(target), items)
    yield value


def _doc(expr: Expr) -> _Doc:
    match expr:
        case Call(func, args, kwargs):
            items = tuple(map(_doc, args)) + tuple(
                (f"{name}=", *_doc(value)) for name, value in kwargs
            )
            return (*_doc(func), *((_Bracket("(", items, ")"),) if items else ("()",)))
        case Seq(items, brackets) if items:
            # A tuple, unlike a call's brackets, has each item on a line of its own once it breaks.
            opening = brackets if brackets == "[]" else "(," if len(items) == 1 else "(;"
            return (_Bracket(opening, tuple(map(_doc, items)), brackets[1]),)
        case Dict(items):
            entries = tuple((f"{quote(name)}: ", *_doc(value)) for name, value in items)
            return (_Bracket("{", entries, "}"),)
        case Attr(target, name):
            return (*_doc(target), f".{name}")
        case Index(target, inside):
            return (*_doc(target), f"[{inside}]")
        case Infix(op, (first, last)) if _ends_in_call(expr):
            return (*_doc(first), f" {op} ", *_doc(last))
        case Infix(op, operands):
            return (_Bracket("", tuple(map(_doc, operands)), "", op),)
    return (expr.text(),)


def _flat(doc: _Doc) -> str:
    return "".join(part if isinstance(part, str) else part.flat() for part in doc)


def _until_break(doc: _Doc) -> int:
    """Width of what cannot be moved to another line: up to the next opening bracket."""
    width = 0
    for part in doc:
        if isinstance(part, _Bracket):
            return width + len(part.opening[:1])
        width += len(part)
    return width


def _print(doc: _Doc, column: int, start: str = "", end: str = "") -> list[str]:
    """The lines of a document that begins at a column, with text before and after it on the same
    lines.
    """
    lines = [" " * column + start]
    parts = (*doc, end) if end else doc
    for index, part in enumerate(parts):
        if isinstance(part, str):
            lines[-1] += part
            continue
        flat = part.flat()
        if len(lines[-1]) + len(flat) + _until_break(parts[index + 1 :]) <= WIDTH:
            lines[-1] += flat
        else:
            _break(part, lines, column)
    return lines


def _break(bracket: _Bracket, lines: list[str], column: int) -> None:
    """Append a bracket's content on lines of its own."""
    inner = " " * (column + 4)
    lines[-1] += bracket.opening[:1]
    joined = bracket.flat()[len(bracket.opening[:1]) : len(bracket.flat()) - len(bracket.closing)]
    lone = len(bracket.items) == 1
    if len(inner) + len(joined) <= WIDTH and bracket.opening in ("(", ""):
        lines.append(inner + joined)
    elif lone and not bracket.operator and bracket.opening in ("(", ""):
        lines += _print(bracket.items[0], column + 4)
    else:
        for number, entry in enumerate(bracket.items):
            if bracket.operator:
                lead = f"{bracket.operator} " if number else ""
                lines += _print(entry, column + 4, lead)
            else:
                lines += _print(entry, column + 4, "", ",")
    lines.append(" " * column + bracket.closing)
