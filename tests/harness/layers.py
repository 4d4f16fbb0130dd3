"""Renders lowered layers as small scripts and runs them, one process for each framework."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.processes import Process, start
from specc.bind.model.single_layer import layer_from_text
from specc.called import ALONE, alone
from specc.codegen.lowering import MODULE, PREVIOUS, Lowered, Lowerings, Stored
from specc.ops.base import Case, Dims, Layer, is_activation

Arrays = dict[str, NDArray[np.float64]]
PLACES = ("first", "frozen")
"""Where no gradient is asked of a layer's input: in the data itself, and behind what is frozen."""
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Job:
    """One layer to run: its code, where the backend keeps each canonical weight, and whether to
    run it in training too.

    places: where it is run besides, without a gradient of its input; first: its code there.
    """

    key: str
    code: str
    inputs: tuple[Dims, ...]
    batch: int
    weights: tuple[str, ...]
    stored: tuple[Stored, ...] = field(default=())
    train: bool = True
    places: tuple[str, ...] = ()
    first: str = ""
    random: bool = False


@cache
def lowerings(backend: str) -> Lowerings:
    point = next(iter(entry_points(group="specc.backends", name=backend)))
    found = import_module(f"{point.module}.lowering").LOWERINGS
    assert isinstance(found, Lowerings)
    return found


def lowered(backend: str, op: Layer, inputs: tuple[Dims, ...], gradient: bool = True) -> Lowered:
    return alone(lowerings(backend), op, inputs, gradient)


def _steps(found: Lowered, module: str) -> list[str]:
    texts = [step.text() for step in found.steps]
    return [text.replace(str(MODULE), module).replace(str(PREVIOUS), "y") for text in texts]


def torch_code(found: Lowered, inputs: int) -> str:
    made = f"self.{ALONE} = {found.module}" if found.module is not None else "pass"
    values = ", ".join(f"x{index}" for index in range(inputs))
    lines = [
        "class Net(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        f"        {made}",
        f"    def forward(self, {values}):",
        *(f"        y = {step}" for step in _steps(found, f"self.{ALONE}")),
        "        return y",
    ]
    return "\n".join(lines)


def keras_code(found: Lowered, inputs: int) -> str:
    values = [f"x{index}" for index in range(inputs)]
    # A step may apply its module twice, but it is one module.
    twice = any(step.text().count(str(MODULE)) > 1 for step in found.steps)
    made = [f"    {ALONE} = {found.module}"] if twice else []
    module = ALONE if twice else str(found.module)
    return "\n".join(
        [
            f"def build_model({', '.join(values)}):",
            *made,
            *(f"    y = {step}" for step in _steps(found, module)),
            f"    return keras.Model([{', '.join(values)}], y)",
        ]
    )


_CODE: dict[str, Callable[[Lowered, int], str]] = {"torch": torch_code, "keras": keras_code}


def job(backend: str, key: str, case: Case, batch: int = 3) -> Job:
    op = layer_from_text(case.text)
    found = lowered(backend, op, case.inputs)
    names = tuple(weight.name for weight in op.weights(*case.inputs))
    code = _CODE[backend](found, len(case.inputs))
    return Job(key, code, case.inputs, batch, names, found.stored, random=op.random)


def everywhere(backend: str, made: Job, case: Case) -> Job:
    """The job, to be run as a network's first layer and behind a frozen one too."""
    found = lowered(backend, layer_from_text(case.text), case.inputs, gradient=False)
    return replace(made, places=PLACES, first=_CODE[backend](found, len(case.inputs)))


def _input(random: np.random.Generator, op: Layer, shape: Dims) -> NDArray[np.float64]:
    limit = op.index_limit()
    if limit is not None:
        return random.integers(0, limit, shape).astype(np.float64)
    # Wide enough to meet the ceiling of a ReLU6 and both ends of a hard sigmoid.
    return (4 if is_activation(op) else 1) * random.standard_normal(shape)


def numbers(key: str, case: Case, batch: int = 3) -> Arrays:
    """Random inputs, weights and the factors G of the loss sum(y * G), the same for any backend."""
    random = np.random.Generator(np.random.Philox(key=[7, zlib.crc32(key.encode())]))
    op = layer_from_text(case.text)
    arrays = {
        f"{key}|x{index}": _input(random, op, (batch, *dims))
        for index, dims in enumerate(case.inputs)
    }
    arrays[f"{key}|G"] = random.standard_normal((batch, *op.output_shape(*case.inputs)))
    for weight in op.weights(*case.inputs):
        values = random.standard_normal(weight.shape)
        # A running variance is positive.
        values = np.abs(values) + 0.5 if weight.name == "running_var" else values
        arrays[f"{key}|{weight.name}"] = values
    return arrays


def run(backend: str, jobs: Iterable[Job], arrays: Arrays, folder: Path) -> Process:
    """Start the backend's process; `results` waits for it."""
    folder.mkdir(parents=True, exist_ok=True)
    part = files(f"specc.backends.{backend}.parts").joinpath("layers.py").read_text("utf-8")
    listed: list[dict[str, Any]] = [asdict(each) for each in jobs]
    (folder / "jobs.json").write_text(json.dumps({"part": part, "jobs": listed}), "utf-8")
    np.savez(folder / "numbers.npz", allow_pickle=False, **arrays)
    return start(backend, _HERE / f"{backend}_layers.py", folder)


class Results(Arrays):
    """What a backend computed: `KEY|MODE|QUANTITY`."""

    @cached_property
    def quantities(self) -> dict[str, list[str]]:
        """The names by `KEY|MODE`: a search for each of the many keys would take seconds."""
        found: dict[str, list[str]] = {}
        for name in self:
            found.setdefault(name.rpartition("|")[0], []).append(name)
        return found


def results(process: Process, folder: Path) -> Results:
    done = process.wait()
    assert done.code == 0, f"in {done.out.splitlines()[-1:]}: {done.code}\n{done.err}"
    with np.load(folder / "results.npz") as arrays:
        return Results(arrays)


def distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The largest difference, relative to the largest number where that is above 1."""
    if one.shape != other.shape:
        return float("inf")
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return float("inf")
    largest = max(1.0, float(np.abs(one).max(initial=0)))
    return float(np.abs(one - other).max(initial=0)) / largest
