"""Rules about values and about what stands around `=`."""

from __future__ import annotations

from specc.parsing.place import Place, Repair
from specc.parsing.rules.common import (
    ENDS,
    LITERALS,
    NUMBERS,
    OPERATORS,
    Verdict,
)
from specc.parsing.tokens import Token
from specc.source import Span


def foreign_equals(place: Place) -> Verdict | None:
    """`:`, `:=`, `=>`, `==` where `=` is meant, and `=` where `:` or `in` is."""
    kind, token, report = place.kind, place.token, place.report
    if kind == "EQUAL":
        return _equals_elsewhere(place)
    sign = place.text_at(0)
    if kind == "COLON" and place.kind_at(-1) == "INPUT":
        report.add(
            "E0113",
            "an input without a name has no `:`",
            token.span,
            help="write `input 64x64x3`, or with a name `input image: 64x64x3`",
            fix=("delete the colon", token.span, ""),
        )
        return Verdict(Repair(drop=1))
    if kind not in {"COLON", "ASSIGN", "FAT_ARROW"} and sign != "==":
        return None
    if kind == "COLON" and place.kind_at(1) == "NAME" and _in_block_params(place):
        report.add("E0113", "a parameter has a name and perhaps a default, no type", token.span)
        return Verdict(Repair(drop=2))
    for right, meant in (("=", "EQUAL"), ("->", "_ARROW")):
        if place.accepts(meant) and not (kind != "FAT_ARROW" and meant == "_ARROW"):
            updates = len(sign) == 2 and sign[0] in "+-*/"
            why = "; a name is given once" if updates else ""
            report.add(
                "E0113",
                f"write `{right}` here, not `{sign}`{why}",
                token.span,
                fix=(f"write {right}", token.span, right),
            )
            return Verdict(Repair((meant,), drop=1))
    return None


def _in_block_params(place: Place) -> bool:
    return place.tokens[place.first].kind == "BLOCK" and place.bracket == "LPAR"


def _equals_elsewhere(place: Place) -> Verdict | None:
    first, token = place.tokens[place.first].kind, place.token
    if first == "INPUT":
        named = place.kind_at(-1) == "NAME"
        right = f"input {place.text_at(-1)}: ..." if named else "input ..."
        place.report.add(
            "E0113",
            "the shape of an input follows " + ("a `:`" if named else "without `=`"),
            token.span,
            help=f"write `{right}`",
            fix=("write :", token.span, ":") if named else ("delete =", token.span, ""),
        )
        return Verdict(Repair(("COLON",) if named else (), drop=1))
    if first == "REPEAT" and place.accepts("IN"):
        place.report.add(
            "E0113",
            "a `repeat` counts with `in`, not `=`",
            token.span,
            help=f"write `repeat {place.text_at(-1)} in 1..3`",
            fix=("write in", token.span, "in"),
        )
        return Verdict(Repair(("IN",), drop=1))
    return None


def condition(place: Place) -> Verdict | None:
    """`if stride = 2 {`."""
    if place.kind != "EQUAL" or place.tokens[place.first].kind != "IF" or place.bracket:
        return None
    place.report.add(
        "E0114",
        "`=` gives a name its value; a condition compares with `==`",
        place.token.span,
        help="write `==`",
        fix=("write ==", place.token.span, "=="),
    )
    return Verdict(Repair(("CMP_SIGN",), drop=1))


_HEAD_VALUES = {"IF": ("a condition", "TRUE"), "REPEAT": ("a count or `name in values`", "INT")}


def missing_value(place: Place) -> Verdict | None:
    """Nothing, or the end of something, behind `=`, an operator, `if`, `repeat`."""
    before = place.kind_at(-1)
    if place.kind not in ENDS | {"_COMMA", "LBRACE", "_ARROW"} | OPERATORS | {"EQUAL"}:
        return None
    span = place.previous.span
    if before in _HEAD_VALUES:
        what, kind = _HEAD_VALUES[before]
        place.report.add(
            "E0104", f"`{place.text_at(-1)}` needs {what}", span, "nothing follows this"
        )
        return Verdict(Repair((kind,)))
    if before not in OPERATORS | {"EQUAL", "COLON", "IN"} and not _after_input(place):
        return None
    sign = place.text_at(-1)
    message, label = f"there is no value behind `{sign}`", "nothing follows this"
    if before in OPERATORS and place.kind in OPERATORS:
        message = f"there is no value between `{sign}` and `{place.text_at(0)}`"
        span, label = Span(span.start, place.token.end), ""
    place.report.add("E0104", message, span, label)
    return Verdict(Repair(("NAME",)))


