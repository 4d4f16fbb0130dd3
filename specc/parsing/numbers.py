"""Numbers and sizes that are written in another way: handlers for `lexical`."""

from __future__ import annotations

import re

from specc.parsing.report import SyntaxReport
from specc.parsing.tokens import Token

_SIZE_WORD = re.compile(r"[a-z](x([a-z]|[0-9]+))+\Z")


def size_words(report: SyntaxReport, tokens: list[Token]) -> list[Token]:
    """Words such as `kxk` that no line of the file defines: a size of names, which is a tuple."""
    text = report.source.text
    mended = list(tokens)
    for index, token in enumerate(tokens):
        if token.kind != "NAME" or text[token.start + 1 : token.start + 2] != "x":
            continue
        word = text[token.start : token.end]
        if _SIZE_WORD.match(word) and not _defined(text, word):
            named_size(report, token, word, [])
            mended[index] = token._replace(kind="SIZE")
    return mended


def _defined(text: str, word: str) -> bool:
    headers = rf"\b{word}\b[ \t]*=(?!=)|\b(?:block|repeat)\b[^{{\n]*\b{word}\b|\b{word}[ \t]*:"
    return re.search(headers, text) is not None


def loose_size(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
    right = "x".join(re.findall("[0-9]+", text))
    if text != right:
        report.add(
            "E0115",
            "a size is written without blanks and with a small `x`",
            token.span,
            help=f"write `{right}`",
            fix=(f"write {right}", token.span, right),
        )
    return "SIZE"


def named_size(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
    right = f"({', '.join(text.split('x'))})"
    report.add(
        "E0115",
        f"a size such as `3x3` is made of digits only; `{text}` holds a name",
        token.span,
        help=f"write the tuple `{right}`",
        fix=(f"write {right}", token.span, right),
    )
    return "SIZE"


def underscored(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
    right = text.replace("_", "")
    report.add(
        "E0124",
        f"a number has no `_`: write `{right}`",
        token.span,
        fix=(f"write {right}", token.span, right),
    )
    return "INT"


def half_float(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
    right = text + "0" if text.endswith(".") else "0" + text
    side = "after" if text.endswith(".") else "before"
    report.add(
        "E0111",
        f"`{text}` has no digit {side} the point",
        token.span,
        help=f"write `{right}`",
        fix=(f"write {right}", token.span, right),
    )
    return "FLOAT"
