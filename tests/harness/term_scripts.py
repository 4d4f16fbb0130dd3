"""What the processes of all frameworks do alike with the scripts of terms."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.precise import load, set_precision
from specc.parity.probing import patched, quiet


class Stopped(Exception):
    """Raised in place of the training, when everything for it is there."""

    def __init__(self, *parts: Any) -> None:
        super().__init__()
        self.parts = parts


def until_training(script: Any, folder: Path) -> tuple[Any, Any, tuple[Any, ...]]:
    """Run a script until something raises Stopped: its settings, its data, and what was raised."""
    kept: list[Any] = []
    load_data = script.load_data

    def keep(config: Any) -> Any:
        kept[:] = [config, load_data(config)]
        return kept[1]

    with tempfile.TemporaryDirectory() as out:
        config = replace(
            script.Config(), out=Path(out) / "run", data=folder / "case.npz", device="cpu"
        )
        with patched(script, load_data=keep), quiet(script):
            try:
                script.train(config)
            except Stopped as stopped:
                return kept[0], kept[1], stopped.parts
    raise AssertionError("the script never trained")


def first_rows(part: Any, count: int) -> Any:
    """The part that has the first rows of the file, in their order."""
    return replace(part, rows=np.arange(count))


def main(backend: str, run: Callable[[Any, dict[str, Any], Path, Any], dict[str, Any]]) -> None:
    """run: takes a script, a job, its folder and all given numbers, and tells what it found."""
    folder = Path(sys.argv[1])
    found: dict[str, Any] = {}
    with np.load(folder / "numbers.npz") as given:
        numbers = dict(given)
    for job in json.loads((folder / "jobs.json").read_text("utf-8")):
        place = Path(job["folder"])
        path = place / f"{place.name}_{backend}.py"
        if not path.exists():  # the backend refuses the case
            continue
        script = load(path)
        set_precision(script, "float64")
        prefix = f"{job['key']}|"
        own = {n.removeprefix(prefix): a for n, a in numbers.items() if n.startswith(prefix)}
        for name, value in run(script, job, place, own).items():
            found[prefix + name] = np.asarray(value)
    np.savez(folder / f"{backend}.npz", **found)
