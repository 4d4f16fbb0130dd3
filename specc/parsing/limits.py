"""Limits of a text: how deep it nests, how long a number is."""

from __future__ import annotations

import math
import re

from specc.parsing.report import SyntaxReport
from specc.parsing.tokens import CLOSING, MAX_NESTING, OPENING, Token
from specc.parsing.tree import MAX_DIGITS

_OPERATORS = frozenset(
    {"OR", "AND", "NOT", "CMP_SIGN", "SUM_SIGN", "PRODUCT_SIGN", "ELSE", "_RANGE", "UNTIL"}
)
_DIGITS = frozenset({"INT", "SIZE", "PERCENT", "LOOSE_SIZE", "NAMED_SIZE", "UNDERSCORED"})


def too_deep(report: SyntaxReport, tokens: list[Token]) -> bool:
    """Reports the first place where brackets or a row of operators pass the limit."""
    levels = [0]  # operators in the argument or statement that is open, for each bracket
    total = 0
    for token in tokens:
        kind = token.kind
        if kind in OPENING:
            levels.append(0)
        elif kind in CLOSING:
            total -= levels.pop() if len(levels) > 1 else 0
        elif kind in {"_COMMA", "_NL", "_ARROW"}:
            total -= levels[-1]
            levels[-1] = 0
        elif kind in _OPERATORS:
            levels[-1] += 1
            total += 1
        if len(levels) - 1 > MAX_NESTING:
            report.add(
                "E0140",
                f"brackets are nested more than {MAX_NESTING} deep",
                token.span,
                f"level {MAX_NESTING + 1}",
            )
            return True
        if total + len(levels) - 1 > MAX_NESTING:
            report.add(
                "E0143",
                f"this statement has more than {MAX_NESTING} operators or `else` in a row",
                token.span,
                help="name parts of it: `let part = ...`",
            )
            return True
    return False


def check_numbers(report: SyntaxReport, tokens: list[Token]) -> None:
    """Reports numbers that are too long or too large."""
    for token in tokens:
        kind = token.kind
        if kind == "FLOAT" and math.isinf(float(report.source.text[token.start : token.end])):
            report.add(
                "E0142",
                f"`{report.text(token.span)}` is too large for a number",
                token.span,
                "larger than 1.8e308",
            )
        elif kind in _DIGITS and token.end - token.start > MAX_DIGITS:
            _check_digits(report, token)


def _check_digits(report: SyntaxReport, token: Token) -> None:
    text = report.source.text[token.start : token.end]
    longest = max(map(len, re.findall("[0-9]+", text)))
    if longest > MAX_DIGITS:
        report.add(
            "E0141",
            f"a number of {longest} digits is too long; the limit is {MAX_DIGITS}",
            token.span,
            f"{longest} digits",
        )
