"""Tokens of a `.cnn` text."""

from __future__ import annotations

import re
from typing import NamedTuple

from specc.grammar.tables import IGNORED, PATTERN
from specc.source import Span

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


# What a `.cnn` file cannot hold, so that every text falls into tokens.
_FOREIGN = r"(?P<UNKNOWN>[\s\S])"
_SCAN = re.compile(f"{PATTERN}|{_FOREIGN}")


def tokenize(text: str) -> list[Token]:
    """All tokens of the text, blanks and comments left out, `$END` last."""
    ignored = frozenset(IGNORED)
    tokens = [
        Token(str(match.lastgroup), match.start(), match.end())
        for match in _SCAN.finditer(text)
        if match.lastgroup not in ignored
    ]
    tokens.append(Token(END, len(text), len(text)))
    return tokens
