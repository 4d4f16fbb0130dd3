"""Walks over a syntax tree, however deep or long it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specc.syntax import (
    Arg,
    Binary,
    Block,
    BlockParam,
    Body,
    Branch,
    Call,
    Chain,
    If,
    Input,
    Let,
    List,
    Model,
    Named,
    Output,
    Param,
    Range,
    Repeat,
    Shared,
    Tuple,
    Unary,
    Until,
)

_CHILDREN: dict[type, tuple[str, ...]] = {
    Arg: ("value",),
    Binary: ("left", "right"),
    Block: ("params", "body"),
    BlockParam: ("default",),
    Body: ("statements",),
    Branch: ("body",),
    Call: ("args", "body"),
    Chain: ("calls",),
    If: ("condition", "then", "otherwise"),
    Input: ("value",),
    Let: ("value",),
    List: ("items",),
    Model: ("body",),
    Named: ("chain",),
    Output: ("chain",),
    Param: ("value",),
    Range: ("low", "high"),
    Repeat: ("over", "body"),
    Shared: ("call",),
    Tuple: ("items",),
    Unary: ("value",),
    Until: ("value",),
}


def walk(root: Model | Block) -> Iterator[Any]:
    """Every statement, call and value below (and with) the root; not in the order of the text."""
    # With a stack of its own: a long sum is a tree as deep as it is long.
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        names = _CHILDREN.get(type(node))
        if names is None:
            continue
        yield node
        for name in names:
            child = getattr(node, name)
            if type(child) is tuple:
                stack.extend(child)
            elif child is not None:
                stack.append(child)
