"""Reports of values that an argument cannot take, with what was probably meant."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from specc.bind.advice.near_misses import as_layer, meant, replacement
from specc.bind.advice.unknown_names import (
    FOREIGN_BOOLS,
    FOREIGN_WORDS,
    unknown_function,
    unknown_item,
)
from specc.bind.advice.unknown_terms import listed
from specc.bind.ground.arithmetic import FUNCTIONS
from specc.bind.ground.describe import describe
from specc.bind.ground.scope import Context, Pending
from specc.diagnostics.model import Edit, Fix
from specc.kinds import (
    Boolean,
    Extent,
    Kind,
    Maybe,
    Mismatch,
    Number,
    Pads,
    Quantity,
    Quoted,
    Sizes,
    Text,
    Whole,
)
from specc.nested import TermOf
from specc.registry import CATEGORIES, find, known
from specc.source import Span
from specc.syntax import Float, Value
from specc.syntax import Quantity as QuantityNode

UNITS = frozenset({"epochs", "steps", "deg", "train", "validation", "test"})
"""What may follow a number as its unit."""
_COMMA = re.compile(r"(0),([0-9]+)(?![0-9.])")
_NUMERIC = Whole | Number | Extent | Pads | Sizes


def mismatch(
    context: Context,
    owner: str,
    name: str,
    kind: Kind,
    value: Any,
    node: Value,
    wrong: Mismatch,
) -> NoReturn:
    """The one report of a value that does not fit the argument `name` of `owner`."""
    if isinstance(value, Pending) and _is_function(value, kind):
        unknown_function(context, value)
    if isinstance(node, QuantityNode) and node.unit.text not in UNITS:
        _no_comma(context, node)
    span = node.span
    helped, fix = _hint(kind, value, node)
    if wrong.out_of_range and (comma := _COMMA.match(context.source.text, span.start)):
        helped = f"a decimal number has a point: `{comma[1]}.{comma[2]}`"
    if helped is None and isinstance(kind, TermOf):
        helped = listed(known(kind.category))
    if helped is None and isinstance(_inner(kind), _NUMERIC):
        unknown_item(context, node, value)
    problem = "is out of range" if wrong.out_of_range else "has the wrong kind of value"
    context.report.fail(
        "E0206" if wrong.out_of_range else "E0205",
        f"`{name}` of `{owner}` {problem}",
        context.source,
        span,
        expected=wrong.expected,
        found=describe(value),
        help=helped,
        fix=fix,
    )


def _inner(kind: Kind) -> Kind:
    return kind.item if isinstance(kind, Maybe) else kind


def _is_function(value: Pending, kind: Kind) -> bool:
    """A number was needed, and the call names nothing of the language: it was to compute one."""
    return (
        isinstance(_inner(kind), _NUMERIC)
        and value.name.islower()
        and not any(find(category, value.name) for category in CATEGORIES)
        and value.name not in FUNCTIONS
    )


def _no_comma(context: Context, node: QuantityNode) -> NoReturn:
    """`10 softmax` reads as a number with a unit, but there is no such unit."""
    word, end = node.unit.text, node.amount.span.end
    number = context.source.text[node.amount.span.start : end]
    context.report.fail(
        "E0105",
        f"a comma is missing between `{number}` and `{word}`",
        context.source,
        Span(end, end),
        help=f"write `{number}, {word}`",
        fix=Fix("write a comma", (Edit(Span(end, end), ","),)),
    )


def _hint(kind: Kind, value: Any, node: Value) -> tuple[str | None, Fix | None]:
    kind, span = _inner(kind), node.span
    if isinstance(value, Quantity) and isinstance(kind, _NUMERIC):
        return f"write the number alone: `{value.amount}`", None
    if isinstance(value, Text):
        if value in kind.words:
            return f"write the word without quotes: `{value}`", replacement(span, str(value))
        if isinstance(kind, _NUMERIC | Boolean):
            return "a number or size is written without quotes", None
    if isinstance(value, str):
        if value == "None":
            return "leave the argument out", None
        if isinstance(kind, Quoted):
            return f'write it in quotes: `"{value}"`', replacement(span, f'"{value}"')
        if isinstance(kind, Boolean) and value in FOREIGN_BOOLS:
            return f"write `{FOREIGN_BOOLS[value]}`", replacement(span, FOREIGN_BOOLS[value])
        return _instead(FOREIGN_WORDS.get(value.lower()), kind, value, span)
    if isinstance(value, Pending) and kind.words:
        layer = as_layer(value.name, kind.words, value.args)
        if layer:
            return layer, None
        return _instead(None, kind, value.name, span)
    if isinstance(kind, Boolean) and value in (0, 1) and type(value) is int:
        word = "true" if value else "false"
        return f"write `{word}`", replacement(span, word)
    if isinstance(kind, Whole) and isinstance(node, Float) and node.value.is_integer():
        text = f"{node.value:.0f}"
        return f"write `{text}`", replacement(span, text)
    if isinstance(kind, Whole) and isinstance(value, float):
        return "round it with `floor(x)`, `ceil(x)` or `round(x, 1)`", None
    return None, None


def _instead(known: str | None, kind: Kind, name: str, span: Span) -> tuple[str | None, Fix | None]:
    if known is None and (layer := as_layer(name, kind.words)):
        return layer, None
    near = known if known in kind.words else None
    if near is None and kind.words and not isinstance(kind, TermOf):
        near = meant(name, kind.words)
    elif near is None and isinstance(kind, TermOf):
        from specc.bind.advice.near_misses import foreign_term

        near = foreign_term(kind.category, name) or meant(name, kind.words)
    if near is None:
        return None, None
    return f"did you mean `{near}`?", replacement(span, near)
