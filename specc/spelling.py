"""From values and terms back to the text that a spec would hold, for tables and pages."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from pydantic_core import PydanticUndefined

from specc.kinds import Extent, Kind, Many, Pads, Quoted, Sizes, Word
from specc.terms import Term, kind_of

_EXPONENT = re.compile(r"e([+-]?)0*(\d)")


def number(value: int | float) -> str:
    """`0.001`, `1e-7`, `32`."""
    return _EXPONENT.sub(lambda match: f"e{match[1].replace('+', '')}{match[2]}", repr(value))


def spell(value: Any, kind: Kind | None = None) -> str:
    """The text of a value that an argument holds."""
    if isinstance(value, Term):
        return spell_term(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, str):
        return f'"{value}"' if isinstance(kind, Quoted) else value
    if isinstance(kind, Extent | Sizes):
        return "x".join(map(str, value))
    if isinstance(kind, Pads):
        return _spell_pads(value)
    item = kind.item if isinstance(kind, Many) else None
    return "[" + ", ".join(spell(part, item) for part in value) + "]"


def _spell_pads(pads: tuple[tuple[int, int], ...]) -> str:
    sides = [str(a) if a == b else f"({a}, {b})" for a, b in pads]
    if len(set(sides)) == 1 and pads[0][0] == pads[0][1]:
        return sides[0]
    if len(sides) == 1:
        return sides[0]
    symmetric = all(a == b for a, b in pads)
    return "(" + ", ".join(sides if symmetric else (f"({a}, {b})" for a, b in pads)) + ")"


def spell_term(term: Term) -> str:
    """A call with only what differs from the defaults: `Conv2D(32, 3x3, relu)`, `Flatten`."""
    cls, fields = type(term), type(term).model_fields
    values = {name: getattr(term, name) for name in fields}
    given = {name: value for name, value in values.items() if not _implied(cls, values, name)}
    by_position = [
        name for index, name in enumerate(fields) if index == 0 or fields[name].is_required()
    ]
    positional: list[str] = []
    named: list[str] = []
    for name, value in given.items():
        text = spell(value, kind_of(fields[name]))
        if by_position[: len(positional) + 1][-1:] == [name] and not named:
            positional.append(text)
        elif (
            isinstance(value, str)
            and name in _words(cls).get(value, ())
            and len(_words(cls)[value]) == 1
        ):
            named.append(text)
        else:
            one = isinstance(kind_of(fields[name]), Extent) and len(set(value)) == 1
            named.append(f"{name}={value[0] if one else text}")
    arguments = ", ".join(positional + named)
    return f"{cls.word()}({arguments})" if arguments else cls.word()


@cache
def _words(cls: type[Term]) -> dict[str, list[str]]:
    """Which fields take a bare word."""
    fields: dict[str, list[str]] = {}
    for name, field in cls.model_fields.items():
        kind = kind_of(field)
        if isinstance(kind, Word | Pads):
            for word in kind.words:
                fields.setdefault(word, []).append(name)
    return fields


def _implied(cls: type[Term], values: dict[str, Any], name: str) -> bool:
    """Whether leaving an argument out means the same value."""
    field = cls.model_fields[name]
    if field.is_required():
        return False
    if field.default is not PydanticUndefined and field.default == values[name]:
        return True
    others = {other: value for other, value in values.items() if other != name}
    return bool(cls.complete(others).get(name, PydanticUndefined) == values[name])
