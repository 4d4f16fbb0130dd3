"""The graph while it is being built: names come last, when all of a kind are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from specc import ir
from specc.ops.base import Dims, Layer
from specc.reserved import NO_LAYER
from specc.source import Source, Span


@dataclass(frozen=True)
class Origin:
    """Where a node comes from: the layer's name, and its arguments by field."""

    source: Source
    span: Span
    arguments: dict[str, Span]


@dataclass(eq=False)
class InputValue:
    name: str
    shape: Dims
    origin: Origin


@dataclass(eq=False)
class NodeValue:
    op: Layer
    inputs: tuple[Value, ...]
    shape: Dims
    origin: Origin
    owner: Namespace
    named: bool = False


class Poison:
    """The value of something that has been reported: whatever reads it stays silent."""

    shape: Dims = ()


POISON = Poison()
Value: TypeAlias = InputValue | NodeValue | Poison


@dataclass(eq=False)
class Namespace:
    """Something that gets a path: a layer, or a use of a block with a space for names."""

    stem: str
    parent: Namespace | None
    user: bool = False
    repeated: bool = False
    children: list[Namespace] = field(default_factory=list)
    name: str = ""

    def path(self) -> str:
        parts = []
        here: Namespace | None = self
        while here is not None and here.parent is not None:
            parts.append(here.name)
            here = here.parent
        return ".".join(reversed(parts))

    def add(self, stem: str) -> Namespace:
        made = Namespace(stem, self)
        self.children.append(made)
        return made

    def drop(self, child: Namespace) -> None:
        self.children.remove(child)


@dataclass(eq=False)
class UseValue:
    """A use of a block: its path, the path of the module it applies, what goes in and out."""

    owner: Namespace
    layer: Namespace
    block: str
    arguments: tuple[tuple[str, Any], ...]
    inputs: tuple[Value, ...]
    output: Value
    origin: Origin
    named: bool = False


def give_names(space: Namespace, inputs: Collection[str] = ()) -> None:
    """Name the children: the user's name, numbered where repeated; else the kind, unless alone.

    Neither an input's name nor one that no layer can bear is given without a number.
    """
    users = Counter(child.stem for child in space.children if child.user)
    kinds = Counter(child.stem for child in space.children if not child.user)
    taken = {*inputs, *NO_LAYER}
    own = {stem for stem, count in users.items() if count == 1} - taken
    taken |= own
    rounds: Counter[str] = Counter()
    for child in space.children:
        if child.user:
            if child.stem in own and not child.repeated:
                child.name = child.stem
            else:
                child.name = _next(child.stem, rounds, taken)
                taken.add(child.name)
    numbers: Counter[str] = Counter()
    for child in space.children:
        if not child.user:
            alone = kinds[child.stem] == 1 and child.stem not in taken
            child.name = child.stem if alone else _next(child.stem, numbers, taken)
            taken.add(child.name)
        if child.children:
            give_names(child)


def _next(stem: str, numbers: Counter[str], taken: set[str]) -> str:
    numbers[stem] += 1
    while f"{stem}{numbers[stem]}" in taken:
        numbers[stem] += 1
    return f"{stem}{numbers[stem]}"


@dataclass
class Graph:
    """All that a model's body has made, in order."""

    inputs: list[InputValue] = field(default_factory=list)
    nodes: list[tuple[NodeValue, Namespace]] = field(default_factory=list)
    """Each node with the path of the layer that owns its weights."""
    uses: list[UseValue] = field(default_factory=list)
    outputs: list[tuple[str, Value, Span]] = field(default_factory=list)
    root: Namespace = field(default_factory=lambda: Namespace("", None))

    def reference(self, value: Value) -> str:
        assert not isinstance(value, Poison)
        return value.name if isinstance(value, InputValue) else value.owner.path()

    def to_ir(self, name: str, blocks: dict[str, tuple[str, ...]]) -> ir.Model:
        give_names(self.root, [value.name for value in self.inputs])
        nodes = tuple(
            ir.Node(
                name=node.owner.path(),
                layer=layer.path(),
                op=node.op,
                shape=node.shape,
                named=node.named,
                inputs=tuple(map(self.reference, node.inputs)),
            )
            for node, layer in self.nodes
        )
        uses = tuple(
            ir.Use(
                name=use.owner.path(),
                layer=use.layer.path(),
                block=use.block,
                arguments=use.arguments,
                inputs=tuple(map(self.reference, use.inputs)),
                output=self.reference(use.output),
                shape=use.output.shape,
                named=use.named,
            )
            for use in self.uses
        )
        used = dict.fromkeys(use.block for use in self.uses)
        return ir.Model(
            name=name,
            inputs=tuple(ir.Input(name=value.name, shape=value.shape) for value in self.inputs),
            nodes=nodes,
            uses=uses,
            blocks=tuple(ir.Block(name=block, parameters=blocks[block]) for block in used),
            outputs=tuple(
                ir.Output(name=out, value=self.reference(value)) for out, value, _ in self.outputs
            ),
        )

    def origins(self) -> dict[str, Origin]:
        """After to_ir: where each node stands in the text."""
        return {node.owner.path(): node.origin for node, _ in self.nodes}
