"""Tokens of a `.cnn` text, and of what people write there by mistake."""

from __future__ import annotations

import re
from typing import NamedTuple

from specc.grammar.tables import IGNORED, PATTERN
from specc.source import Span

# Python's own stack bears no more in the phases that follow the tree down.
MAX_NESTING = 100
END = "$END"
OPENING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
CLOSING = {close: opening for opening, close in OPENING.items()}
SIGNS = {"LPAR": "(", "LSQB": "[", "LBRACE": "{", "RPAR": ")", "RSQB": "]", "RBRACE": "}"}


class Token(NamedTuple):
    """Characters `start` to `end`; a token that only stands in for a missing one is empty."""

    kind: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


# What the grammar would read as something else, or not at all. `lexical` says what is meant.
_BEFORE = {
    "LOOSE_SIZE": r"(?![0-9]+(?:x[0-9]+)+(?![A-Za-z0-9_]|[ \t]*[xX×][ \t]*[0-9]))"
    r"[0-9]+(?:[ \t]*[xX×][ \t]*[0-9]+)+(?![A-Za-z0-9_])",
    "NAMED_SIZE": r"[0-9]+x[A-Za-z_][A-Za-z0-9_]*",
    "UNDERSCORED": r"[0-9]+(?:_[0-9]+)+",
    "HALF_FLOAT": r"[0-9]+\.(?![0-9.A-Za-z_])|(?<![0-9A-Za-z_.)\]])\.[0-9]+(?:[eE][+-]?[0-9]+)?",
    "SLASH_COMMENT": r"//[^\n]*",
    "STAR_COMMENT": r"/\*[\s\S]*?(?:\*/|\Z)",
    "DASH_COMMENT": r"--[^\n]*",
    "POWER": r"\*\*",
    "ASSIGN": r":=|[+\-*/]=",
    "FAT_ARROW": r"=>",
    "ODD_COMPARISON": r"={3}|!==|=<|<>|[≤≥≠]",
    "DOTS": r"\.{3,}|…",
}
_AFTER = {
    "QUOTED": r"'[^'\r\n]*'|[“”„«‘’‚][^“”\"»‘’\r\n]*[“”\"»‘’]",
    "OPEN_STRING": r"[\"'“”„«‘’‚][^\"\r\n]*",
    "SEMICOLON": r";",
    "REMAINDER": r"%",
    "AND_SIGN": r"&&?",
    "OR_SIGN": r"\|\|?",
    "NOT_SIGN": r"[!~]",
    "CARET": r"\^",
    "ODD_ARROW": r"→|⟶|[–−—]>",
    "ODD_SIGN": r"[×·÷–−—]",
    "BLANK": r"[\r\f\v\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]+",
    "UNKNOWN": r"[\s\S]",
}
FOREIGN = frozenset(_BEFORE) | frozenset(_AFTER)


def _groups(patterns: dict[str, str]) -> str:
    return "|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items())


_IGNORED = frozenset(IGNORED)
_SCAN = re.compile(f"{_groups(_BEFORE)}|{PATTERN}|{_groups(_AFTER)}")


def tokenize(text: str) -> list[Token]:
    """All tokens of the text, blanks and comments left out, `$END` last.

    Where brackets pass the limit of nesting the rest is not looked at.
    """
    tokens: list[Token] = []
    depth = 0
    for match in _SCAN.finditer(text, 1 if text.startswith("\ufeff") else 0):
        kind = str(match.lastgroup)
        if kind in _IGNORED:
            continue
        tokens.append(Token(kind, match.start(), match.end()))
        if kind in OPENING:
            depth += 1
            if depth > MAX_NESTING:
                break
        elif kind in CLOSING and depth:
            depth -= 1
    tokens.append(Token(END, len(text), len(text)))
    return tokens
