"""What the processes of all frameworks do alike with the scripts of terms."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from specc.codegen.script.contract import Member
from specc.parity.probing import each, load_script, patched, quiet


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
                script.train_model(config)
            except Stopped as stopped:
                return kept[0], kept[1], stopped.parts
    raise AssertionError("the script never trained")


def precise(batch: Callable[..., Any]) -> Callable[..., Any]:
    """A script's `batch`, whose numbers are in float64."""

    def wide(array: Any) -> Any:
        if hasattr(array, "is_floating_point"):  # a tensor
            return array.double() if array.is_floating_point() else array
        return array.astype(np.float64) if array.dtype.kind == "f" else array

    return lambda *arguments: tuple(each(wide, arrays) for arrays in batch(*arguments))


def first_rows(part: Any, count: int) -> Any:
    """The part that has the first rows of the file, in their order."""
    return replace(part, rows=np.arange(count))


def main(
    backend: str,
    contract: Iterable[Member],
    run: Callable[[Any, dict[str, Any], Path, Any], dict[str, Any]],
) -> None:
    """contract: what is called of a script. run: takes a script, a job, its folder and the numbers
    that it is given, and tells what it found."""
    folder = Path(sys.argv[1])
    found: dict[str, Any] = {}
    with np.load(folder / "numbers.npz") as given:
        numbers = dict(given)
    for job in json.loads((folder / "jobs.json").read_text("utf-8")):
        place = Path(job["folder"])
        path = place / f"{place.name}_{backend}.py"
        if not path.exists():  # the backend refuses the case
            continue
        script = load_script(path, contract)
        prefix = f"{job['key']}|"
        own = {n.removeprefix(prefix): a for n, a in numbers.items() if n.startswith(prefix)}
        with patched(script, make_batch=precise(script.make_batch)):
            for name, value in run(script, job, place, own).items():
                found[prefix + name] = np.asarray(value)
    np.savez(folder / f"{backend}.npz", **found)
