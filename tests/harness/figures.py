"""How far the scripts of two backends are apart on every case of a layer, by the parity protocol.

The cases are branches of one network (harness/networks.py). Its scripts take one update in each
precision, and of every case are compared: what it makes in eval and in train mode, the gradients
of its weights and of what makes its inputs, and the same tensors after the update.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from harness.backends import BACKENDS
from harness.networks import network, shared
from specc.bind.model.single_layer import layer_from_text
from specc.building import build_file
from specc.codegen.backend import get_backend
from specc.ir import Model
from specc.ops.base import Case, Layer
from specc.parity import Probes, case, compare
from specc.parity.job import Job, raw_of
from specc.parity.pair import Pair
from specc.parity.protocol import write
from specc.parity.tolerances import table

KINDS = {"eval": "logits", "train": "logits", "gradients": "gradients", "step": "parameters"}
"""What is compared, and the kind of the protocol's tolerance for it."""
PRECISIONS: tuple[case.Precision, ...] = ("float64", "float32")
_BATCH = 8


@dataclass(frozen=True)
class Figures:
    """The largest relative L2 error of any case; `step`: parameters and statistics after it."""

    eval: float
    train: float
    gradients: float
    step: float

    def largest(self, other: Figures | None) -> Figures:
        mine, theirs = asdict(self), asdict(other or self)
        return Figures(**{name: max(mine[name], theirs[name]) for name in mine})

    def beyond(self, precision: str) -> list[str]:
        """Those that are larger than the protocol allows."""
        limits = table(precision)
        return [
            f"{precision} {name}: {error:.1e} is above {limits[KINDS[name]].limit:g}"
            for name, error in asdict(self).items()
            if not error <= limits[KINDS[name]].limit
        ]


def measure(op: type[Layer], probes: Probes) -> dict[str, Figures]:
    """The figures of all cases of a layer, by precision; raises ProbeFailed."""
    found: dict[str, Figures] = {}
    for cases in shared(op, op.cases):
        for precision in PRECISIONS:
            figures = _figures(op, cases, precision, probes)
            found[precision] = figures.largest(found.get(precision))
    return found


def _figures(
    op: type[Layer], cases: Sequence[Case], precision: case.Precision, probes: Probes
) -> Figures:
    with TemporaryDirectory() as place:
        spec = Path(place) / "cases.cnn"
        spec.write_text(network([(op, each) for each in cases]), encoding="utf-8")
        built = build_file(spec, [get_backend(name) for name in BACKENDS])
        assert built.spec is not None and built.scripts, built.diagnostics
        files = write(built.scripts, Path(place), {})
        job = Job(built.spec, files, Path(place), None, True, None)
        one, other = probes.run({name: _one_step(job, name, precision) for name in files})
        pair = Pair(one, other, table(precision))
        found = _whole(pair)
        for group in groups(job.model, cases):
            found = found.largest(_of_case(pair, group))
        return found


def _one_step(job: Job, backend: str, precision: case.Precision) -> case.Case:
    return case.Case(
        script=str(job.scripts[backend]),
        folder=str(job.folder / backend),
        dtype=precision,
        samples=_BATCH,
        batch=_BATCH,
        epochs=1,
        raw=raw_of(job.spec),
        synthetic=True,
        random=job.random,
        layers=True,
    )


@dataclass(frozen=True)
class Group:
    """A case in a network: its part of what the last layer is given, and its own layers."""

    part: slice
    layers: frozenset[str]


def groups(model: Model, cases: Sequence[Case]) -> Iterator[Group]:
    makers = {node.name: node for node in model.nodes}
    first = 0
    for number, each in enumerate(cases):
        size = prod(layer_from_text(each.text).output_shape(*each.inputs))
        above, layers = [f"case{number}"], set()
        while above:
            node = makers.get(above.pop())
            if node is not None and node.name != "start":
                layers.add(node.layer)
                above += node.inputs
        yield Group(slice(first, first + size), frozenset(layers))
        first += size


def _of_case(pair: Pair, group: Group) -> Figures:
    def apart(prefix: str) -> float:
        ones, others = (
            {
                name: value
                for name, value in answer.group(prefix).items()
                if name.rpartition(".")[0] in group.layers or _inside(name, group.layers)
            }
            for answer in (pair.a, pair.b)
        )
        return compare.distance(ones, others)

    return Figures(
        _made(pair, "eval", group.part),
        _made(pair, "train", group.part),
        apart("gradient/"),
        max(apart("parameter/1/"), apart("statistic/1/")),
    )


def _inside(name: str, layers: frozenset[str]) -> bool:
    """Whether a tensor belongs to a layer in one of the layers: `attention1.query.weight`."""
    return any(name.startswith(f"{layer}.") for layer in layers)


def _made(pair: Pair, mode: str, part: slice) -> float:
    """The distance of what a case made: a part of what goes into the network's last layer."""
    ones, others = (
        np.asarray(answer.arrays[f"layer/{mode}/scores:in"])[:, part] for answer in (pair.a, pair.b)
    )
    return compare.relative(ones, others)


def _whole(pair: Pair) -> Figures:
    """The distances of the network as a whole, as `specc parity` takes them."""
    evals, trains = (
        compare.relative(pair.a.arrays[name], pair.b.arrays[name]) for name in ("eval/0", "logits")
    )
    step = max(pair.compared("parameter/1/"), pair.compared("statistic/1/"))
    return Figures(evals, trains, pair.compared("gradient/"), step)
