"""Signs of other languages: says what to write, and goes on with the token that was meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from unicodedata import normalize

from specc.parsing import numbers
from specc.parsing.limits import check_numbers
from specc.parsing.report import SyntaxReport
from specc.parsing.tokens import END, FOREIGN, SIGNS, Token, tokenize
from specc.source import Span

# A handler reports a token and gives the kind to go on with; "" leaves the token out.
_Handler = Callable[[SyntaxReport, Token, str, "list[Token]"], str]
_CONTINUE = frozenset({"_ARROW", "RBRACE", "RPAR", "RSQB", "ELSE", END})
_VALUES = frozenset({"INT", "FLOAT", "PERCENT", "NAME", "RPAR", "RSQB", "INPUT"})


def mend(report: SyntaxReport, tokens: list[Token]) -> list[Token]:
    """The tokens with the meant one for each foreign one."""
    check_numbers(report, tokens)
    if not any(token.kind in FOREIGN for token in tokens):
        return tokens
    return _without_idle_breaks(_mended(report, tokens))


def _mended(report: SyntaxReport, tokens: list[Token]) -> list[Token]:
    mended: list[Token] = []
    covered = 0
    for token in tokens:
        if token.start < covered:  # part of a word that has been reported
            continue
        if token.kind not in FOREIGN:
            mended.append(token)
            continue
        text = report.source.text[token.start : token.end]
        if token.kind == "UNKNOWN" and text.isalpha():
            covered = _foreign_word(report, token, mended)
        elif token.kind == "SEMICOLON" and (not mended or mended[-1].kind == "_NL"):
            covered = _semicolon_comment(report, token)
        elif kind := _HANDLERS[token.kind](report, token, text, mended):
            mended.append(token._replace(kind=kind))
    return mended


def _without_idle_breaks(tokens: list[Token]) -> list[Token]:
    """Leaves out line breaks that count only because a foreign comment stood beside them."""
    kept: list[Token] = []
    for token in tokens:
        if kept and kept[-1].kind == "_NL" and token.kind in _CONTINUE:
            kept.pop()
        if token.kind != "_NL" or not kept or kept[-1].kind not in {"_NL", "_COMMA", "_ARROW"}:
            kept.append(token)
    return kept


def _comment(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
    sign = text[:2]
    if sign == "//" and before and before[-1].kind in _VALUES and _closes_more(text):
        report.add(
            "E0112",
            "`//` is not an operator",
            Span(token.start, token.start + 2),
            help="a whole quotient is `floor(a / b)`; a comment begins with `#`",
        )
        middle = token.start + 2
        before.append(Token("PRODUCT_SIGN", token.start, middle))
        rest = tokenize(report.source.text[middle : token.end])[:-1]
        before += _mended(report, [Token(t.kind, t.start + middle, t.end + middle) for t in rest])
        return ""
    words = text.removeprefix("/*").removesuffix("*/") if sign == "/*" else text[2:]
    one_line = "\n" not in text
    report.add(
        "E0107",
        f"`{sign}` does not begin a comment; `#` does",
        Span(token.start, token.start + 2),
        help=f"write `# {words.strip()}`" if one_line and words.strip() else "write `#`",
        fix=("make it a comment", token.span, f"#{words.rstrip()}") if one_line else None,
    )
    return ""


def _closes_more(text: str) -> bool:
    """Whether a line's rest closes a bracket of before or opens a brace: then it is no comment."""
    return text.rstrip().endswith("{") or text.count(")") > text.count("(")


