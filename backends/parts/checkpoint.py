"""What a run keeps: the last finished epoch, from which `--resume` goes on, and the best one."""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from safetensors.numpy import load, save_file

from .console import format_number
from .data import Array, Data
from .errors import RunError
from .files import (
    Row,
    atomic,
    fresh_folder,
    remove_leftovers,
    write_config,
    write_facts,
    write_history,
    write_json,
)
from .weights import EXACT, Shapes, check_tensors, keep_best

State: TypeAlias = dict[str, Any]


class Kept:
    """Something that training goes on from, in a form that every framework reads.

    shapes: of its tensors in a checkpoint. state: what is no tensor. restore: the way back.
    """

    def shapes(self) -> Shapes:
        return {}

    def tensors(self) -> dict[str, Array]:
        return {}

    def state(self) -> State:
        return {}

    def restore(self, tensors: Mapping[str, Array], state: State) -> None:
        """Put back what a checkpoint holds."""


def collect(kept: Sequence[Kept]) -> dict[str, Array]:
    """The tensors of all that is kept."""
    return {name: array for each in kept for name, array in each.tensors().items()}


def begin(
    config: Any,
    settings: Mapping[str, Any],
    data: Data,
    kept: Sequence[Kept],
    framework: str,
) -> list[Row]:
    """Prepare the run's folder, and with --resume the state of its last epoch; the rows so far."""
    history: list[Row] = []
    if config.resume:
        check_settings(config.out, settings, config.weights)
        tensors, state = load_checkpoint(config.out)
        shapes = {name: shape for each in kept for name, shape in each.shapes().items()}
        check_tensors("the checkpoint does not fit the model", tensors, shapes, EXACT)
        show_resume(state, framework)
        for each in kept:
            each.restore(tensors, state)
        history = state["history"]
        remove_leftovers(config.out)
    else:
        fresh_folder(config.out)
    write_config(config.out, config)
    write_facts(config.out, data)
    return history


def finish_epoch(
    folder: Path,
    history: list[Row],
    row: Row,
    kept: Sequence[Kept],
    state: State,
    native: str,
    save: Callable[[Path], object],
) -> None:
    """Add an epoch to the history, and keep what the run goes on from and what is the best so far.

    native, save: the framework's own file of the best weights, and what writes it.
    """
    watched, tensors = watched_in(row), collect(kept)
    if row[watched] < min((past[watched] for past in history), default=math.inf):
        keep_best(folder, native, save, tensors)
    history.append({"epoch": len(history) + 1, **row})
    for each in kept:
        state = {**state, **each.state()}
    save_checkpoint(folder, tensors, {**state, "epoch": len(history), "history": history})
    write_history(folder, history)


def watched_in(row: Row) -> str:
    """The figure that says which epoch is the best."""
    return "val_loss" if "val_loss" in row else "loss"


def show_end(folder: object, history: Sequence[Row]) -> None:
    """The best epoch, and where the results lie."""
    watched = watched_in(history[0])
    best = min(history, key=lambda row: row[watched])
    print(f"best epoch  {best['epoch']}, {watched} {format_number(best[watched])}")
    print(f"results     {folder}", flush=True)


def save_checkpoint(folder: Path, tensors: Mapping[str, Array], state: State) -> None:
    """Keep tensors and state (`epoch`, `history` and more): a kill at any moment loses neither.

    last-EPOCH.safetensors is written first; last.json, which names it, is the one point of commit
    and holds all that must not disagree with the weights.
    """
    before = read_state(folder)
    # A transposed array would be written wrongly, without a word.
    arrays = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    file = folder / f"last-{state['epoch']:05}.safetensors"
    atomic(file, partial(save_file, arrays))
    file.chmod(0o644)  # safetensors makes files for their owner only
    entry = {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), **state}
    kept = {file.name}
    if before is not None and before["file"] == file.name:  # it was damaged, and made again
        before = before.get("previous")
    if before is not None:
        kept.add(before["file"])
        entry["previous"] = {k: v for k, v in before.items() if k not in ("history", "previous")}
    write_json(folder / "last.json", entry)
    for old in folder.glob("last-*.safetensors"):
        if old.name not in kept:
            old.unlink()


def read_state(folder: Path) -> State | None:
    """What last.json says, None where no epoch was finished."""
    path = folder / "last.json"
    if not path.exists():
        return None
    try:
        state: State = json.loads(path.read_text(encoding="utf-8"))
        for name in ("file", "sha256", "epoch", "step", "framework", "settings", "history"):
            state[name]
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} is damaged: {error}") from None
    return state


def load_checkpoint(folder: Path) -> tuple[dict[str, Array], State]:
    """Tensors and state of the last finished epoch, or of the one before if that is damaged."""
    state = read_state(folder)
    if state is None:
        raise RunError(f"{folder} holds no finished epoch to go on from")
    for entry in (state, state.get("previous")):
        if entry is None:
            continue
        path = folder / entry["file"]
        data = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(data).hexdigest() == entry["sha256"]:
            return load(data), {**entry, "history": state["history"][: entry["epoch"]]}
        print(f"warning: {path} is missing or damaged", file=sys.stderr)
    raise RunError(f"{folder} holds no whole checkpoint")


def show_resume(state: State, framework: str) -> None:
    """Say where a run goes on, and whether another framework has begun it."""
    before = state["framework"]
    other = "" if before == framework else f", which was trained with {before}"
    print(f"going on after epoch {state['epoch']}{other}")


def show_draws(state: State, framework: str) -> None:
    """Say what changes where another framework has begun a run with dropout or noise."""
    if state["framework"] != framework:
        print(f"note: from here on {framework} draws the random numbers of dropout and noise")


def check_settings(folder: Path, settings: Mapping[str, Any], weights: Path | None = None) -> None:
    """Stop where something else is asked of a run than it began with."""
    if weights is not None:
        raise RunError("--resume goes on with the run's own weights: leave --weights out")
    state = read_state(folder)
    if state is None:
        raise RunError(f"{folder} holds no finished epoch")
    for name, value in settings.items():
        if state["settings"][name] != value:
            option = f"--{name.replace('_', '-')}"
            old = state["settings"][name]
            raise RunError(f"the run in {folder} has {option} {old}, not {value}")
