"""What a spec says of its scripts that the probes must know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from specc.codegen import loading
from specc.codegen.context import draws
from specc.codegen.model.plan import make_plan
from specc.data import scalings, sources
from specc.ir import Model, Spec
from specc.parity.case import Given, Raw, Wanted
from specc.terms import Term
from specc.train import losses

_SAMPLES = 1000


@dataclass(frozen=True)
class Job:
    """A spec with the script of each backend. given: backends whose script somebody brought."""

    spec: Spec
    scripts: dict[str, Path]
    folder: Path
    data: Path | None
    synthetic: bool
    seed: int | None
    whole: bool = True
    given: tuple[str, ...] = ()

    @property
    def model(self) -> Model:
        return self.spec.model

    @property
    def random(self) -> bool:
        return draws(self.model)

    @property
    def adaptive(self) -> bool:
        """Whether rounding is blown up where a gradient is 0, as Adam does."""
        assert self.spec.train is not None
        return self.spec.train.optimizer.word() == "adam"

    @property
    def parameters(self) -> int:
        return make_plan(self.model).parameters

    @property
    def unmoved(self) -> frozenset[str]:
        """Biases that learn nothing: in front of a BatchNorm, which takes them away again, and
        those of attention's keys, which softmax does not see.
        """
        uses: dict[str, int] = {}
        for node in self.model.nodes:
            for value in node.inputs:
                uses[value] = uses.get(value, 0) + 1
        makers = {node.name: node for node in self.model.nodes}
        found = set()
        for node in self.model.nodes:
            if node.op.word() == "MultiHeadAttention":
                found.add(f"{node.layer}.key.bias")
            maker = makers.get(node.inputs[0]) if node.op.word() == "BatchNorm" else None
            plain = getattr(maker and maker.op, "activation", "") == "linear"
            if maker is not None and plain and uses[maker.name] == 1:
                found.add(f"{maker.layer}.bias")
        return frozenset(found)


def raw_of(spec: Spec) -> Raw:
    """How to make samples that a spec's script can take."""
    data = spec.data
    assert data is not None and spec.train is not None
    source = loading.source_of(data)
    readers: dict[type[Term], str] = {
        sources.Digits: "read_digits", sources.Mnist: "read_mnist",
        sources.FashionMnist: "read_mnist", sources.Npz: "read_npz",
        sources.Csv: "read_csv", sources.Folder: "read_folder",
    }  # fmt: skip
    own: tuple[str, ...] = source.own_parts
    if isinstance(source, sources.Folder) and data.split is None:
        own = ("train", "validation", "test")
    array = source.key if spec.model.several else str
    return Raw(
        reader=readers[type(source)],
        parts={name: _SAMPLES // 5 if name != "train" else _SAMPLES for name in own}
        or {"all": _SAMPLES},
        inputs={array(each.name): _given(spec, n) for n, each in enumerate(spec.model.inputs)},
        outputs={array(each.name): _wanted(spec, n) for n, each in enumerate(spec.model.outputs)},
        several=spec.model.several,
        named=isinstance(source, sources.Folder),
    )


def _given(spec: Spec, number: int) -> Given:
    assert spec.data is not None
    source, given = loading.source_of(spec.data), spec.model.inputs[number]
    eight_bit = isinstance(spec.data.inputs[number].scaling, scalings.UnitRange)
    top = (source.top() or 255) if source.holds_pictures or eight_bit else None
    limit = spec.model.index_limit(given.name)
    return Given(given.shape, top if limit is None else limit - 1)


def _wanted(spec: Spec, number: int) -> Wanted:
    assert spec.data is not None
    source, loss = loading.source_of(spec.data), loading.loss_of(spec, number)
    kinds: dict[type[Term], str] = {
        losses.CategoricalCrossentropy: "classes",
        losses.BinaryCrossentropy: "classes",
    }
    kind, shape = (
        kinds.get(type(loss), "numbers"),
        loss.label_shape(loading.output_shape(spec, number)),
    )
    if isinstance(source, sources.Folder | sources.Digits | sources.Mnist | sources.FashionMnist):
        kind, shape = "classes", ()
    if spec.data.targets[number].labels == "onehot":
        kind = "onehot"
    return Wanted(kind, shape, loading.class_count(spec, number) or 2)
