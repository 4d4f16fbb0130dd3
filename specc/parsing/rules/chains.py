"""Rules about what stands between things: `->`, `,`, line ends, parentheses; and the last word."""

from __future__ import annotations

from specc.parsing.place import Place, Repair
from specc.parsing.rules.common import (
    BODY_WORDS,
    ENDS,
    ITEM_WORDS,
    LITERALS,
    NUMBERS,
    VALUE_ENDS,
    VALUES,
    Verdict,
    found,
)
from specc.parsing.tokens import CLOSING, END
from specc.source import Span


def arrow(place: Place) -> Verdict | None:
    """`->` with nothing, or nothing that is a layer, on one side."""
    before, kind, report = place.kind_at(-1), place.kind, place.report
    if kind == "_ARROW" and before in {"_NL", "LBRACE", "_ARROW", "EQUAL", ""}:
        report.add("E0126", "nothing stands before this `->`", _sign(place, 0))
        return Verdict(Repair(drop=1))
    if kind == "_ARROW" and place.tokens[place.first].kind in BODY_WORDS - {"OUTPUT"}:
        report.add(
            "E0126",
            "no layer stands before this `->`",
            _sign(place, 0),
            help="begin the chain without `->`: its first layer takes the input",
        )
        return Verdict(Repair(("_NL",), drop=1))
    if before != "_ARROW":
        return _named_in_chain(place)
    if kind in ENDS:
        report.add("E0126", "nothing follows this `->`", _sign(place, -1))
        return Verdict(Repair(("NAME",)))
    if kind in LITERALS | BODY_WORDS | ITEM_WORDS | {"LSQB", "LPAR"}:
        report.add(
            "E0126",
            f"`->` leads to a layer, a block or a model, not to `{place.text_at(0)}`",
            place.token.span,
        )
        return Verdict()
    return None


def _named_in_chain(place: Place) -> Verdict | None:
    if place.kind != "EQUAL" or place.kind_at(-1) != "NAME" or place.kind_at(-2) != "_ARROW":
        return None
    name = place.text_at(-1)
    place.report.add(
        "E0126",
        "a name for a value stands at the beginning of its line",
        place.previous.span,
        help=f"write `{name} = ...` on a line of its own",
    )
    return Verdict()


def _sign(place: Place, distance: int) -> Span:
    """The arrow or comma alone, without the line break that it covers."""
    token = place.tokens[place.index + distance]
    return Span(token.start, token.start + (2 if token.kind == "_ARROW" else 1))


def comma(place: Place) -> Verdict | None:
    """A comma with nothing on one side, or between settings."""
    before, kind, report = place.kind_at(-1), place.kind, place.report
    if kind == "_COMMA" and before in {"LPAR", "LSQB", "_COMMA"}:
        span = _sign(place, 0)
        report.add(
            "E0118", "nothing stands before this comma", span, fix=("delete the comma", span, "")
        )
        return Verdict(Repair(drop=1))
    if before == "_COMMA" and kind in {"RBRACE", "_NL", END}:
        span = _sign(place, -1)
        report.add(
            "E0118",
            "nothing follows this comma",
            span,
            help="a statement ends at the end of its line, without a comma",
            fix=("delete the comma", span, ""),
        )
        return Verdict(Repair(("NAME",)))
    if kind == "EQUAL" and before == "NAME" and place.kind_at(-2) == "_COMMA" and not place.bracket:
        return _comma_between(place, -2)
    if kind in BODY_WORDS | ITEM_WORDS and before == "_COMMA" and not place.bracket:
        return _comma_between(place, -1)
    if kind == "_COMMA" and not place.bracket and place.where == "statement":
        return _comma_between(place, 0)
    return None


def _comma_between(place: Place, distance: int) -> Verdict:
    span = _sign(place, distance)
    place.report.add(
        "E0118",
        "statements are parted by line ends, not by commas",
        span,
        help="delete it; a line that ends in a comma goes on in the next"
        if "\n" in place.report.source.text[span.start : place.tokens[place.index + distance].end]
        else "delete it, and give each statement a line of its own",
        fix=("delete the comma", span, ""),
    )
    if distance == 0:
        return Verdict(Repair(("_NL",), drop=1))
    return Verdict(Repair(("_NL",), back=-distance, drop=0, forget=1))


