"""Inside a script that runs as a user's: stands in for its data, and notes what it does.

Nothing else of it is changed but one figure: the one that says which epoch is the best is given.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np
from safetensors.numpy import load_file, save_file

from specc.parity import lean
from specc.parity.case import Case
from specc.parity.errand import BEGUN, INFERRED, RECORD, Command, of_epoch
from specc.parity.probing import Recorder, adopt_beside, data_reader, digest, patched

DICTATED = (3.0, 1.0, 2.0, 1.0, 2.0)
"""The figures of the epochs by which the best one is chosen: the second, which a later one equals,
and which is neither the first, the last nor the worst."""


@contextmanager
def watched(
    script: ModuleType, case: Case, command: Command, emit: Callable[[dict[str, Any]], None]
) -> Iterator[None]:
    """The script with its data, its size and somebody who takes notes."""
    adopt_beside(script, Path(case.script).parent)
    folder = Path(command.record)
    case = replace(case, epochs=command.epochs)
    witness = Witness(script, Recorder(case, emit), command, folder)
    with ExitStack() as stack:
        stack.callback(witness.write)
        stack.enter_context(_unpainted())
        if lean.is_lean(script):
            stack.enter_context(lean.prepared(script, witness.recorder, folder))
            stack.enter_context(patched(script, OUT=Path(command.out)))
        else:
            stack.enter_context(patched(script, **witness.functions()))
        yield


@contextmanager
def _unpainted() -> Iterator[None]:
    """Figures are made, but not painted: that takes longer than the epochs that they show."""

    def savefig(figure: Any, path: Any, *args: Any, **options: Any) -> None:
        Path(path).write_bytes(b"\x89PNG, not painted")

    from matplotlib.figure import Figure

    with patch.object(Figure, "savefig", savefig):
        yield


class Witness:
    """Notes what a script does. Each function of the script that it stands around is called."""

    def __init__(
        self, script: ModuleType, recorder: Recorder, command: Command, folder: Path
    ) -> None:
        self.script, self.recorder, self.command, self.folder = script, recorder, command, folder
        self.rows: list[dict[str, float]] = []
        self.steps: list[int] = []
        self.batches: dict[int, list[Any]] = {}
        self.epoch = 0
        self.figures: list[dict[str, float]] = []

    def functions(self) -> dict[str, Callable[..., Any]]:
        names = ("load_data", "make_batch", "begin", "finish_epoch", "evaluate", "infer")
        return {
            name: getattr(self, name)(getattr(self.script, name))
            for name in names
            if hasattr(self.script, name)
        }

    def load_data(self, original: Callable[..., Any]) -> Callable[..., Any]:
        read = data_reader(self.script, self.recorder)

        def load_data(config: Any) -> Any:
            data = read(config)
            return replace(data, test=data.validation) if self.command.validation else data

        return load_data

    def trains(self, part: Any) -> bool:
        """Whether a batch is one of the training part, or of tensors that share its rows."""
        if self.recorder.data is None:
            return False
        train = self.recorder.data.train
        return part is train or np.may_share_memory(np.asarray(part.rows), train.rows)

    def make_batch(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def make_batch(part: Any, *rest: Any) -> Any:
            self.recorder.live()
            inputs, targets = original(part, *rest)
            if self.trains(part):
                made = [digest(inputs), digest(targets)]
                self.batches.setdefault(self.epoch + 1, []).append(made)
            return inputs, targets

        return make_batch

    def begin(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def begin(config: Any, settings: Any, data: Any, kept: Sequence[Any], name: str) -> Any:
            history = original(config, settings, data, kept, name)
            self.epoch = len(history)
            self.keep(BEGUN, {n: a for each in kept for n, a in each.tensors().items()})
            return history

        return begin

    def finish_epoch(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def finish_epoch(folder: Path, history: Any, row: Mapping[str, float], *rest: Any) -> Any:
            self.rows.append(dict(row))
            self.epoch += 1
            watched = "val_loss" if "val_loss" in row else "loss"
            given = {watched: DICTATED[self.epoch - 1]} if self.epoch <= len(DICTATED) else {}
            done = original(folder, history, {**row, **given}, *rest)
            state = json.loads((Path(folder) / "last.json").read_text("utf-8"))
            self.steps.append(state["step"])
            self.keep(of_epoch(self.epoch), load_file(Path(folder) / state["file"]))
            return done

        return finish_epoch

    def evaluate(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def evaluate(*args: Any) -> Any:
            row = original(*args)
            self.figures.append({name: float(value) for name, value in row.items()})
            return row

        return evaluate

    def infer(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def infer(*args: Any) -> Any:
            results = original(*args)
            self.keep(INFERRED, results)
            return results

        return infer

    def keep(self, name: str, arrays: Mapping[str, Any]) -> None:
        whole = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
        save_file(whole, self.folder / f"{name}.safetensors")

    def write(self) -> None:
        found = {
            "rows": self.rows, "steps": self.steps, "figures": self.figures,
            "batches": self.batches, "sizes": getattr(self.recorder.data, "sizes", {}),
        }  # fmt: skip
        (self.folder / RECORD).write_text(json.dumps(found), "utf-8")
