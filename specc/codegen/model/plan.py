"""From the flat graph to scopes: the model's own, and one for each use of a block; what every
backend needs alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from specc.ir import Model, Node, Use
from specc.ops.base import Dims, Layer, Weight


@dataclass(slots=True, eq=False)
class Item:
    """One step of a scope: a layer, or the use of a block (`body`).

    name: the value's path. layer: the path of what owns the weights. value: the id of the result,
    by which other items read it. folded: an activation that the loss has taken over from it.
    """

    name: str
    layer: str
    inputs: tuple[str, ...]
    value: str
    named: bool
    op: Layer | None = None
    body: PlannedScope | None = field(default=None, repr=False)
    folded: str = ""

    @property
    def word(self) -> str:
        """What the spec calls it."""
        if self.op is not None:
            return self.op.word()
        assert self.body is not None and self.body.use is not None
        return self.body.use.block

    @property
    def local(self) -> str:
        """The layer's name within its scope."""
        return self.layer.rpartition(".")[2]

    @property
    def label(self) -> str:
        """The value's name within its scope."""
        return self.name.rpartition(".")[2]


@dataclass(slots=True, eq=False)
class PlannedScope:
    """The model (use is None) or a use of a block. inputs: ids of the values that it reads from
    outside.
    """

    use: Use | None
    parent: PlannedScope | None = field(repr=False)
    inputs: list[str]
    items: list[Item] = field(default_factory=list, repr=False)
    outputs: tuple[str, ...] = ()
    made: set[str] = field(default_factory=set, repr=False)
    """Ids of the values that are computed here."""

    @property
    def layer(self) -> str:
        return "" if self.use is None else self.use.layer

    @property
    def block(self) -> str:
        return "" if self.use is None else self.use.block

    def uses(self) -> dict[str, int]:
        """How often each layer is applied here: more than once where it is shared."""
        counts: dict[str, int] = {}
        for item in self.items:
            counts[item.local] = counts.get(item.local, 0) + 1
        return counts


@dataclass(slots=True, eq=False)
class Plan:
    model: Model
    root: PlannedScope
    bodies: list[PlannedScope]
    """Every use of a block, in the order of the spec."""
    shapes: dict[str, Dims]
    parameters: int
    weights: list[tuple[str, Weight]]
    """The canonical weights with their full names, `conv1.weight`, a shared layer's once."""
    first: frozenset[tuple[str, str]]
    """The block, if any, and the name in it of each layer before which nothing learns, in one use
    at least: no gradient is asked of what it is given there."""

    @property
    def plain_chain(self) -> bool:
        """No blocks, nothing shared, every layer reads only the one before it, one input, one
        output.
        """
        if self.bodies or len(self.model.inputs) != 1 or len(self.model.outputs) != 1:
            return False
        last = self.model.inputs[0].name
        for item in self.root.items:
            if item.inputs != (last,) or item.name != item.layer:
                return False
            last = item.value
        return (last,) == self.root.outputs


def layer_of(node: Node) -> Layer:
    """The node's layer, under its own type."""
    assert isinstance(node.op, Layer)
    return node.op


def make_plan(model: Model) -> Plan:
    """Sort the nodes into scopes, with the activations folded that the losses have taken over."""
    folded, alias, rests = _folds(model)
    builder = _Builder(model, alias)
    for node in model.nodes:
        if node.name not in alias:
            op = folded.get(node.name, layer_of(node))
            builder.add(node, op, rests.get(node.name, ""))
    for body in builder.bodies:
        builder.settle(body)
    root = builder.root
    root.outputs = tuple(alias.get(output.value, output.value) for output in model.outputs)
    shapes = {given.name: given.shape for given in model.inputs}
    shapes |= {node.name: node.shape for node in model.nodes}
    weights = _weights(model, shapes)
    count = sum(_size(weight.shape) for _, weight in weights if weight.trainable)
    first = frozenset(_first(model, shapes, [root, *builder.bodies]))
    return Plan(model, root, builder.bodies, shapes, count, weights, first)