def _quoted(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
    right = f'"{text[1:-1]}"'
    report.add(
        "E0108",
        f"a string stands in straight double quotes: `{right}`",
        token.span,
        help="paths and column names are quoted; words such as `relu` are not",
        fix=(f"write {right}", token.span, right),
    )
    return "STRING"


def _open_string(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
    inside = re.sub(r"(,\s*\w+\s*=.*|[\s)\]},]*(#.*)?)\Z", "", text[1:])
    end = token.start + 1 + len(inside)
    report.add(
        "E0109",
        "this string has no closing quote",
        Span(token.start, end),
        "begins here, and the line ends before it does",
        help=f'write `"{inside}"`',
        fix=("close the string", Span(end, end), '"') if text[0] == '"' else None,
    )
    # The brackets behind the text were left out of the string: go on with them.
    before.append(Token("STRING", token.start, end))
    rest = tokenize(text[1 + len(inside) :])[:-1]
    before += _mended(report, [Token(t.kind, t.start + end, t.end + end) for t in rest])
    return ""


def _semicolon(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
    report.add(
        "E0106",
        "a statement ends at the end of its line, without `;`",
        token.span,
        help="give each statement a line of its own",
    )
    return "_NL"


def _semicolon_comment(report: SyntaxReport, token: Token) -> int:
    """A line that begins with `;`; gives its end."""
    report.add(
        "E0107",
        "`;` does not begin a comment; `#` does",
        token.span,
        help="write `#`",
        fix=("write #", token.span, "#"),
    )
    end = report.source.text.find("\n", token.start)
    return end if end >= 0 else len(report.source.text)


def _operator(kind: str, advice: str) -> _Handler:
    def handle(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
        report.add("E0112", f"`{text}` is not an operator", token.span, help=advice)
        return kind

    return handle


def _instead(kind: str, right: Callable[[str], str]) -> _Handler:
    def handle(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
        better = right(text)
        report.add(
            "E0112",
            f"`{text}` is not a sign of the language; write `{better}`",
            token.span,
            fix=(f"write {better}", token.span, better),
        )
        return kind

    return handle


_COMPARISONS = {"===": "==", "!==": "!=", "=<": "<=", "<>": "!=", "≤": "<=", "≥": ">=", "≠": "!="}
_ARITHMETIC = {"×": "*", "·": "*", "÷": "/"}


def _odd_sign(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
    better = _ARITHMETIC.get(text, "-")
    kind = "PRODUCT_SIGN" if text in _ARITHMETIC else "SUM_SIGN"
    return _instead(kind, lambda _: better)(report, token, text, before)


def _blank(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
    message = f"there is an invisible blank here (U+{ord(text[0]):04X})"
    if not any(d.message == message for d in report.diagnostics):  # a pasted text is full of them
        report.add(
            "E0123",
            message,
            token.span,
            help="replace it by an ordinary blank",
            fix=("replace it by a blank", token.span, " "),
        )
    return ""


def _unknown(report: SyntaxReport, token: Token, text: str, before: list[Token]) -> str:
    meant = normalize("NFKC", text)
    if meant != text and (kind := {sign: kind for kind, sign in SIGNS.items()}.get(meant)):
        report.add(
            "E0123",
            f"`{text}` only looks like `{meant}`",
            token.span,
            help=f"write `{meant}`",
            fix=(f"write {meant}", token.span, meant),
        )
        return kind
    last = report.diagnostics[-1] if report.diagnostics else None
    if last and last.code == "E0123" and last.span.end == token.start:
        return ""  # one report for a row of them
    at_line_end = text == "\\" and report.source.text[token.end :].lstrip(" \t")[:1] in "\r\n"
    report.add(
        "E0123",
        f"the character `{text}` has no meaning here",
        token.span,
        help="a line goes on after `,`, `->` or an opening bracket" if at_line_end else None,
    )
    return ""


def _foreign_word(report: SyntaxReport, token: Token, before: list[Token]) -> int:
    """A word with letters outside a to z is a name with an error; gives its end."""
    start = token.start
    if before and before[-1].end == start and before[-1].kind == "NAME":
        start = before.pop().start
    match = re.compile(r"\w+").match(report.source.text, start)
    end = match.end() if match else token.end
    word = report.source.text[start:end]
    plain = normalize("NFKD", word).encode("ascii", "ignore").decode()
    report.add(
        "E0123",
        f"a name is made of the letters a to z, digits and `_`, unlike `{word}`",
        Span(start, end),
        help=f"write `{plain}`" if plain.isidentifier() and len(plain) == len(word) else None,
    )
    before.append(Token("NAME", start, end))
    return end


_HANDLERS: dict[str, _Handler] = {
    "LOOSE_SIZE": numbers.loose_size,
    "NAMED_SIZE": numbers.named_size,
    "UNDERSCORED": numbers.underscored,
    "HALF_FLOAT": numbers.half_float,
    "SLASH_COMMENT": _comment,
    "STAR_COMMENT": _comment,
    "DASH_COMMENT": _comment,
    "POWER": _operator("PRODUCT_SIGN", "write a product: `k * k`"),
    "ASSIGN": lambda report, token, text, before: "ASSIGN",
    "FAT_ARROW": lambda report, token, text, before: "FAT_ARROW",
    "ODD_COMPARISON": _instead("CMP_SIGN", lambda text: _COMPARISONS[text]),
    "DOTS": _instead("_RANGE", lambda text: ".."),
    "QUOTED": _quoted,
    "OPEN_STRING": _open_string,
    "SEMICOLON": _semicolon,
    "REMAINDER": _operator("PRODUCT_SIGN", "the remainder of a division is `mod(a, b)`"),
    "AND_SIGN": _instead("AND", lambda text: "and"),
    "OR_SIGN": _instead("OR", lambda text: "or"),
    "NOT_SIGN": _instead("NOT", lambda text: "not"),
    "CARET": _operator("PRODUCT_SIGN", "write a product: `k * k`"),
    "ODD_ARROW": _instead("_ARROW", lambda text: "->"),
    "ODD_SIGN": _odd_sign,
    "BLANK": _blank,
    "UNKNOWN": _unknown,
}
