"""What both workers of `training_speed.py` share: a script as a module, random data, the clock."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Case:
    """What a worker is asked for: the script, the shapes of a sample and its answer, the rounds."""

    script: str
    shape: tuple[int, ...]
    units: int
    samples: int
    pairs: int
    metrics: tuple[str, ...]

    @classmethod
    def asked(cls) -> Case:
        case = cls(**json.loads(sys.argv[1]))
        return cls(case.script, tuple(case.shape), case.units, case.samples, case.pairs,
                   tuple(case.metrics))  # fmt: skip

    @property
    def binary(self) -> bool:
        return self.units == 1


def scaled(script: ModuleType) -> tuple[Any, Callable[[Any], Any]]:
    """How the script scales its pictures of 0..16, and the same by hand, for float32 numbers."""
    if hasattr(script, "UnitRange"):
        return script.UnitRange(16), lambda x: x / 16
    return script.Standardize((4.0,), (6.0,)), lambda x: (x - 4) / 6


def prepare(script: ModuleType, case: Case) -> tuple[Any, Any]:
    """Settings and random data; the script reads and writes no files from here on."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 17, (case.samples, *case.shape)).astype(np.uint8)
    if case.binary:
        y: Array = rng.integers(0, 2, (case.samples, 1)).astype(np.float32)
    else:
        y = rng.integers(0, case.units, case.samples)
    part = script.Part(script.Samples({"input": x}, {"output": y}), np.arange(len(x)))
    data = script.Data(part, part, part, {"input": scaled(script)[0]}, {})
    vars(script).update(
        load_data=lambda config: data,
        begin=lambda *args, **options: [],
        announce=lambda *args: None,
    )
    return script.Config(epochs=10_000, out=Path("run")), data


def alternate(sides: dict[str, Callable[[int], object]], pairs: int) -> None:
    """Time the sides in turn, after a round that does not count.

    Prints the seconds as JSON: those of the clock and those of the processor.
    """
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for number in range(pairs + 1):
        for name, function in sides.items():
            begun, used = time.perf_counter(), time.process_time()
            function(number)
            if number:
                passed = time.perf_counter() - begun, time.process_time() - used
                times[name].append(passed)
    print(json.dumps(times))
