"""What the parts share: scripts as modules, made-up data, models as the script makes them, rows."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from prepared import begun, load_file
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
SHAPES = {"lecture": (64, 64, 3), "residual": (32, 32, 1), "transformer": (8, 8, 1)}
"""What is fed to each network; `residual` takes pictures of any size, so that it has work to do."""


@dataclass(frozen=True)
class Task:
    """What a part is asked for. scripts: by spec. until: when the part must be done, in time()."""

    part: str
    scripts: dict[str, str]
    device: str
    small: bool
    out: str
    until: float

    @property
    def left(self) -> float:
        return self.until - time.time()


class Rows:
    """Rows of the table, written as they come: what a crash leaves is what was measured."""

    def __init__(self, part: str, path: Path) -> None:
        self.part, self.path = part, path

    def add(self, what: str, status: str, value: str, **numbers: Any) -> None:
        """status: passed, failed, measured or missing."""
        row = {"part": self.part, "what": what, "status": status, "value": value, **numbers}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(f"  {status:9} {what}: {value}", flush=True)


class StandIn(ModuleType):
    """In place of a library that a part does without: any name is there, and none works."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Exception,), {})


def load_tolerances() -> ModuleType:
    """`specc/parity/tolerances.py` by itself: specc's own libraries may be missing."""
    return load_file("tolerances", ROOT / "specc/parity/tolerances.py")


OPTIONAL = ("matplotlib.figure", "matplotlib.ticker", "safetensors.numpy", "PIL")


def stand_in() -> None:
    """Let scripts be imported without libraries that only their files and plots need."""
    for name in OPTIONAL:
        package = name.partition(".")[0]
        if package not in sys.modules and importlib.util.find_spec(package) is None:
            sys.modules[package] = StandIn(package)
        if isinstance(sys.modules.get(package), StandIn):
            sys.modules[name] = StandIn(name)


@dataclass
class Case:
    """A script, its settings and made-up data in the form that it reads."""

    name: str
    script: Any
    config: Any
    data: Any
    device: torch.device

    @property
    def classes(self) -> bool:
        return self.name != "lecture"


def open_case(task: Task, name: str, samples: int, path: str = "", **settings: Any) -> Case:
    """The script of a spec with `samples` pictures to train on and a few to validate.

    path: of another script than PyTorch's.
    """
    script: Any = load_file(f"script_{name}", Path(path or task.scripts[name]))
    rng = np.random.default_rng(0)
    shape = (8, 8, 1) if task.small and name == "residual" else SHAPES[name]
    sizes = samples, max(samples // 4, 2), 2
    parts = [made(script, name, shape, rng, size) for size in sizes]
    scale = script.UnitRange(255) if name == "lecture" else script.measure(parts[0], "input")
    names = {"output": ("no", "yes") if name == "lecture" else tuple("0123456789")}
    data = script.Data(*parts, {"input": scale}, names)
    script.load_data = lambda config: data
    out = Path(task.out) / f"{task.part}-{name}"
    config = script.Config(**{"out": out, "device": task.device, **settings})
    device = torch.device("cpu") if path else script.choose_device(task.device)
    return Case(name, script, config, data, device)


def made(
    script: Any, name: str, shape: tuple[int, ...], rng: np.random.Generator, size: int
) -> Any:
    x = rng.integers(0, 256, (size, *shape)).astype(np.uint8)
    if name == "lecture":
        y: Any = (np.arange(size) % 2).astype(np.float32)[:, None]
    else:
        y = rng.integers(0, 10, size)
    return script.Part(script.Samples({"input": x}, {"output": y}), np.arange(size))


def made_by(case: Case) -> tuple[nn.Module, Any, Any]:
    """Model, optimizer and training batches as the script itself makes them."""
    model, optimizer, batches, *_ = begun(case.script, case.config)
    return model, optimizer, batches


def without_dropout(model: nn.Module) -> None:
    """Devices draw other masks: what is compared does without."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0


def batch_of(case: Case, size: int) -> tuple[Any, Any]:
    batch: tuple[Any, Any] = next(iter(batches_of(case, size)))
    return batch


def batches_of(case: Case, size: int, limit: int | None = None) -> Any:
    """The training part in the script's batches."""
    return case.script.Batches(case.data.train, size, case.data.scale, limit, case.device)


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def error(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> float:
    """Relative L2 norm over all tensors, as `specc parity` measures it."""
    apart = sum(float((a.double().cpu() - theirs[n].double().cpu()).square().sum())
                for n, a in ours.items())  # fmt: skip
    whole = sum(float(b.double().cpu().square().sum()) for b in theirs.values())
    return math.sqrt(apart / whole if whole else apart)


def asked() -> tuple[Task, Rows]:
    task = Task(**json.loads(sys.argv[1]))
    return task, Rows(task.part, Path(task.out) / f"{task.part}.jsonl")
