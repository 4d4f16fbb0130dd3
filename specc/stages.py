"""Each stage of the pipeline as text: what `specc build --show` prints.

text -> syntax tree -> IR -> plan -> script
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from specc import ir, syntax
from specc.codegen.model.plan import Item, PlannedScope, make_plan
from specc.source import Source, Span


def syntax_text(file: syntax.File, source: Source) -> str:
    """A line for each node: its place, its kind and what it says."""
    return "\n".join(_node("", file, source, 0))


def _node(label: str, node: Any, source: Source, depth: int) -> Iterator[str]:
    span, inner, said = Span(0, 0), [], ""
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Span):
            span = value
        elif is_dataclass(value) or _holds_nodes(value):
            inner.append((field.name, value))
        elif value not in (None, (), []):
            said += f" {json.dumps(value, ensure_ascii=False, default=str)}"
    line, column = source.position(span.start)
    named = f"{label}: " if label else ""
    yield f"{f'{line}:{column}':8}{'  ' * depth}{named}{type(node).__name__}{said}"
    for name, value in inner:
        yield from _inner(name, value, source, depth + 1)


def _holds_nodes(value: Any) -> bool:
    return isinstance(value, tuple | list) and any(
        is_dataclass(e) or _holds_nodes(e) for e in value
    )


def _inner(name: str, value: Any, source: Source, depth: int) -> Iterator[str]:
    if is_dataclass(value):
        yield from _node(name, value, source, depth)
        return
    for each in value:
        yield from _inner(name, each, source, depth)


def plan_text(model: ir.Model) -> str:
    """A line for each layer and for each use of a block: what it reads, and its value's shape."""
    plan = make_plan(model)
    head = f"model {model.name}: {plan.parameters:,} parameters"
    given = [f"  {each.name}: input {'x'.join(map(str, each.shape))}" for each in model.inputs]
    rows = _scope(plan.root, plan.shapes, 1)
    made = [f"  output {each.name} = {each.value}" for each in model.outputs]
    return "\n".join([head, *given, *rows, *made])


def _scope(scope: PlannedScope, shapes: dict[str, tuple[int, ...]], depth: int) -> Iterator[str]:
    for item in scope.items:
        read = ", ".join(item.inputs)
        shape = "x".join(map(str, shapes[item.value]))
        yield f"{'  ' * depth}{item.label}: {item.word}({read}) -> {shape}{_remarks(item)}"
        if item.body is not None:
            yield from _scope(item.body, shapes, depth + 1)


def _remarks(item: Item) -> str:
    shared = f"  with the weights of {item.layer}" if item.layer != item.name else ""
    return shared + (f"  {item.folded} is folded into the loss" if item.folded else "")