def empty_call(place: Place) -> Verdict | None:
    """`Flatten()`."""
    if place.kind != "RPAR" or place.kind_at(-1) != "LPAR":
        return None
    opening = place.tokens[place.index - 1]
    span = Span(opening.start, place.token.end)
    word = place.text_at(-2)
    if place.kind_at(-2) not in {"NAME", "INPUT"}:
        place.report.add("E0104", "there is no value between `(` and `)`", span)
        return Verdict(Repair(("NAME",)))
    place.report.add(
        "E0120",
        f"without arguments `{word}` has no parentheses",
        span,
        help=f"write `{word}`",
        fix=("delete the parentheses", span, ""),
    )
    return Verdict(Repair(drop=1, back=1, forget=1))


def missing_comma(place: Place) -> Verdict | None:
    """Two values in brackets with nothing, or a line end, between them."""
    if place.bracket not in {"LPAR", "LSQB"}:
        return None
    span = Span(place.previous.end, place.previous.end)
    if place.kind == "EQUAL" and place.kind_at(-1) == "NAME" and place.kind_at(-2) in NUMBERS:
        number = place.tokens[place.index - 2]
        span = Span(number.end, number.end)
        _report_comma(place, span, place.text_at(-2), place.text_at(-1))
        return Verdict(Repair(("_COMMA",), back=1))
    after_break = place.kind == "_NL" and place.kind_at(1) in VALUES
    if not (after_break or place.kind in VALUES) or not place.accepts("_COMMA"):
        return None
    if place.previous.kind not in VALUE_ENDS:
        return None
    behind = place.text_at(1) if after_break else place.text_at(0)
    _report_comma(place, span, place.report.text(place.previous.span), behind)
    return Verdict(Repair(("_COMMA",), drop=1 if after_break else 0))


def _report_comma(place: Place, span: Span, left: str, right: str) -> None:
    place.report.add(
        "E0105",
        f"a comma is missing between `{left}` and `{right}`",
        span,
        help=f"write `{left}, {right}`",
        fix=("write a comma", span, ","),
    )


def two_statements(place: Place) -> Verdict | None:
    """Something that begins a statement where the last one has not ended."""
    if place.bracket in {"LPAR", "LSQB"}:
        return None
    if place.kind == "EQUAL" and place.kind_at(-1) == "NAME" and place.kind_at(-2) in NUMBERS:
        token = place.tokens[place.index - 1]
        _report_line(place, token.span)
        return Verdict(Repair(("_NL",), back=1))
    begins = BODY_WORDS | ITEM_WORDS | {"NAME"}
    if place.kind not in begins or not place.accepts("_NL", place.kind):
        return None
    if place.previous.kind not in VALUE_ENDS | {"RBRACE"}:
        return None
    _report_line(place, place.token.span)
    return Verdict(Repair(("_NL",)))


def _report_line(place: Place, span: Span) -> None:
    column = place.report.indent(place.tokens[place.first].start)
    word = place.report.text(span)
    ends = [token.end for token in place.tokens[: place.index + 1] if token.end <= span.start]
    gap = Span(ends[-1] if ends else span.start, span.start)
    chain = " or join layers with `->`" if word[:1].isupper() else ""
    place.report.add(
        "E0106",
        f"`{word}` begins a second statement on this line",
        span,
        help=f"give it a line of its own,{chain}" if chain else "give it a line of its own",
        fix=("begin a new line", gap, "\n" + " " * column),
    )


def stray_else(place: Place) -> Verdict | None:
    if place.kind != "ELSE":
        return None
    place.report.add(
        "E0128",
        "this `else` follows no `if`",
        place.token.span,
        help="`else` stands right behind the `}` of its `if`",
    )
    return Verdict()


def anything(place: Place) -> Verdict:
    """The situations that no other rule knows."""
    what = found(place)
    span = place.token.span
    if place.kind == "_NL":
        span = place.previous.span
    if place.index == place.first:
        message = f"a line cannot begin with {what}"
    elif place.kind in ENDS - CLOSING.keys():
        message = f"the line ends too early, behind `{place.report.text(place.previous.span)}`"
    else:
        message = f"{what} cannot stand behind `{place.report.text(place.previous.span)}`"
    place.report.add("E0127", message, span)
    return Verdict()
