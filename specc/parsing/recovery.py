"""Reads tokens that hold errors: each is explained once, then reading goes on behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from specc.parsing.brackets import balance
from specc.parsing.lalr import Stack
from specc.parsing.place import Place, Repair
from specc.parsing.report import SyntaxReport
from specc.parsing.tokens import CLOSING, END, OPENING, Token

# What stands in for a head that cannot be read, so that its body can.
_HEADS = {"MODEL": "NAME", "BLOCK": "NAME", "IF": "TRUE", "REPEAT": "INT"}
Explain: TypeAlias = Callable[[Place], Repair | None]
"""Reports the error at a place; how to go on, or None to give the statement up."""


def recover(report: SyntaxReport, tokens: list[Token], explain: Explain) -> Any:
    """The tree of what can be read."""
    tokens = list(balance(report, tokens))
    stack = Stack(report.source.text, tokens)
    index, mended, given_up = 0, -1, -1
    while index < len(tokens):
        if stack.feed(index, tokens[index]):
            index += 1
            continue
        place = Place(report, stack, tokens, index)
        # A second error where one has just been mended has the same cause.
        repair = explain(place) if index > mended else None
        if repair and _mend(place, repair):
            index -= repair.back
            mended = index + len(repair.insert)
            continue
        index = _skip(place)
        if index == given_up:  # the next statement cannot begin here either
            if tokens[index].kind == END:
                return _finish(stack, index, tokens[index])
            index += 1
        mended, given_up = index - 1, index
    return stack.values[-1]


def _finish(stack: Stack, index: int, end: Token) -> Any:
    """Give up the item in which the file ends."""
    stack.cut(max(h for h in range(len(stack.states)) if stack.goes_to(h, "item")))
    stack.push("item", None, index, index)
    stack.feed(index, end)
    return stack.values[-1]


def _mend(place: Place, repair: Repair) -> bool:
    tokens, index = place.tokens, place.index
    start = index - repair.back
    if repair.back and not _take_back(place, repair.back):
        return False
    kept = tokens[start + repair.forget : index]
    behind = kept + tokens[index + repair.drop :][:1]
    if not place.accepts(*repair.insert, *(token.kind for token in behind)):
        return False
    end = tokens[start - 1].end if start else 0
    if start and tokens[start - 1].kind in {"_COMMA", "_ARROW", "_NL"}:
        end = tokens[index].start
    dropped = [token for token in tokens[index : index + repair.drop] if token.kind != END]
    virtual = [_stand_in(kind, dropped, end) for kind in repair.insert]
    tokens[start : index + len(dropped)] = virtual + kept
    return True


def _take_back(place: Place, count: int) -> bool:
    """Undo the last tokens, as far as each is still a symbol of its own."""
    stack = place.stack
    if stack.first[-count:] != list(range(place.index - count, place.index)):
        return False
    stack.cut(len(stack.values) - count)
    return True


def _stand_in(kind: str, dropped: list[Token], place: int) -> Token:
    return dropped[0]._replace(kind=kind) if dropped else Token(kind, place, place)


def _skip(place: Place) -> int:
    """Give up the statement; the place where the next one or the end of the body is read."""
    stack, tokens = place.stack, place.tokens
    height, first, where = place.height, place.first, place.where
    depth = 0
    for token in tokens[first : place.index]:
        depth += (token.kind in OPENING) - (token.kind in CLOSING)
    index = place.index
    while tokens[index].kind != END:
        kind = tokens[index].kind
        if depth <= 0 and kind in {"_NL", "RBRACE"}:
            break
        if depth == 0 and kind == "LBRACE" and (head := _HEADS.get(tokens[first].kind)):
            stack.cut(height)
            place_end = tokens[first].end
            stack.feed(first, tokens[first])
            stack.feed(first, Token(head, place_end, place_end))
            return index
        depth += (kind in OPENING) - (kind in CLOSING)
        index += 1
    index = _skip_python(place, first, index)
    stack.cut(height)
    stack.push(where, None, first, max(first, index - 1))
    return index


def _skip_python(place: Place, first: int, index: int) -> int:
    """Behind a line of Python: also the lines that are indented more than it."""
    tokens, report = place.tokens, place.report
    if report.diagnostics and report.diagnostics[-1].code == "E0117":
        indent = report.indent(tokens[first].start)
        while tokens[index].kind == "_NL" and report.indent(tokens[index + 1].start) > indent:
            index += 1
            while tokens[index].kind not in {"_NL", "RBRACE", END}:
                index += 1
    return index