def _after_input(place: Place) -> bool:
    return place.kind_at(-1) == "INPUT" and place.where == "statement" and place.kind == "EQUAL"


_GIVEN = {"LET": "a value", "PARAM": "a default value", "LAYER": "a layer or block"}


def missing_equals(place: Place) -> Verdict | None:
    """`batch 32`, `let width 64`, `stop early`, `let width`."""
    first = place.tokens[place.first].kind
    if place.bracket or place.kind_at(-1) != "NAME":
        return None
    name = place.text_at(-1)
    if first in _GIVEN and place.kind in ENDS:
        word = place.report.text(place.tokens[place.first].span)
        place.report.add(
            "E0131",
            f"`{name}` is given no value",
            place.previous.span,
            help=f"`{word}` needs `=` and {_GIVEN[first]}",
        )
        return Verdict()
    if place.kind in LITERALS | {"NAME"} and place.accepts("EQUAL") and not name[:1].isupper():
        _report_equals(place, place.previous, place.token)
        return Verdict(Repair(("EQUAL",)))
    if place.where == "entry" and place.index == place.first + 2 and place.kind in ENDS:
        _report_equals(place, place.tokens[place.first], place.previous)
        return Verdict()
    return None


def _report_equals(place: Place, left: Token, right: Token) -> None:
    name, value = place.report.text(left.span), place.report.text(right.span)
    place.report.add(
        "E0131",
        f"`=` is missing between `{name}` and `{value}`",
        Span(left.end, right.start),
        help=f"write `{name} = {value}`",
        fix=("write =", Span(left.end, right.start), " = "),
    )


def bare_arguments(place: Place) -> Verdict | None:
    """`Conv2D 32, 3x3`."""
    if place.bracket or place.kind not in LITERALS or place.kind_at(-1) != "NAME":
        return None
    name = place.text_at(-1)
    if not name[:1].isupper():
        return None
    place.report.add(
        "E0134",
        f"the arguments of `{name}` stand in parentheses",
        place.token.span,
        help=f"write `{name}({place.text_at(0)}{', ...' if place.kind_at(1) == '_COMMA' else ''})`",
    )
    return Verdict()


def unlet_number(place: Place) -> Verdict | None:
    """`width = 64` in a model: without `let` a line names the value of a chain."""
    if place.where != "statement" or place.kind_at(-1) != "EQUAL" or place.bracket == "LPAR":
        return None
    if place.kind not in LITERALS | {"SUM_SIGN", "LPAR", "LSQB"} or place.kind_at(-2) != "NAME":
        return None
    name = place.tokens[place.index - 2]
    if place.tokens[place.first].kind != "NAME":
        return None
    word = place.report.text(name.span)
    place.report.add(
        "E0125",
        f"a number is named with `let`; `{word} = ...` names the output of a layer",
        place.token.span,
        help=f"write `let {word} = {place.text_at(0)}`, or `param` if `--set` may change it",
        fix=("write let", Span(name.start, name.start), "let "),
    )
    return Verdict()


def percent_operator(place: Place) -> Verdict | None:
    """`10 %3`: read as a percentage with a number behind it."""
    if place.kind_at(-1) != "PERCENT" or place.kind not in NUMBERS | {"LPAR"}:
        return None
    percent = place.tokens[place.index - 1]
    number = place.report.text(percent.span).rstrip("% ")
    place.report.add(
        "E0112",
        "`%` is not an operator",
        Span(percent.end - 1, percent.end),
        help=f"the remainder of a division is `mod({number}, {place.text_at(0)})`",
    )
    return Verdict()


def chained_comparison(place: Place) -> Verdict | None:
    """`0 < x < 3`."""
    if place.kind != "CMP_SIGN" or not place.accepts("AND"):
        return None
    middle = place.text_at(-1)
    place.report.add(
        "E0132",
        "two comparisons are joined with `and`",
        place.token.span,
        help=f"write `... and {middle} {place.text_at(0)} {place.text_at(1)}`",
    )
    return Verdict()


def dotted_name(place: Place) -> Verdict | None:
    """`optimizer.momentum = 0.9`."""
    if place.kind != "EQUAL" or place.kind_at(-1) != "NAME" or place.kind_at(-2) != "DOT":
        return None
    start = place.index - 3
    span = Span(place.tokens[max(start, 0)].start, place.previous.end)
    place.report.add(
        "E0133",
        f"what stands before `=` is one name, without a dot, unlike `{place.report.text(span)}`",
        span,
    )
    return Verdict()
