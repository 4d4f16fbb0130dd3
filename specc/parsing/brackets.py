"""Pairs brackets and braces, so that what follows may count on them."""

from __future__ import annotations

from dataclasses import dataclass, field

from specc.parsing.report import SyntaxReport
from specc.parsing.tokens import CLOSING, END, OPENING, SIGNS, Token
from specc.source import Span

_HEADS = frozenset({"MODEL", "BLOCK", "IF", "REPEAT", "BRANCH", "ELSE"})
_ITEMS = frozenset({"MODEL", "BLOCK", "IMPORT"})


def balance(report: SyntaxReport, tokens: list[Token]) -> list[Token]:
    """The tokens with every bracket paired: closes what is open, leaves out what closes nothing."""
    balancer = _Balancer(report, tokens)
    balancer.run()
    return balancer.out


@dataclass
class _Open:
    kind: str
    index: int  # in the tokens given


@dataclass
class _Balancer:
    report: SyntaxReport
    tokens: list[Token]
    out: list[Token] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    head: tuple[int, int] | None = None  # (depth, index) of a statement that needs a `{`
    guessed: int = 0  # how many `{` were put in: as many `}` may be missing without a word
    suspect: _Open | None = None  # a `{` whose `}` is indented less than its line

    def run(self) -> None:
        for index, token in enumerate(self.tokens):
            if self.stack and (token.kind == END or self._begins_item(index)):
                self._close_all(index)
            if token.kind in OPENING:
                self._open(index)
            elif token.kind in CLOSING:
                self._close(index)
            elif not (token.kind == "_NL" and self._headless(index)):
                self.out.append(token)
                if token.kind in _HEADS and self._begins_head(index):
                    self.head = (len(self.stack), index)

    # ---- what begins

    def _begins_head(self, index: int) -> bool:
        before = self.tokens[index - 1].kind if index else "_NL"
        starts = before in {"_NL", "LBRACE", "RBRACE", "ELSE"}
        return starts and self.tokens[index + 1].kind != "EQUAL"

    def _open(self, index: int) -> None:
        token = self.tokens[index]
        if token.kind == "LBRACE" and self.head and self.head[0] == len(self.stack):
            self.head = None
        if token.kind == "LBRACE" and self.out and self.out[-1].kind == "_NL":
            self._own_line(index)
        self.stack.append(_Open(token.kind, index))
        self.out.append(token)

    def _own_line(self, index: int) -> None:
        if len(self.out) < 2 or self.out[-2].kind in {"LBRACE", "RBRACE"}:
            return
        gap = self.out.pop()
        text = self.report.source.text[gap.start : gap.end]
        self.report.add(
            "E0110",
            "`{` stands on the line of what it belongs to",
            self.tokens[index].span,
            related=(Span(self.out[-1].start, self.out[-1].end), "write it behind this"),
            fix=None if "#" in text else ("move it up", Span(gap.start, gap.end), " "),
        )

    def _headless(self, index: int) -> bool:
        """At a line's end: whether a `{` is missing, which is then put in."""
        section = not self.stack and self._bare_section(index)
        pending = self.head is not None and self.head[0] == len(self.stack)
        if not (section or pending) or self.tokens[index + 1].kind == "LBRACE":
            return False
        first = self.tokens[self.head[1]] if pending and self.head else self._line(index)[0]
        self.head = None
        colon = self.out[-1].kind == "COLON"
        last = self.out[-2] if colon else self.out[-1]
        if last == first and first.kind in {"MODEL", "BLOCK", "IF", "REPEAT"}:
            return False  # more than the brace is missing
        end = self.out.pop().end if colon else last.end
        word = self.report.text(first.span)
        self.report.add(
            "E0122",
            f"`{word}` needs its `{{` on the same line" + (", not a `:`" if colon else ""),
            Span(last.end, end) if colon else last.span,
            help="what belongs to it stands between `{` and `}`",
            fix=("write {", Span(last.end, end), " {"),
        )
        self.stack.append(_Open("LBRACE", index))
        self.guessed += 1
        self.out.append(Token("LBRACE", end, end))
        return True

    def _line(self, index: int) -> list[Token]:
        start = index
        while start and self.tokens[start - 1].kind != "_NL":
            start -= 1
        return self.tokens[start:index]

    def _bare_section(self, index: int) -> bool:
        """`data` or `stage head`, alone on a line between the items of a file."""
        recent = self.tokens[max(0, index - 3) : index]
        while recent and recent[0].kind == "_NL":
            recent = recent[1:]
        text = self.report.source.text
        return bool(
            recent
            and len(recent) <= 2
            and all(token.kind == "NAME" for token in recent)
            and text[recent[0].start : recent[0].end] in {"data", "train"}
            and (index == len(recent) or self.tokens[index - len(recent) - 1].kind == "_NL")
        )

    # ---- what ends

    def _close(self, index: int) -> None:
        token = self.tokens[index]
        wanted = CLOSING[token.kind]
        if not self.stack:
            self._surplus(token)
        elif self.stack[-1].kind == wanted:
            self._pop(index)
        elif self._swapped(index):
            self._wrong_kind(token)
        elif any(opening.kind == wanted for opening in self.stack) and (
            wanted == "LBRACE" or self._inside_brace(wanted)
        ):
            self._close_until(wanted, index)
            self._pop(index)
        else:
            self._surplus(token)

    def _inside_brace(self, wanted: str) -> bool:
        """Whether such a bracket is open since the last `{`."""
        for opening in reversed(self.stack):
            if opening.kind in {wanted, "LBRACE"}:
                return opening.kind == wanted
        return False

    def _swapped(self, index: int) -> bool:
        """Whether this closes the last bracket with the wrong sign, and is not one of before."""
        token, last = self.tokens[index], self.stack[-1]
        opener = self.tokens[last.index]
        same_line = self._line_of(opener.start) == self._line_of(token.start)
        if last.kind == "LBRACE":
            return not same_line and self._first_on_line(token) and not self._closes_later(index)
        below = self.stack[-2].kind if len(self.stack) > 1 else None
        if below == CLOSING[token.kind] != "LBRACE":
            return self.tokens[index + 1].kind == OPENING[below]
        if token.kind != "RBRACE":
            return True
        brace = next((o for o in reversed(self.stack) if o.kind == "LBRACE"), None)
        if brace is None:
            return same_line
        one_line = self._line_of(self.tokens[brace.index].start) == self._line_of(token.start)
        return same_line and not one_line

    def _closes_later(self, index: int) -> bool:
        return any(token.kind == "RBRACE" for token in self.tokens[index + 1 : index + 3])

    def _pop(self, index: int) -> None:
        opening, token = self.stack.pop(), self.tokens[index]
        self.out.append(token)
        if token.kind != "RBRACE" or self.suspect or not self._first_on_line(token):
            return
        opener = self.tokens[opening.index]
        if self.report.indent(token.start) < self.report.indent(opener.start):
            self.suspect = opening

    def _wrong_kind(self, token: Token) -> None:
        opening = self.stack.pop()
        opener = self.tokens[opening.index]
        right = OPENING[opening.kind]
        self.report.add(
            "E0103",
            f"`{SIGNS[opening.kind]}` is closed by `{SIGNS[token.kind]}`",
            token.span,
            related=(opener.span, "opened here"),
            help=f"write `{SIGNS[right]}`",
            fix=(f"write {SIGNS[right]}", token.span, SIGNS[right]),
        )
        self.out.append(token._replace(kind=right))

    def _surplus(self, token: Token) -> None:
        sign = SIGNS[token.kind]
        self.report.add(
            "E0102",
            f"this `{sign}` closes nothing",
            token.span,
            help=f"delete it, or write the missing `{SIGNS[CLOSING[token.kind]]}` before",
            fix=(f"delete {sign}", token.span, ""),
        )

    # ---- what is never closed

    def _close_until(self, wanted: str, index: int) -> None:
        """Close the brackets above the last `wanted`, which are open by mistake."""
        above = [position for position, o in enumerate(self.stack) if o.kind == wanted][-1] + 1
        unclosed = self.stack[above:]
        del self.stack[above:]
        self._put_in_closers(unclosed, index)

    def _close_all(self, index: int) -> None:
        brackets = [o for o in self.stack if o.kind != "LBRACE"]
        braces = [o for o in self.stack if o.kind == "LBRACE"]
        if brackets:
            last_brace = max(
                [i for i, o in enumerate(self.stack) if o.kind == "LBRACE"], default=-1
            )
            unclosed = self.stack[last_brace + 1 :] or brackets
            self.stack = [o for o in self.stack if o not in unclosed]
            self._put_in_closers(unclosed, index)
        if len(braces) > self.guessed:
            self._unclosed_brace(self.suspect or braces[-1], index)
        place = self.out.pop() if self.out and self.out[-1].kind == "_NL" else None
        end = self.out[-1].end
        self.out += [Token(OPENING[o.kind], end, end) for o in reversed(self.stack)]
        if place:
            self.out.append(place)
        self.stack.clear()
        self.head, self.guessed = None, 0

    def _unclosed_brace(self, opening: _Open, index: int) -> None:
        opener, token = self.tokens[opening.index], self.tokens[index]
        before = "the end of the file"
        if token.kind != END:
            before = f"`{self.report.text(token.span)}` in line {self._line_of(token.start)}"
        self.report.add(
            "E0101",
            f"this `{{` is not closed before {before}",
            opener.span,
            "opened here",
            help=f"write `}}` on a line of its own before {before}",
            related=None if token.kind == END else (token.span, "`}` is missing before this"),
        )

    def _put_in_closers(self, unclosed: list[_Open], index: int) -> None:
        """Close each one at the end of its line; those of one line are one mistake."""
        reported = -1
        for position in reversed(range(len(unclosed))):
            opening = unclosed[position]
            opener = self.tokens[opening.index]
            where = self._end_of_line(opener)
            place = self.out[where - 1].end
            kind = OPENING[opening.kind]
            if place != reported:
                same = [
                    o
                    for o in unclosed[: position + 1]
                    if self.tokens[o.index].start >= self._start(opener)
                ]
                self._unclosed(self.tokens[same[0].index], place, same)
                reported = place
            self.out.insert(where, Token(kind, place, place))

    def _start(self, token: Token) -> int:
        return self.report.source.line_starts[self._line_of(token.start) - 1]

    def _unclosed(self, opener: Token, place: int, unclosed: list[_Open]) -> None:
        signs = "".join(SIGNS[OPENING[o.kind]] for o in reversed(unclosed))
        self.report.add(
            "E0101",
            f"this `{SIGNS[opener.kind]}` is not closed",
            opener.span,
            "opened here",
            related=(Span(place, place), f"`{signs}` may be missing here"),
            fix=(f"write {signs}", Span(place, place), signs),
        )

    def _end_of_line(self, opener: Token) -> int:
        """Where among the tokens that came out the line of an opening bracket ends."""
        position = len(self.out) - 1
        while self.out[position] != opener:
            position -= 1
        depth = 0
        for where in range(position + 1, len(self.out)):
            kind = self.out[where].kind
            if depth == 0 and (kind in {"_NL", "LBRACE"} or kind in CLOSING):
                return where
            depth += (kind in OPENING) - (kind in CLOSING)
        return len(self.out)

    # ---- places

    def _begins_item(self, index: int) -> bool:
        """A word that only an item of the file begins with, at the beginning of a line."""
        token = self.tokens[index]
        if token.kind not in _ITEMS and token.kind != "NAME":
            return False
        if index == 0 or self.tokens[index - 1].kind != "_NL":
            return False
        if token.kind == "NAME":
            word = self.report.source.text[token.start : token.end]
            following = [t.kind for t in self.tokens[index + 1 : index + 3]]
            if word not in {"data", "train"} or "LBRACE" not in following:
                return False
        return self.report.indent(token.start) == 0 and self._indented()

    def _indented(self) -> bool:
        """Whether what stands in braces is indented: only then the place of an item tells."""
        opening = next((o for o in self.stack if o.kind == "LBRACE"), self.stack[0])
        after = self.tokens[opening.index + 1 : opening.index + 3]
        return any(t.kind != "_NL" and self.report.indent(t.start) > 0 for t in after)

    def _line_of(self, offset: int) -> int:
        return self.report.source.position(offset)[0]

    def _first_on_line(self, token: Token) -> bool:
        text, start = self.report.source.text, token.start
        while start and text[start - 1] in " \t":
            start -= 1
        return start == 0 or text[start - 1] == "\n"
