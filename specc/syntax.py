"""The syntax tree of a `.cnn` file. Every node has the span of its text; names are spans with a
text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, TypeVar, dataclass_transform

from specc.source import Span

_Node = TypeVar("_Node")


@dataclass_transform(frozen_default=True, eq_default=False)
def node(cls: type[_Node]) -> type[_Node]:
    """A node never changes. Only the type checker sees to that: methods that do, and those that
    compare and hash fields, took longer to make at each start than a spec takes to read."""
    return dataclass(slots=True, eq=False)(cls)


@node
class Ident:
    span: Span
    text: str


# ---- values


@node
class Int:
    span: Span
    value: int


@node
class Float:
    span: Span
    value: float


@node
class Percent:
    """`80%`: value is 80.0."""

    span: Span
    value: float


@node
class Size:
    """`64x64x3`."""

    span: Span
    numbers: tuple[int, ...]


@node
class String:
    span: Span
    text: str


@node
class Bool:
    span: Span
    value: bool


@node
class Quantity:
    """`5 epochs`, `80% train`."""

    span: Span
    amount: Int | Float | Percent
    unit: Ident


@node
class List:
    span: Span
    items: tuple[Value, ...]


@node
class Tuple:
    span: Span
    items: tuple[Value, ...]


@node
class Range:
    """`low..high`, both ends included."""

    span: Span
    low: Value
    high: Value


@node
class Until:
    """`backbone until block_13`."""

    span: Span
    value: Value
    stop: Ident


@node
class Binary:
    """`left op right`; op is one of `+ - * / == != <= >= < > and or`, op_span the sign's own
    place."""

    span: Span
    op: str
    op_span: Span
    left: Value
    right: Value


@node
class Unary:
    """`-value`, `+value`, `not value`."""

    span: Span
    op: str
    value: Value


@node
class Arg:
    """An argument: by position (`name` is None) or by name."""

    span: Span
    name: Ident | None
    value: Value


@node
class Call:
    """A reference, perhaps called: `relu`, `input.channels`, `Conv2D(32, 3x3)`, `Add { ... }`.

    args is None without parentheses; args_span is the parentheses with what they hold.
    """

    span: Span
    path: tuple[Ident, ...]
    args: tuple[Arg, ...] | None = None
    args_span: Span | None = None
    body: Body | None = None


Value: TypeAlias = (
    Int
    | Float
    | Percent
    | Size
    | String
    | Bool
    | Quantity
    | List
    | Tuple
    | Range
    | Until
    | Binary
    | Unary
    | Call
)


# ---- statements of models, blocks, branches, repeats


@node
class Let:
    span: Span
    name: Ident
    value: Value


@node
class Param:
    span: Span
    name: Ident
    value: Value


@node
class Input:
    span: Span
    name: Ident | None
    value: Value


@node
class Output:
    """`output name` names the chain's value; `output name = chain` leaves the chain where it
    was."""

    span: Span
    name: Ident
    chain: Chain | None


@node
class Shared:
    """`layer name = Call`."""

    span: Span
    name: Ident
    call: Call


@node
class Named:
    """`name = chain`."""

    span: Span
    name: Ident
    chain: Chain


@node
class Branch:
    span: Span
    body: Body


@node
class Repeat:
    """`repeat count { }` (names empty) or `repeat a, b in rows { }`."""

    span: Span
    names: tuple[Ident, ...]
    over: Value
    body: Body


@node
class If:
    span: Span
    condition: Value
    then: Body
    otherwise: Body | If | None


@node
class Chain:
    span: Span
    calls: tuple[Call, ...]


Statement: TypeAlias = Let | Param | Input | Output | Shared | Named | Branch | Repeat | If | Chain


@node
class Body:
    """`{ ... }`; the span includes the braces."""

    span: Span
    statements: tuple[Statement, ...]


# ---- items of a file


@node
class Version:
    """`cnn 1`."""

    span: Span
    number: Int


@node
class Import:
    span: Span
    path: String


@node
class Model:
    span: Span
    name: Ident
    body: Body


@node
class BlockParam:
    span: Span
    name: Ident
    default: Value | None


@node
class Block:
    span: Span
    name: Ident
    params: tuple[BlockParam, ...]
    body: Body


@node
class Setting:
    """`name = value, value`."""

    span: Span
    name: Ident
    values: tuple[Value, ...]


@node
class Section:
    """`data { }`, `train { }`, and inside them `augment { }`, `stage head { }`, `loss { }`; kind is
    the first word."""

    span: Span
    kind: Ident
    name: Ident | None
    entries: tuple[Setting | Section | Chain, ...]


Item: TypeAlias = Version | Import | Model | Block | Section


@node
class File:
    span: Span
    items: tuple[Item, ...]
