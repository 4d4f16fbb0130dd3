"""The intermediate representation: all that a spec means, checked, every default written out.

Frozen, JSON-serialisable; knows no framework and no text positions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, SerializeAsAny, model_validator

from specc.nested import TermOf
from specc.ops.base import activation_of
from specc.terms import Term

IR_VERSION = 1

# A field has the type of its category; only a type checker needs the classes for it, and an
# import of all of them would make every command start later.
if TYPE_CHECKING:
    from specc.data.scalings import Scaling
    from specc.data.source import DataSource
    from specc.ops.base import Layer
    from specc.train.losses import Loss
    from specc.train.metrics import Metric
    from specc.train.optimizers import Optimizer

    LayerField: TypeAlias = Layer
    LossField: TypeAlias = Loss
    OptimizerField: TypeAlias = Optimizer
    MetricField: TypeAlias = Metric
    SourceField: TypeAlias = DataSource
    ScalingField: TypeAlias = Scaling
else:
    LayerField = Annotated[SerializeAsAny[Term], TermOf("layer")]
    LossField = Annotated[SerializeAsAny[Term], TermOf("loss")]
    OptimizerField = Annotated[SerializeAsAny[Term], TermOf("optimizer")]
    MetricField = Annotated[SerializeAsAny[Term], TermOf("metric")]
    SourceField = Annotated[SerializeAsAny[Term], TermOf("source")]
    ScalingField = Annotated[SerializeAsAny[Term], TermOf("scaling")]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Input(Frozen):
    """A value that the data feeds: its name and its shape without the batch axis, channels last."""

    name: str
    shape: tuple[int, ...]


class Node(Frozen):
    """One application of a layer.

    name: the value's own dotted path. layer: the path of the layer that owns the weights; several
    nodes name the same one where a layer is shared. inputs: names of earlier nodes or inputs.
    """

    name: str
    layer: str
    op: LayerField
    inputs: tuple[str, ...]
    shape: tuple[int, ...]
    named: bool = False
    """The user gave the value this name."""


class Use(Frozen):
    """One use of a block: the nodes whose names begin with `name.` are its body.

    layer: the path of the module (equal to name unless shared). arguments: numbers, words and sizes
    (`3x3`) by parameter. inputs: the values it is given, first the chain's. output: the node or
    input that is its result.
    """

    name: str
    layer: str
    block: str
    arguments: tuple[tuple[str, bool | int | float | str], ...]
    inputs: tuple[str, ...]
    output: str
    shape: tuple[int, ...]
    named: bool = False


class Output(Frozen):
    """A result of the model.

    activation: what the loss has taken over from the last layer: the network trains on logits and
    applies it when it predicts. `none` where the loss works on the output as it is.
    """

    name: str
    value: str
    activation: Literal["none", "sigmoid", "softmax"] = "none"


class Block(Frozen):
    """A block of the spec that the model uses, by name, with its parameters in order."""

    name: str
    parameters: tuple[str, ...]


class Model(Frozen):
    """The graph: nodes in the order of the spec, in which they can run; uses are its blocks."""

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    uses: tuple[Use, ...]
    blocks: tuple[Block, ...]
    outputs: tuple[Output, ...]

    @property
    def several(self) -> bool:
        """Whether values go in and out by their names: several inputs or several outputs."""
        return len(self.inputs) > 1 or len(self.outputs) > 1

    @model_validator(mode="after")
    def _consistent(self) -> Model:
        """Every name read is made before, every shape is what the layer makes of its inputs."""
        shapes = {given.name: given.shape for given in self.inputs}
        for node in self.nodes:
            _made(node.inputs, shapes, node.name)
            if node.name in shapes:
                raise ValueError(f"two values are called {node.name}")
            shape = node.op.output_shape(*(shapes[name] for name in node.inputs))
            if shape != node.shape:
                raise ValueError(f"{node.name} has the shape {shape}, not {node.shape}")
            shapes[node.name] = shape
        blocks = {block.name for block in self.blocks}
        for use in self.uses:
            _made((*use.inputs, use.output), shapes, use.name)
            if use.shape != shapes[use.output] or use.block not in blocks:
                raise ValueError(f"{use.name} does not fit its block {use.block}")
        last = {node.name: node.op for node in self.nodes}
        for output in self.outputs:
            _made((output.value,), shapes, output.name)
            if output.activation == "none":
                continue
            if output.value not in last or activation_of(last[output.value]) != output.activation:
                raise ValueError(f"{output.name} does not end in {output.activation}")
        return self

    def index_limit(self, given: str) -> int | None:
        """Below what the numbers of an input are, whole and from 0 on, as a layer looks them up;
        None where they may be any."""
        read = [node.op for node in self.nodes if given in node.inputs]
        limits = [op.index_limit() for op in read]
        return min((limit for limit in limits if limit is not None), default=None)


def _made(names: tuple[str, ...], shapes: Mapping[str, object], reader: str) -> None:
    missing = [name for name in names if name not in shapes]
    if missing:
        raise ValueError(f"{reader} reads {missing[0]}, which nothing before it makes")


class Split(Frozen):
    """Shares of the data, in percent of the permuted whole.

    test is 0 where the source brings its own test part.
    """

    train: float
    validation: float
    test: float


class InputData(Frozen):
    """What happens to the numbers that an input is given."""

    input: str
    scaling: ScalingField | None


class TargetData(Frozen):
    """What an output is compared with. classes: their names where the spec gives them."""

    output: str
    labels: Literal["integers", "onehot"]
    classes: tuple[str, ...] | None


class Data(Frozen):
    """inputs, targets: one for each input and output of the model, in their order."""

    source: SourceField
    split: Split | None
    inputs: tuple[InputData, ...]
    targets: tuple[TargetData, ...]


class OutputLoss(Frozen):
    output: str
    loss: LossField


class OutputMetric(Frozen):
    output: str
    metric: MetricField


class Stage(Frozen):
    """A stretch of training with an optimizer of its own, which begins with nothing kept."""

    optimizer: OptimizerField
    epochs: int


class Train(Frozen):
    """losses: one for each output of the model, in their order. stages: at least one."""

    losses: tuple[OutputLoss, ...]
    metrics: tuple[OutputMetric, ...]
    batch: int
    seed: int
    stages: tuple[Stage, ...]

    @model_validator(mode="after")
    def _begins(self) -> Train:
        if not self.stages:
            raise ValueError("a training has at least one stage")
        return self


def _named(source: SourceField, names: list[str]) -> None:
    """The source names an array for each name, and none besides."""
    places: Mapping[str, str] = source.unnamed
    given, wanted = source.fed(), {name for name in names if name not in places}
    if given.keys() != wanted:
        raise ValueError(f"the source names {sorted(given)}, not {sorted(wanted)}")
    for name, argument in places.items():
        field = type(source).model_fields.get(argument)
        if name not in names and field and getattr(source, argument) != field.default:
            raise ValueError(f"{argument} is for {name}, which the model does not have")


class Spec(Frozen):
    """A whole spec. A model without data or train can be summarised but not built."""

    version: Literal[1] = 1
    file: str
    """The spec file's name, without its folder."""
    model: Model
    data: Data | None
    train: Train | None

    @model_validator(mode="after")
    def _fits(self) -> Spec:
        """Losses and metrics are of outputs that there are; the data fits the inputs."""
        if self.data is not None:
            self._fed(self.data)
        if self.train is not None:
            self._learned(self.train)
        return self

    def _learned(self, train: Train) -> None:
        """Each output has one loss, which takes the labels as they are."""
        outputs = [output.name for output in self.model.outputs]
        if [each.output for each in train.losses] != outputs:
            raise ValueError(f"the losses are not for the outputs {outputs}")
        for metric in train.metrics:
            if metric.output not in outputs:
                raise ValueError(f"there is no output {metric.output}")
        targets = self.data.targets if self.data else ()
        for target, each in zip(targets, train.losses, strict=False):
            if target.labels not in each.loss.labels:
                raise ValueError(f"{each.loss.word()} takes no {target.labels} labels")

    def _fed(self, data: Data) -> None:
        """Each input and output has its data, under its name where there are several."""
        inputs = [given.name for given in self.model.inputs]
        outputs = [output.name for output in self.model.outputs]
        if [each.input for each in data.inputs] != inputs:
            raise ValueError(f"the data is not for the inputs {inputs}")
        if [each.output for each in data.targets] != outputs:
            raise ValueError(f"the data is not for the outputs {outputs}")
        pictured = data.source.picture()
        if pictured is not None and pictured != self.model.inputs[0].shape:
            raise ValueError(f"the data has the shape {pictured}, the model takes another")
        if self.model.several:
            _named(data.source, [*inputs, *outputs])


class Buildable(Spec):
    """A spec that a script can be made of: it says where the data is and how to train."""

    data: Data
    train: Train

    def shape(self, output: int) -> tuple[int, ...]:
        """The shape of an output, channels last."""
        wanted = self.model.outputs[output].value
        shapes = {given.name: given.shape for given in self.model.inputs}
        shapes |= {node.name: node.shape for node in self.model.nodes}
        return shapes[wanted]

    def classes(self, output: int) -> int | None:
        """How many classes an output tells apart."""
        return self.train.losses[output].loss.classes(self.shape(output))

    def class_names(self, output: int) -> tuple[str, ...] | None:
        """The names of the classes of an output, where the spec or the source knows them."""
        return self.data.targets[output].classes or self.data.source.names()