def _folds(model: Model) -> tuple[dict[str, Layer], dict[str, str], dict[str, str]]:
    """Layers without the activation that a loss took over; layers left out, by the value that
    stands for theirs; and what was folded at the layers that stay."""
    folded: dict[str, Layer] = {}
    alias: dict[str, str] = {}
    rests: dict[str, str] = {}
    wanted = {
        output.value: output.activation for output in model.outputs if output.activation != "none"
    }
    for node in model.nodes if wanted else ():
        activation = wanted.get(node.name)
        if activation is None:
            continue
        if getattr(node.op, "activation", None) == activation:
            folded[node.name] = layer_of(node).model_copy(update={"activation": "linear"})
            rests[node.name] = activation
        else:
            assert node.op.word().lower() == activation, node
            alias[node.name] = node.inputs[0]
            rests[node.inputs[0]] = activation
    return folded, alias, rests


@dataclass
class _Builder:
    model: Model
    alias: dict[str, str]
    bodies: list[PlannedScope] = field(default_factory=list)
    items: dict[str, Item] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [part.name for part in self.model.inputs]
        self.root = PlannedScope(None, None, names, made=set(names))
        self.uses = {use.name: use for use in self.model.uses}
        self.scopes: dict[str, PlannedScope] = {}

    def resolve(self, value: str) -> str:
        return self.alias.get(value, value)

    def add(self, node: Node, op: Layer, folded: str) -> None:
        scope = self.scope(node.name)
        inputs = tuple(map(self.resolve, node.inputs))
        for value in inputs:
            _read(scope, value)
        scope.made.add(node.name)
        scope.items.append(
            Item(node.name, node.layer, inputs, node.name, node.named, op, None, folded)
        )

    def scope(self, name: str) -> PlannedScope:
        """The innermost use that a path belongs to, made when its first node is met."""
        prefix = name.rpartition(".")[0]
        while prefix and prefix not in self.uses:
            prefix = prefix.rpartition(".")[0]
        if not prefix:
            return self.root
        if prefix not in self.scopes:
            self.scopes[prefix] = self._enter(self.uses[prefix])
        return self.scopes[prefix]

    def _enter(self, use: Use) -> PlannedScope:
        parent = self.scope(use.name)
        result = self.resolve(use.output)
        body = PlannedScope(use, parent, [], outputs=(result,))
        parent.made.add(result)
        self.items[use.name] = Item(use.name, use.layer, (), result, use.named, None, body)
        parent.items.append(self.items[use.name])
        self.bodies.append(body)
        return body

    def settle(self, body: PlannedScope) -> None:
        """Put what a use reads in the order in which it is given: the chain's value first."""
        assert body.use is not None
        given = list(map(self.resolve, body.use.inputs))
        body.inputs.sort(key=lambda value: given.index(value) if value in given else len(given))
        self.items[body.use.name].inputs = tuple(body.inputs)


def _read(scope: PlannedScope, value: str) -> None:
    """Note a value as an input of every scope between the one that reads it and the one that makes
    it.
    """
    here: PlannedScope | None = scope
    while here is not None and value not in here.made and value not in here.inputs:
        here.inputs.append(value)
        here = here.parent
    assert here is not None, value


def _weights(model: Model, shapes: dict[str, Dims]) -> list[tuple[str, Weight]]:
    seen: set[str] = set()
    found: list[tuple[str, Weight]] = []
    for node in model.nodes:
        if node.layer not in seen:
            seen.add(node.layer)
            weights = layer_of(node).weights(*(shapes[value] for value in node.inputs))
            found += ((f"{node.layer}.{weight.name}", weight) for weight in weights)
    return found


def _first(
    model: Model, shapes: dict[str, Dims], scopes: list[PlannedScope]
) -> Iterator[tuple[str, str]]:
    learned: set[str] = set()
    found: set[str] = set()
    for node in model.nodes:
        if learned.isdisjoint(node.inputs):
            found.add(node.name)
            weights = layer_of(node).weights(*(shapes[value] for value in node.inputs))
            if not any(weight.trainable for weight in weights):
                continue
        learned.add(node.name)
    for scope in scopes:
        yield from ((scope.block, item.local) for item in scope.items if item.name in found)


def _size(shape: Dims) -> int:
    count = 1
    for extent in shape:
        count *= extent
    return count
