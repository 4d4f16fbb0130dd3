"""The intermediate representation: all that a spec means, checked, every default written out.

Frozen, JSON-serialisable; knows no framework and no text positions.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, SerializeAsAny

from specc.nested import TermOf
from specc.terms import Term

IR_VERSION = 1

LayerField: TypeAlias = Annotated[SerializeAsAny[Term], TermOf("layer")]
LossField: TypeAlias = Annotated[SerializeAsAny[Term], TermOf("loss")]
OptimizerField: TypeAlias = Annotated[SerializeAsAny[Term], TermOf("optimizer")]
MetricField: TypeAlias = Annotated[SerializeAsAny[Term], TermOf("metric")]
SourceField: TypeAlias = Annotated[SerializeAsAny[Term], TermOf("source")]
ScalingField: TypeAlias = Annotated[SerializeAsAny[Term], TermOf("scaling")]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Input(Part):
    """A value that the data feeds: its name and its shape without the batch axis, channels last."""

    name: str
    shape: tuple[int, ...]


class Node(Part):
    """One application of a layer.

    name: the value's own dotted path. layer: the path of the layer that owns the weights; several nodes name the same
    one where a layer is shared. inputs: names of nodes, inputs or block uses' results (always a node or an input).
    """

    name: str
    layer: str
    op: LayerField
    inputs: tuple[str, ...]
    shape: tuple[int, ...]
    named: bool = False
    """The user gave the value this name."""


class Use(Part):
    """One use of a block: the nodes whose names begin with `name.` are its body.

    layer: the path of the module (equal to name unless shared). arguments: numbers, words and sizes (`3x3`) by parameter.
    inputs: the values it is given, first the chain's. output: the node or input that is its result.
    """

    name: str
    layer: str
    block: str
    arguments: tuple[tuple[str, bool | int | float | str], ...]
    inputs: tuple[str, ...]
    output: str
    shape: tuple[int, ...]
    named: bool = False


class Output(Part):
    """A result of the model.

    activation: what the loss has taken over from the last layer: the network trains on logits and applies it when it
    predicts. `none` where the loss works on the output as it is.
    """

    name: str
    value: str
    activation: Literal["none", "sigmoid", "softmax"] = "none"


class Block(Part):
    """A block of the spec that the model uses, by name, with its parameters in order."""

    name: str
    parameters: tuple[str, ...]


class Model(Part):
    """The graph: nodes in the order of the spec, which is an order of execution; uses say where blocks begin."""

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    uses: tuple[Use, ...]
    blocks: tuple[Block, ...]
    outputs: tuple[Output, ...]


class Split(Part):
    """Shares of the data, in percent of the permuted whole; test is 0 where the source brings its own test part."""

    train: float
    validation: float
    test: float


class Data(Part):
    source: SourceField
    split: Split | None
    labels: Literal["integers", "onehot"]
    scaling: ScalingField | None
    classes: tuple[str, ...] | None


class OutputLoss(Part):
    output: str
    loss: LossField


class OutputMetric(Part):
    output: str
    metric: MetricField


class Train(Part):
    losses: tuple[OutputLoss, ...]
    metrics: tuple[OutputMetric, ...]
    optimizer: OptimizerField
    batch: int
    epochs: int
    seed: int


class Spec(Part):
    """A whole spec. data and train are None for a model without them, which can be summarised but not built."""

    version: Literal[1] = 1
    file: str
    """The spec file's name, without its folder."""
    model: Model
    data: Data | None
    train: Train | None
