"""Expressions with holes: what stays the same from one use of a block to the next, and the numbers
that differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from specc.codegen.python.expressions import Attr, Call, Expr, Index, Infix, Lit, Raw, Seq

Number: TypeAlias = int | float


@dataclass(frozen=True, slots=True)
class ValueRef(Expr):
    """The value number `index` of a scope; gets its variable when the scope is written."""

    index: int

    def text(self) -> str:
        return f"<{self.index}>"


@dataclass(frozen=True, slots=True)
class Hole(Expr):
    """The place of number `index`; its type is kept, so that `1` and `1.0` stay apart."""

    index: int
    type: str

    def text(self) -> str:
        return f"<{self.type}>"


@dataclass(frozen=True, slots=True)
class Setup(Expr):
    """In an item's module: the variable of its setup number `index`."""

    index: int

    def text(self) -> str:
        return f"<setup {self.index}>"


@dataclass(frozen=True, slots=True)
class Signature:
    """A framework's constructor.

    positions: what its positional arguments mean. order: its named arguments. defaults: the numbers
    that it takes where a lowering leaves an argument out.
    """

    positions: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    defaults: Mapping[str, Number] = field(default_factory=dict)


Signatures: TypeAlias = Mapping[str, Signature]
NO_SIGNATURE = Signature()


def rewrite(expr: Expr, leaf: Callable[[Expr], Expr]) -> Expr:
    """The expression with every leaf replaced."""
    if isinstance(expr, Call):
        args = tuple([rewrite(arg, leaf) for arg in expr.args])
        kwargs = tuple([(name, rewrite(value, leaf)) for name, value in expr.kwargs])
        return Call(rewrite(expr.func, leaf), args, kwargs)
    if isinstance(expr, Seq):
        return Seq(tuple([rewrite(item, leaf) for item in expr.items]), expr.brackets)
    if isinstance(expr, Attr):
        return Attr(rewrite(expr.target, leaf), expr.name)
    if isinstance(expr, Index):
        return Index(rewrite(expr.target, leaf), expr.items)
    if isinstance(expr, Infix):
        operands = (rewrite(operand, leaf) for operand in expr.operands)
        return Infix(expr.op, tuple(map(_operand, operands)))
    return leaf(expr)


def _operand(expr: Expr) -> Expr:
    return Raw(f"({expr.text()})") if isinstance(expr, Infix) else expr


@dataclass(slots=True)
class Digger:
    """Takes the numbers out of expressions, with the name of the argument that each was."""

    signatures: Signatures
    layer: str = ""
    numbers: list[Number] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)
    """(layer, argument) of each number."""

    def dig(self, expr: Expr, argument: str = "size") -> Expr:
        match expr:
            case Lit(value) if type(value) in (int, float):
                self.numbers.append(value)
                self.names.append((self.layer, argument))
                return Hole(len(self.numbers) - 1, type(value).__name__)
            case Seq(items, brackets):
                return Seq(tuple(self.dig(item, argument) for item in items), brackets)
            case Call():
                return self._dig_call(expr)
            case Attr(target, name):
                return Attr(self.dig(target), name)
            case Index(target, items):
                return Index(self.dig(target), items)
            case Infix(op, operands):
                return Infix(op, tuple(map(self.dig, operands)))
        return expr

    def _dig_call(self, expr: Call) -> Call:
        signature = self.signatures.get(expr.func.text(), NO_SIGNATURE)
        names = signature.positions[: len(expr.args)]
        names += ("size",) * (len(expr.args) - len(names))
        func = self.dig(expr.func)
        args = tuple(map(self.dig, expr.args, names))
        kwargs = tuple(
            (name, self.dig(value, name)) for name, value in _complete(expr.kwargs, signature)
        )
        return Call(func, args, kwargs)


def _complete(
    kwargs: tuple[tuple[str, Expr], ...], signature: Signature
) -> tuple[tuple[str, Expr], ...]:
    """The arguments with those that were left out at their default, in one order for all uses."""
    if not signature.defaults:
        return kwargs
    given = dict(kwargs)
    order = dict.fromkeys([*signature.order, *given])
    defaults = {name: Lit(value) for name, value in signature.defaults.items()}
    given = {**defaults, **given}
    return tuple((name, given[name]) for name in order if name in given)


def fill(expr: Expr, holes: list[Expr], signatures: Signatures) -> Expr:
    """The expression with its holes filled; arguments at the framework's default are left out
    again.
    """

    def leaf(part: Expr) -> Expr:
        return holes[part.index] if isinstance(part, Hole) else part

    return _leave_out(rewrite(expr, leaf), signatures)


def _leave_out(expr: Expr, signatures: Signatures) -> Expr:
    if not isinstance(expr, Call):
        return expr
    inner = tuple(_leave_out(arg, signatures) for arg in expr.args)
    expr = replace(expr, func=_leave_out(expr.func, signatures), args=inner)
    signature = signatures.get(expr.func.text(), NO_SIGNATURE)
    if not signature.defaults:
        return expr
    missing = object()
    kept = tuple(
        (name, value)
        for name, value in expr.kwargs
        if not (isinstance(value, Lit) and value.value == signature.defaults.get(name, missing))
    )
    return replace(expr, kwargs=kept)
