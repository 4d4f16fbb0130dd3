"""Builds a small spec around every case of a loss, optimizer, metric or scaling, and runs the
generated scripts: one process for each framework, whatever the number of cases.

Nothing here or in the tests knows how a term is lowered. What is called of a script stands in
`torch_terms.py` and `keras_terms.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.processes import Process, start
from specc.cases import LossCase, MetricCase, OptimizerCase, ScalingCase
from specc.codegen.backend import backend_names, get_backend
from specc.compile import compile_text
from specc.ir import Buildable
from specc.meaning import Array, drawn
from specc.registry import every
from specc.source import Source
from specc.terms import Term

Case: TypeAlias = LossCase | MetricCase | OptimizerCase | ScalingCase
Arrays: TypeAlias = dict[str, NDArray[Any]]
CATEGORIES = ("loss", "optimizer", "metric", "scaling")
SAMPLES = 20
"""In every file: more than a case has, so that there is something to validate on."""
BATCH = 4
_HERE = Path(__file__).parent
ROOT = _HERE.parents[1]
_LOSSES = {"none": "mse", "sigmoid": "binary_crossentropy", "softmax": "categorical_crossentropy"}
_ENDS = {"none": "", "sigmoid": "  Sigmoid\n", "softmax": "  Softmax\n"}
MOVED = {
    "conv.weight": (3, 2, 2, 1), "conv.bias": (3,), "dense.weight": (1, 12), "dense.bias": (1,),
}  # fmt: skip
"""The weights that an optimizer's run moves."""
_MODEL = "  input 3x2x2\n  Conv2D(3, 2x1)\n  Flatten\n  Dense(1)\n"


def backends() -> list[str]:
    """Those of specc itself; each has a module here that runs its scripts."""
    own = [n for n in backend_names() if type(get_backend(n)).__module__.startswith("specc.")]
    assert all((_HERE / f"{name}_terms.py").is_file() for name in own), own
    return own


@dataclass(frozen=True)
class Use:
    """A case of a term. name: of the case among those of the term."""

    category: str
    cls: type[Term]
    name: str
    case: Any

    @property
    def key(self) -> str:
        return f"{self.category}/{self.cls.word()}/{self.name}"

    @property
    def title(self) -> str:
        return f"{self.category} {self.case.text}, {self.case.about}"


def terms() -> Iterator[tuple[str, type[Term]]]:
    """Those of specc itself with their categories."""
    for category in CATEGORIES:
        for cls in every(category):
            if cls.__module__.startswith("specc."):
                yield category, cls


def uses(*categories: str) -> Iterator[Use]:
    """The cases, which no backend may refuse."""
    for category, cls in terms():
        if not categories or category in categories:
            yield from (Use(category, cls, str(n), case) for n, case in enumerate(cls.cases))


def refusable() -> Iterator[Use]:
    """The uses that some backend has no exact code for; the others must be right."""
    for category, cls in terms():
        yield from (Use(category, cls, f"r{n}", case) for n, case in enumerate(cls.refusable))


@cache
def able(use: Use) -> list[str]:
    """The backends that have code for a case."""
    return [name for name in backends() if not get_backend(name).refusals(compiled(use))]


# ---- the spec of a case


def spec_text(use: Use) -> str:
    """Where answers are what is asked for, the network passes its input through: `y = 1 * x`."""
    case, loss, metrics, optimizer = use.case, "mse", "", "sgd(0.1)"
    onehot, scale = getattr(case, "onehot", False), ""
    if use.category == "optimizer":
        model, optimizer = _MODEL, case.text
    elif use.category == "scaling":
        model = f"  input {_size(case.shape)}\n  LayerScale(1)\n  Flatten\n  Dense(1)\n"
        scale = f"  scale = {case.text}\n"
    else:
        ends = ends_of(use)
        model = f"  input {_size(case.shape)}\n  LayerScale(1)\n{_ENDS[ends]}"
        loss = case.text if use.category == "loss" else _LOSSES[ends]
        metrics = f"  metrics = {case.text}\n" if use.category == "metric" else ""
    labels = "  labels = onehot\n" if onehot else ""
    return (
        f"model case {{\n{model}}}\n\n"
        f'data {{\n  source = npz("case.npz")\n{labels}{scale}'
        "  split = 80% train, 20% validation\n}\n\n"
        f"train {{\n  loss = {loss}\n{metrics}  optimizer = {optimizer}\n"
        f"  batch = {BATCH}\n  epochs = 1\n}}\n"
    )


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def ends_of(use: Use) -> Any:
    """The activation that the loss takes over, or that a metric's network ends in."""
    return use.case.ends if use.category == "metric" else getattr(use.cls, "folds", "none")


