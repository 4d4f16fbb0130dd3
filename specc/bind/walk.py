"""Walks over a syntax tree, however deep or long it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specc.source import Span
from specc.syntax import Call

_PLAIN = (int, float, bool, str, Span, type(None))


def walk(root: Any) -> Iterator[Any]:
    """Every node below (and with) the root; not in the order of the text."""
    # With a stack of its own: a long sum is a tree as deep as it is long.
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
            continue
        names: tuple[str, ...] = getattr(node, "__slots__", ())
        if "span" in names:
            yield node
            for name in names:
                child = getattr(node, name)
                if not isinstance(child, _PLAIN):
                    stack.append(child)


def mentions(root: Any) -> set[str]:
    """The names that begin a reference somewhere below."""
    return {node.path[0].text for node in walk(root) if isinstance(node, Call)}
