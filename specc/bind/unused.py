"""Names that are made and never used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import Any

from specc.bind.arguments import Binder
from specc.bind.report import Failed, Report
from specc.bind.scope import Scope
from specc.bind.values import Evaluator
from specc.registry import find
from specc.source import Source, Span
from specc.syntax import Block, BlockParam, Call, Chain, File, Let, Model, Named, Param, Shared

_KINDS = {Let: "W0201", Param: "W0202", BlockParam: "W0202"}
_WORDS = {Let: "let", Param: "param", BlockParam: "parameter"}


def report_unused(file: File, source: Source, report: Report) -> None:
    """Warn of `let`s, `param`s and block parameters that nothing mentions, and unused blocks."""
    for item in file.items:
        if isinstance(item, Model | Block):
            mentioned = set(_mentions(item))
            for made in _definitions(item):
                if made.name.text not in mentioned:
                    word = _WORDS[type(made)]
                    report.warning(
                        _KINDS[type(made)],
                        f"the {word} `{made.name.text}` is never used",
                        source,
                        made.name.span,
                        help="use it or take it out",
                    )
    if any(isinstance(item, Model) for item in file.items):
        _blocks(file, source, report)


def _blocks(file: File, source: Source, report: Report) -> None:
    mentioned = {name for item in file.items for name in _mentions(item)}
    for item in file.items:
        if isinstance(item, Block) and item.name.text not in mentioned:
            report.warning(
                "W0203",
                f"the block `{item.name.text}` is never used",
                source,
                item.name.span,
                help="use it or take it out",
            )


def _definitions(root: Any) -> Iterator[Let | Param | BlockParam]:
    return (node for node in _walk(root) if isinstance(node, Let | Param | BlockParam))


def _mentions(root: Any) -> Iterator[str]:
    return (node.path[0].text for node in _walk(root) if isinstance(node, Call))


def _walk(root: Any) -> Iterator[Any]:
    # With a stack of its own: a long sum is a tree as deep as it is long.
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(_children(node))


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, tuple):
        yield from node
    elif is_dataclass(node):
        for each in fields(node):
            child = getattr(node, each.name)
            if isinstance(child, tuple) or (is_dataclass(child) and not isinstance(child, Span)):
                yield child


def report_unknown_layers(
    file: File, source: Source, scope: Scope, expanded: set[int], report: Report
) -> None:
    """Look at the blocks that no model has expanded: at least every layer they name must exist."""
    binder = Binder(source, Evaluator(source, scope, report), report)
    blocks = tuple(name for name in scope.visible())
    for item in file.items:
        if not isinstance(item, Block) or id(item) in expanded:
            continue
        made = {
            name
            for node in _walk(item)
            if isinstance(node, Shared | Named)
            for name in (node.name.text,)
        }
        for chain in (node for node in _walk(item) if isinstance(node, Chain)):
            for call in chain.calls:
                name = ".".join(part.text for part in call.path)
                if (
                    name[0].isupper()
                    and name not in made
                    and scope.find(name) is None
                    and find("layer", name) is None
                ):
                    with suppress(Failed):
                        binder.unknown(
                            "layer", name, call.path[0].span.to(call.path[-1].span), blocks
                        )
