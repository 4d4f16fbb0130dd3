"""The syntax tree of a `.cnn` file. Every node has the span of its text; names are spans with a
text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from specc.source import Span


@dataclass(frozen=True, slots=True)
class Ident:
    span: Span
    text: str


# ---- values


@dataclass(frozen=True, slots=True)
class Int:
    span: Span
    value: int


@dataclass(frozen=True, slots=True)
class Float:
    span: Span
    value: float


@dataclass(frozen=True, slots=True)
class Percent:
    """`80%`: value is 80.0."""

    span: Span
    value: float


@dataclass(frozen=True, slots=True)
class Size:
    """`64x64x3`."""

    span: Span
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class String:
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Bool:
    span: Span
    value: bool


@dataclass(frozen=True, slots=True)
class Quantity:
    """`5 epochs`, `80% train`."""

    span: Span
    amount: Int | Float | Percent
    unit: Ident


@dataclass(frozen=True, slots=True)
class List:
    span: Span
    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Tuple:
    span: Span
    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """`low..high`, both ends included."""

    span: Span
    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class Until:
    """`backbone until block_13`."""

    span: Span
    value: Value
    stop: Ident


@dataclass(frozen=True, slots=True)
class Binary:
    """`left op right`; op is one of `+ - * / == != <= >= < > and or`, op_span the sign's own
    place."""

    span: Span
    op: str
    op_span: Span
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Unary:
    """`-value`, `+value`, `not value`."""

    span: Span
    op: str
    value: Value


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument: by position (`name` is None) or by name."""

    span: Span
    name: Ident | None
    value: Value


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Let:
    span: Span
    name: Ident
    value: Value


@dataclass(frozen=True, slots=True)
class Param:
    span: Span
    name: Ident
    value: Value


@dataclass(frozen=True, slots=True)
class Input:
    span: Span
    name: Ident | None
    value: Value


@dataclass(frozen=True, slots=True)
class Output:
    """`output name` names the chain's value; `output name = chain` leaves the chain where it
    was."""

    span: Span
    name: Ident
    chain: Chain | None


@dataclass(frozen=True, slots=True)
class Shared:
    """`layer name = Call`."""

    span: Span
    name: Ident
    call: Call


@dataclass(frozen=True, slots=True)
class Named:
    """`name = chain`."""

    span: Span
    name: Ident
    chain: Chain


@dataclass(frozen=True, slots=True)
class Branch:
    span: Span
    body: Body


@dataclass(frozen=True, slots=True)
class Repeat:
    """`repeat count { }` (names empty) or `repeat a, b in rows { }`."""

    span: Span
    names: tuple[Ident, ...]
    over: Value
    body: Body


@dataclass(frozen=True, slots=True)
class If:
    span: Span
    condition: Value
    then: Body
    otherwise: Body | If | None


@dataclass(frozen=True, slots=True)
class Chain:
    span: Span
    calls: tuple[Call, ...]


Statement: TypeAlias = Let | Param | Input | Output | Shared | Named | Branch | Repeat | If | Chain


@dataclass(frozen=True, slots=True)
class Body:
    """`{ ... }`; the span includes the braces."""

    span: Span
    statements: tuple[Statement, ...]


# ---- items of a file


@dataclass(frozen=True, slots=True)
class Version:
    """`cnn 1`."""

    span: Span
    number: Int


@dataclass(frozen=True, slots=True)
class Import:
    span: Span
    path: String


@dataclass(frozen=True, slots=True)
class Model:
    span: Span
    name: Ident
    body: Body


@dataclass(frozen=True, slots=True)
class BlockParam:
    span: Span
    name: Ident
    default: Value | None


@dataclass(frozen=True, slots=True)
class Block:
    span: Span
    name: Ident
    params: tuple[BlockParam, ...]
    body: Body


@dataclass(frozen=True, slots=True)
class Setting:
    """`name = value, value`."""

    span: Span
    name: Ident
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """`data { }`, `train { }`, and inside them `augment { }`, `stage head { }`, `loss { }`; kind is
    the first word."""

    span: Span
    kind: Ident
    name: Ident | None
    entries: tuple[Setting | Section | Chain, ...]


Item: TypeAlias = Version | Import | Model | Block | Section


@dataclass(frozen=True, slots=True)
class File:
    span: Span
    items: tuple[Item, ...]
