"""Builders of the nodes of `specc.syntax`: one for each rule and each token with a value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from specc import syntax as s
from specc.source import Span

MAX_DIGITS = 18
_DIGITS = re.compile(f"[0-9]{{1,{MAX_DIGITS}}}")

# A builder takes the values of the right-hand side (see grammar/build.py) and the rule's span.
Builder = Callable[[list[Any], Span], Any]


def _number(text: str) -> int:
    """A number that is too long, or a token that stands in for one, has been reported."""
    digits = _DIGITS.match(text.replace("_", ""))
    return int(digits[0]) if digits else 0


TOKENS: dict[str, Callable[[str, Span], Any]] = {
    "NAME": lambda text, span: s.Ident(span, text),
    "INPUT": lambda text, span: s.Ident(span, text),
    "AND": lambda text, span: s.Ident(span, text),
    "OR": lambda text, span: s.Ident(span, text),
    "NOT": lambda text, span: s.Ident(span, text),
    "CMP_SIGN": lambda text, span: s.Ident(span, text),
    "SUM_SIGN": lambda text, span: s.Ident(span, text),
    "PRODUCT_SIGN": lambda text, span: s.Ident(span, text),
    "INT": lambda text, span: s.Int(span, _number(text)),
    "FLOAT": lambda text, span: s.Float(span, float(text)),
    "PERCENT": lambda text, span: s.Percent(span, float(text[:-1])),
    "SIZE": lambda text, span: s.Size(span, tuple(map(_number, re.findall("[0-9]+", text)))),
    "STRING": lambda text, span: s.String(span, text[1:-1]),
    "TRUE": lambda text, span: s.Bool(span, True),
    "FALSE": lambda text, span: s.Bool(span, False),
}


def _good(nodes: list[Any]) -> tuple[Any, ...]:
    """The nodes without the places of statements that could not be read."""
    return tuple(node for node in nodes if node is not None)


def _section(kids: list[Any], span: Span) -> s.Section:
    kind, *rest = kids
    name = rest.pop(0) if rest and isinstance(rest[0], s.Ident) else None
    return s.Section(span, kind, name, _good(rest))


def _block(kids: list[Any], span: Span) -> s.Block:
    name, *params, body = kids
    return s.Block(span, name, tuple(params[0]) if params else (), body)


def _if(kids: list[Any], span: Span) -> s.If:
    condition, then, *otherwise = kids
    return s.If(span, condition, then, otherwise[0] if otherwise else None)


def _arg(kids: list[Any], span: Span) -> s.Arg:
    return s.Arg(span, kids[0] if len(kids) == 2 else None, kids[-1])


def _call(kids: list[Any], span: Span) -> s.Call:
    """ref, ref args, ref body or ref args body; args come as (span, arguments)."""
    path, *rest = kids
    body = rest.pop() if rest and isinstance(rest[-1], s.Body) else None
    args_span, args = rest[0] if rest else (None, None)
    return s.Call(span, path, args, args_span, body)


def _output(kids: list[Any], span: Span) -> s.Output:
    return s.Output(span, kids[0], kids[1] if len(kids) == 2 else None)


def _block_param(kids: list[Any], span: Span) -> s.BlockParam:
    return s.BlockParam(span, kids[0], kids[1] if len(kids) == 2 else None)


def _binary(kids: list[Any], span: Span) -> s.Binary:
    left, sign, right = kids
    return s.Binary(span, sign.text, sign.span, left, right)


RULES: dict[str, Builder] = {
    "start": lambda kids, span: s.File(span, _good(kids)),
    "version": lambda kids, span: s.Version(span, *kids),
    "import_": lambda kids, span: s.Import(span, *kids),
    "model": lambda kids, span: s.Model(span, *kids),
    "block": _block,
    "params": lambda kids, span: kids,
    "block_param": _block_param,
    "section": _section,
    "setting": lambda kids, span: s.Setting(span, kids[0], tuple(kids[1:])),
    "steps": lambda kids, span: s.Chain(span, tuple(kids)),
    "body": lambda kids, span: s.Body(span, _good(kids)),
    "let": lambda kids, span: s.Let(span, *kids),
    "param": lambda kids, span: s.Param(span, *kids),
    "input_": lambda kids, span: s.Input(span, None, kids[-1]),
    "named_input": lambda kids, span: s.Input(span, *kids[-2:]),
    "output": _output,
    "shared": lambda kids, span: s.Shared(span, *kids),
    "named": lambda kids, span: s.Named(span, *kids),
    "branch": lambda kids, span: s.Branch(span, *kids),
    "repeat": lambda kids, span: s.Repeat(span, (), *kids),
    "repeat_in": lambda kids, span: s.Repeat(span, *kids),
    "names": lambda kids, span: tuple(kids),
    "if_": _if,
    "chain": lambda kids, span: s.Chain(span, tuple(kids)),
    "call_with_body": _call,
    "call": _call,
    "input_ref": lambda kids, span: s.Call(span, tuple(kids)),
    "ref": lambda kids, span: tuple(kids),
    "args": lambda kids, span: (span, tuple(kids)),
    "arg": _arg,
    "range": lambda kids, span: s.Range(span, *kids),
    "until": lambda kids, span: s.Until(span, *kids),
    "binary": _binary,
    "unary": lambda kids, span: s.Unary(span, kids[0].text, kids[1]),
    "group": lambda kids, span: kids[0],
    "list": lambda kids, span: s.List(span, tuple(kids)),
    "tuple": lambda kids, span: s.Tuple(span, tuple(kids)),
    "quantity": lambda kids, span: s.Quantity(span, *kids),
}
