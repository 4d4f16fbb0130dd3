"""A place where reading stopped, and the repair with which it goes on."""

from __future__ import annotations

from dataclasses import dataclass

from specc.parsing.lalr import Stack
from specc.parsing.report import SyntaxReport
from specc.parsing.tokens import CLOSING, OPENING, Token

# The symbol of a statement, by the place where it stands.
PLACES = ("statement", "entry", "item")


@dataclass(frozen=True)
class Repair:
    """At the error: take back `back` tokens, of which the first `forget` are left out, as are the
    next `drop`; read `insert` before the rest."""

    insert: tuple[str, ...] = ()
    drop: int = 0
    back: int = 0
    forget: int = 0


@dataclass
class Place:
    """Where reading stopped: the token, what is before it and what it stands in."""

    report: SyntaxReport
    stack: Stack
    tokens: list[Token]
    index: int

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    @property
    def kind(self) -> str:
        return self.token.kind

    def kind_at(self, distance: int) -> str:
        """The kind of a token near by; "" outside of the file."""
        index = self.index + distance
        return self.tokens[index].kind if 0 <= index < len(self.tokens) else ""

    def text_at(self, distance: int) -> str:
        index = self.index + distance
        return self.report.text(self.tokens[index].span) if 0 <= index < len(self.tokens) else ""

    @property
    def previous(self) -> Token:
        """The last token that has characters, or the first of all."""
        index = self.index - 1
        while index > 0 and self.tokens[index].start == self.tokens[index].end:
            index -= 1
        return self.tokens[max(index, 0)]

    @property
    def height(self) -> int:
        """How many symbols of the stack stand before the statement that is being read."""
        states = self.stack.states
        for height in range(len(states) - 1, -1, -1):
            if any(self.stack.goes_to(height, symbol) for symbol in PLACES):
                return height
        return 0

    @property
    def where(self) -> str:
        """`statement` in a model or block, `entry` in a section, `item` outside of both."""
        return next(symbol for symbol in PLACES if self.stack.goes_to(self.height, symbol))

    @property
    def first(self) -> int:
        """The token that begins the statement."""
        height = self.height
        return self.stack.first[height] if height < len(self.stack.first) else self.index

    @property
    def bracket(self) -> str:
        """The innermost bracket that is open in the statement, or ""."""
        open_: list[str] = []
        for token in self.tokens[self.first : self.index]:
            if token.kind in OPENING:
                open_.append(token.kind)
            elif token.kind in CLOSING and open_:
                open_.pop()
        return open_[-1] if open_ else ""

    def accepts(self, *kinds: str) -> bool:
        return self.stack.accepts(*kinds)
