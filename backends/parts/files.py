"""Files of a run: whole or not there at all, even after a kill."""

from __future__ import annotations

import csv
import itertools
import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .data import Classes, Data
from .errors import RunError

Row: TypeAlias = dict[str, float]
CALLS = ("resume", "evaluate", "predict")


def atomic(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place and move it there when it is whole."""
    # The suffix stays: some writers choose their format by it.
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":  # the folder's entry, too, must outlive a power cut
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_json(path: Path, value: Any) -> None:
    text = json.dumps(value, indent=2, default=str) + "\n"
    atomic(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_config(folder: Path, config: Any) -> None:
    """config.json: the settings of a run, without what a call asks for besides."""
    settings = {name: value for name, value in asdict(config).items() if name not in CALLS}
    write_json(folder / "config.json", settings)


def write_facts(folder: Path, data: Data) -> None:
    """data.json: what a prediction must know of the data, the classes' names and the scalings."""
    scale = {name: vars(each) for name, each in data.scale.items()}
    write_json(folder / "data.json", {"classes": data.names, "scale": scale})


def read_facts(folder: Path) -> tuple[Classes, dict[str, dict[str, Any]]]:
    """The names of the classes by output, and the numbers of each input's scaling, as
    `write_facts` wrote them."""
    path = folder / "data.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return dict(facts["classes"]), {name: dict(each) for name, each in facts["scale"].items()}
    except FileNotFoundError:
        raise RunError(f"{folder} holds no trained model") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path} is damaged: {error}") from None


def fresh_folder(folder: Path) -> None:
    """Make the folder of a new run; a run that is there already moves aside, so nothing is lost."""
    if (folder / "last.json").exists():
        resolved = folder.resolve()
        free = (resolved.with_name(f"{resolved.name}-{count}") for count in itertools.count(1))
        aside = next(place for place in free if not place.exists())
        resolved.rename(aside)
        print(f"the earlier run in {folder} is now in {aside.name}")
    folder.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder)


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed writer left behind."""
    for pattern in (".*.tmp*", ".tmp??????"):
        for path in folder.glob(pattern):
            path.unlink()


def write_history(folder: Path, history: Sequence[Row]) -> None:
    """history.json, history.csv and curves.png: a row for each epoch."""
    # JSON has no NaN: a number that does not exist is null.
    rows = [{k: v if math.isfinite(v) else None for k, v in row.items()} for row in history]
    write_json(folder / "history.json", rows)
    atomic(folder / "history.csv", lambda path: write_csv(path, history))
    atomic(folder / "curves.png", lambda path: plot_history(path, history))


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def plot_history(path: Path, history: Sequence[Row]) -> None:
    """A panel for each loss and each metric, with the validation part where there is one."""
    names = [name for name in history[0] if name != "epoch" and not name.startswith("val_")]
    columns = min(len(names), 4)
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(4.5 * columns, 3.4 * rows), layout="constrained")
    epochs = [row["epoch"] for row in history]
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, name in zip(panels, names, strict=False):
        for key, label in ((name, "training"), (f"val_{name}", "validation")):
            if key in history[0]:
                axes.plot(epochs, [row[key] for row in history], marker=".", label=label)
        axes.set(title=name, xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    for axes in panels[len(names) :]:
        axes.remove()
    figure.savefig(path, dpi=120)
