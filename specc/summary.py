"""What a model costs, layer by layer: parameters, multiply-accumulates, sight and memory."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import reduce
from math import ceil, prod
from typing import Any, TypeAlias

from specc import ir
from specc.ops.base import Dims, Layer
from specc.spelling import spell, spell_term

FLOAT = 4
"""Bytes of a float32."""


@dataclass(frozen=True, slots=True)
class Axis:
    """How many cells of the model's input a value sees along an axis, and its neighbours' shift."""

    size: int | Fraction | None
    """None sees everything."""
    step: int | Fraction


Field: TypeAlias = tuple[Axis, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A layer, or with `block` the use of a block whose layers follow, one level deeper."""

    name: str
    layer: str
    shape: Dims
    depth: int
    block: bool
    parameters: int
    trainable: int
    macs: int
    receptive_field: tuple[int | None, ...]
    """Along each spatial axis of the input; None is all of it."""
    activation_bytes: int
    shares_weights_of: str | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """Bytes that training at the spec's batch size needs at least, as float32.

    activations: the outputs of all layers for a whole batch, which the backward pass reads.
    gradients: a number for each trainable parameter. The optimizer's own state and what a framework
    adds for speed are not counted.
    """

    batch: int
    activations: int
    parameters: int
    gradients: int

    @property
    def total(self) -> int:
        return self.activations + self.parameters + self.gradients


@dataclass(frozen=True, slots=True)
class Summary:
    model: str
    inputs: dict[str, Dims]
    outputs: dict[str, Dims]
    rows: tuple[Row, ...]
    parameters: int
    trainable: int
    fully_connected: int
    """Parameters in fully connected layers."""
    macs: int
    activation_bytes: int
    """Outputs of all layers for one sample."""
    training: Training | None


def summarize(spec: ir.Spec) -> Summary:
    """The figures of a checked spec."""
    model = spec.model
    walk = _Walk(model)
    for node in model.nodes:
        walk.node(node)
    layers = [row for row in walk.rows if not row.block]
    parameters = sum(row.parameters for row in layers)
    trainable = sum(row.trainable for row in layers)
    activations = sum(row.activation_bytes for row in layers)
    training = None
    if spec.train:
        batch = spec.train.batch
        training = Training(batch, batch * activations, FLOAT * parameters, FLOAT * trainable)
    return Summary(
        model=model.name,
        inputs={value.name: value.shape for value in model.inputs},
        outputs={output.name: walk.shapes[output.value] for output in model.outputs},
        rows=tuple(walk.rows),
        parameters=parameters,
        trainable=trainable,
        fully_connected=walk.fully_connected,
        macs=sum(row.macs for row in layers),
        activation_bytes=activations,
        training=training,
    )


class _Walk:
    """Goes through the nodes in their order and remembers what was said of earlier values."""

    def __init__(self, model: ir.Model) -> None:
        self.shapes: dict[str, Dims] = {value.name: value.shape for value in model.inputs}
        self.fields: dict[str, Field] = {
            value.name: (Axis(1, 1),) * (len(value.shape) - 1) for value in model.inputs
        }
        self.uses = {use.name: use for use in model.uses}
        self.opened: set[str] = set()
        self.owners: dict[str, str] = {}
        self.rows: list[Row] = []
        self.fully_connected = 0

    def node(self, node: ir.Node) -> None:
        op = _layer(node)
        inputs = tuple(self.shapes[name] for name in node.inputs)
        field = _field(op, [self.fields[name] for name in node.inputs], inputs, node.shape)
        self.shapes[node.name], self.fields[node.name] = node.shape, field
        depth = self._open_blocks(node.name)
        owner = self.owners.setdefault(node.layer, node.name)
        weights = op.weights(*inputs) if owner == node.name else ()
        row = Row(
            name=node.name,
            layer=spell_term(op),
            shape=node.shape,
            depth=depth,
            block=False,
            parameters=sum(prod(weight.shape) for weight in weights),
            trainable=sum(prod(weight.shape) for weight in weights if weight.trainable),
            macs=op.macs(*inputs),
            receptive_field=tuple(None if axis.size is None else ceil(axis.size) for axis in field),
            activation_bytes=FLOAT * prod(node.shape),
            shares_weights_of=owner if owner != node.name else None,
        )
        self.rows.append(row)
        if op.fully_connected:
            self.fully_connected += row.parameters

    def _open_blocks(self, name: str) -> int:
        """Add a row for each use of a block that begins here; how many are open."""
        blocks = [prefix for prefix in _prefixes(name) if prefix in self.uses]
        for depth, block in enumerate(blocks):
            if block not in self.opened:
                self.opened.add(block)
                self.rows.append(_block_row(self.uses[block], depth))
        return len(blocks)


def _layer(node: ir.Node) -> Layer:
    assert isinstance(node.op, Layer)
    return node.op


def _prefixes(name: str) -> list[str]:
    """`a.b.c` -> `a`, `a.b`."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _block_row(use: ir.Use, depth: int) -> Row:
    arguments = ", ".join(f"{name}={spell(value)}" for name, value in use.arguments)
    call = f"{use.block}({arguments})" if arguments else use.block
    return Row(use.name, call, use.shape, depth, True, 0, 0, 0, (), 0)


def _field(op: Layer, inputs: list[Field], shapes: tuple[Dims, ...], shape: Dims) -> Field:
    field = reduce(_union, inputs)
    if len(shape) != len(shapes[0]):
        # The places of the input are no longer apart, as after Flatten.
        return tuple(Axis(None, axis.step) for axis in field)
    reaches = op.reach(*shapes)
    if not reaches:
        return field
    return tuple(
        Axis(
            None
            if axis.size is None or reach.window is None
            else axis.size + (reach.window - 1) * axis.step,
            Fraction(axis.step * reach.stride, reach.zoom),
        )
        for axis, reach in zip(field, reaches, strict=False)
    )


def _union(one: Field, other: Field) -> Field:
    """What a merge of two values sees: the larger of both along each axis."""
    if len(one) != len(other):
        return max(one, other, key=len)
    return tuple(
        Axis(None if a.size is None or b.size is None else max(a.size, b.size), max(a.step, b.step))
        for a, b in zip(one, other, strict=True)
    )


def as_json(summary: Summary) -> dict[str, Any]:
    """The summary as JSON would hold it; bytes are float32, `training.total` included."""
    data = asdict(summary)
    if summary.training:
        data["training"]["total"] = summary.training.total
    return data
