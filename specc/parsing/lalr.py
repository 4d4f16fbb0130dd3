"""Walks the LALR(1) table of the grammar: shifts tokens, reduces rules to nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from specc.grammar.tables import ACTIONS, END, RULES
from specc.parsing import tree
from specc.parsing.tokens import Token
from specc.source import Span

_ACTIONS: tuple[dict[str, int], ...] = ACTIONS


def _reduction(origin: str, name: str, marks: str) -> tuple[Any, ...]:
    kept = [position for position, mark in enumerate(marks) if mark != "."]
    return origin, len(marks), tree.RULES.get(name), kept, marks.find("l")


_REDUCTIONS = [_reduction(*rule) for rule in RULES]
# The rules that only hand their one value on: most of them, when a plain value is read.
_HANDED_ON = [origin if not name and len(marks) == 1 else "" for origin, name, marks in RULES]


class Stack:
    """The parser's stack: for each symbol its state, its value, its first and its last token."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.states = [0]
        self.values: list[Any] = []
        self.first: list[int] = []
        self.last: list[int] = []

    def feed(self, index: int, token: Token) -> bool:
        """Take the token at `index`; False if the grammar does not allow it here."""
        states, kind = self.states, token.kind
        while (action := _ACTIONS[states[-1]].get(kind)) is not None:
            if action < 0:
                if origin := _HANDED_ON[~action]:
                    states[-1] = _ACTIONS[states[-2]][origin]
                else:
                    self._reduce(~action, index)
                if states[-1] == END and kind == "$END":
                    return True
                continue
            make = tree.TOKENS.get(kind)
            states.append(action)
            self.values.append(
                make(self.text[token.start : token.end], token.span) if make else None
            )
            self.first.append(index)
            self.last.append(index)
            return True
        return False

    def _reduce(self, rule: int, index: int) -> None:
        origin, size, build, kept, continued = _REDUCTIONS[rule]
        states, values = self.states, self.values
        kids = [values[position - size] for position in kept] if size else []
        first = self.first[-size] if size else index
        last = self.last[-1] if size else index
        if size:
            del states[-size:], values[-size:], self.first[-size:], self.last[-size:]
        self.push(origin, self._value(origin, build, kids, continued, first, last), first, last)

    def _value(
        self, origin: str, build: Any, kids: list[Any], continued: int, first: int, last: int
    ) -> Any:
        if origin.startswith("__"):  # a list that grows: `item (_NL item)*`
            if continued < 0:
                return kids
            kids[0].append(kids[1])
            return kids[0]
        if continued >= 0:
            kids[-1:] = kids[-1]
        if build is None:
            return kids[0]
        return build(kids, Span(self.tokens[first].start, self.tokens[last].end))

    def push(self, symbol: str, value: Any, first: int, last: int) -> None:
        """Go on as if `symbol` had just been read."""
        self.states.append(_ACTIONS[self.states[-1]][symbol])
        self.values.append(value)
        self.first.append(first)
        self.last.append(last)

    def goes_to(self, height: int, symbol: str) -> bool:
        """Whether `symbol` may begin above the `height` lowest symbols."""
        return symbol in _ACTIONS[self.states[height]]

    def cut(self, height: int) -> None:
        """Forget all but the `height` lowest symbols."""
        del self.states[height + 1 :], self.values[height:], self.first[height:], self.last[height:]

    def accepts(self, *kinds: str) -> bool:
        """Whether tokens of these kinds could follow, one after the other."""
        states = list(self.states)
        return all(_advance(states, kind) for kind in kinds)


def _advance(states: list[int], kind: str) -> bool:
    while (action := _ACTIONS[states[-1]].get(kind)) is not None:
        if action >= 0:
            states.append(action)
            return True
        origin, size, *_ = _REDUCTIONS[~action]
        if size:
            del states[-size:]
        states.append(_ACTIONS[states[-1]][origin])
        if states[-1] == END and kind == "$END":
            return True
    return False