@cache
def compiled(use: Use) -> Buildable:
    result = compile_text(Source("case.cnn", spec_text(use)), buildable=True)
    assert isinstance(result.spec, Buildable), (use.title, result.diagnostics)
    return result.spec


def term_of(use: Use) -> Any:
    """The term with its arguments, as the spec of the case gives it."""
    spec = compiled(use)
    train, given = spec.train, spec.data.inputs[0]
    found = {
        "optimizer": train.stages[0].optimizer,
        "loss": train.losses[0].loss,
        "scaling": given.scaling,
    }
    return found.get(use.category) or train.metrics[0].metric


# ---- its numbers


def data(use: Use) -> Arrays:
    """The arrays of the file, of which the first rows are the case's own."""
    case = use.case
    if use.category == "optimizer":
        return {"x": np.ones((SAMPLES, 3, 2, 2)), "y": np.ones((SAMPLES, 1))}
    if use.category == "scaling":
        x = drawn.samples(case, SAMPLES)
        return {"x": x.astype(np.uint8) if case.pixels else x, "y": np.ones((SAMPLES, 1))}
    x, y = drawn.answers(case, ends_of(use))
    if getattr(case, "onehot", False) and ends_of(use) == "softmax":
        y = np.eye(case.shape[-1])[y.astype(int)]
    rows = np.arange(SAMPLES) % len(x)
    return {"x": x[rows], "y": y[rows]}


def run_of(use: Use) -> tuple[dict[str, Array], list[dict[str, Array]]]:
    """The weights and gradients of an optimizer's case."""
    return drawn.updates(use.case, MOVED)


# ---- running


@dataclass(frozen=True)
class Job:
    """A script to run. rows: how many of the file are the case's own. updates: of an optimizer."""

    key: str
    category: str
    folder: str
    rows: int
    updates: int


def write(every_use: Iterable[Use], folder: Path) -> tuple[list[Job], Arrays]:
    """The scripts and data of all cases, each in a folder of its own."""
    jobs: list[Job] = []
    arrays: Arrays = {}
    for use in every_use:
        place = folder / use.key.replace("/", "_")
        place.mkdir()
        np.savez(place / "case.npz", allow_pickle=False, **data(use))
        for backend in able(use):
            script = get_backend(backend).script(compiled(use))
            (place / f"{place.name}_{backend}.py").write_text(script, "utf-8")
        updates = 0
        if use.category == "optimizer":
            weights, gradients = run_of(use)
            updates = len(gradients)
            arrays |= {f"{use.key}|{name}": weight for name, weight in weights.items()}
            for name in weights:
                arrays[f"{use.key}|d{name}"] = np.stack([each[name] for each in gradients])
        rows = getattr(use.case, "samples", SAMPLES)
        jobs.append(Job(use.key, use.category, str(place), rows, updates))
    return jobs, arrays


def run(every_use: Iterable[Use], folder: Path) -> dict[str, Arrays]:
    """What each backend's scripts computed, by `KEY|NAME`."""
    jobs, arrays = write(every_use, folder)
    (folder / "jobs.json").write_text(json.dumps([asdict(job) for job in jobs]), "utf-8")
    np.savez(folder / "numbers.npz", allow_pickle=False, **arrays)
    started = {backend: _start(backend, folder) for backend in backends()}
    return {backend: _results(process, backend, folder) for backend, process in started.items()}


def _start(backend: str, folder: Path) -> Process:
    return start(backend, "-m", f"harness.{backend}_terms", folder, folder=_HERE.parent)


def _results(process: Process, backend: str, folder: Path) -> Arrays:
    done = process.wait(900)
    assert done.code == 0, (done.out + done.err)[-5000:]
    with np.load(folder / f"{backend}.npz") as arrays:
        return dict(arrays)
