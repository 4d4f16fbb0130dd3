"""Python expressions as trees, so that text from a spec is only ever a literal.

A lowering builds them with `call`, `raw` and plain Python values; only `raw` takes Python text, and
that text is written in a backend, never taken from a spec.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any


class Expr:
    """Base. `text()` is the expression on one line."""

    def text(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True, slots=True)
class Lit(Expr):
    """A literal: None, bool, int, float or str."""

    value: Any

    def text(self) -> str:
        if isinstance(self.value, str):
            return quote(self.value)
        return repr(self.value)


@dataclass(frozen=True, slots=True)
class Raw(Expr):
    """A name or other text that a backend wrote."""

    source: str

    def text(self) -> str:
        return self.source


@dataclass(frozen=True, slots=True)
class Seq(Expr):
    """A tuple or, with brackets `[]`, a list."""

    items: tuple[Expr, ...]
    brackets: str = "()"

    def text(self) -> str:
        inner = ", ".join(item.text() for item in self.items)
        comma = "," if self.brackets == "()" and len(self.items) == 1 else ""
        return f"{self.brackets[0]}{inner}{comma}{self.brackets[1]}"


@dataclass(frozen=True, slots=True)
class Call(Expr):
    func: Expr
    args: tuple[Expr, ...] = ()
    kwargs: tuple[tuple[str, Expr], ...] = ()

    def text(self) -> str:
        parts = [arg.text() for arg in self.args] + [
            f"{name}={value.text()}" for name, value in self.kwargs
        ]
        return f"{self.func.text()}({', '.join(parts)})"


@dataclass(frozen=True, slots=True)
class Attr(Expr):
    """`target.name`."""

    target: Expr
    name: str

    def text(self) -> str:
        return f"{self.target.text()}.{self.name}"


@dataclass(frozen=True, slots=True)
class Infix(Expr):
    """`a + b + c`: operands are names, calls or attributes, so that no parentheses are needed
    inside."""

    op: str
    operands: tuple[Expr, ...]

    def text(self) -> str:
        return f" {self.op} ".join(operand.text() for operand in self.operands)


@dataclass(frozen=True, slots=True)
class Index(Expr):
    """`target[items]`; the items are Python text of a backend's own, such as `:, :-1`."""

    target: Expr
    items: str

    def text(self) -> str:
        return f"{self.target.text()}[{self.items}]"


@dataclass(frozen=True, slots=True)
class LayerName(Expr):
    """A layer's name as a string: a literal in a model, `f"{name}.conv"` inside a block's
    function."""

    local: str
    in_block: bool = False

    def text(self) -> str:
        return f'f"{{name}}.{self.local}"' if self.in_block else quote(self.local)

    def sub(self, suffix: str) -> LayerName:
        """The name of a helper layer that belongs to this one, such as its padding."""
        return LayerName(f"{self.local}.{suffix}", self.in_block)


def parts(whole: Expr) -> Iterator[Expr]:
    """The expressions of which one is made."""
    for field in fields(whole):  # type: ignore[arg-type]  # every expression is a dataclass
        yield from _inside(getattr(whole, field.name))


def _inside(value: object) -> Iterator[Expr]:
    if isinstance(value, Expr):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _inside(item)


def quote(text: str) -> str:
    """A string literal in double quotes, as formatters write it, holding only printable ASCII."""
    single = repr(text) if text.isascii() else ascii(text)
    if single[0] == '"' or '"' in text:
        return single
    return '"' + single[1:-1].replace("\\'", "'") + '"'


def expr(value: Any) -> Expr:
    """An expression of a plain value: numbers, strings, None, tuples, lists; an Expr stays as it
    is."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, tuple | list):
        return Seq(tuple(map(expr, value)), "()" if isinstance(value, tuple) else "[]")
    assert value is None or isinstance(value, bool | int | float | str), value
    return Lit(value)


def raw(source: str) -> Raw:
    return Raw(source)


def call(func: str | Expr, *args: Any, **kwargs: Any) -> Call:
    """A call; `func` as a string is Python text of a backend's own, arguments are values or
    expressions."""
    target = func if isinstance(func, Expr) else Raw(func)
    return Call(
        target, tuple(map(expr, args)), tuple((name, expr(value)) for name, value in kwargs.items())
    )


def method(target: Expr, name: str, *args: Any, **kwargs: Any) -> Call:
    """`target.name(...)`."""
    return call(Attr(target, name), *args, **kwargs)


def operand(value: Expr, op: str) -> Expr:
    """The value as the first operand of `+`, or any of `*`: in parentheses where it would not stay
    whole."""
    node = ast.parse(value.text(), mode="eval").body
    whole = isinstance(node, ast.Call | ast.Name | ast.Attribute | ast.Subscript | ast.Constant)
    if op == "+" and isinstance(node, ast.BinOp):
        whole = isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div)
    # A call of nothing: so it breaks where a call does.
    return value if whole else Call(raw(""), (value,))


def compact(numbers: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number where all are the same: `3` for `(3, 3)`."""
    return numbers[0] if len(set(numbers)) == 1 else numbers
