"""What a run of several inputs or outputs keeps of its data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .data_several import Data, Scales
from .errors import RunError
from .files import Row, write_json
from .scaling import stored_scale


def write_facts(folder: Path, data: Data) -> None:
    """data.json: what a prediction must know of the data, the classes' names and the scalings."""
    scale = {name: vars(each) for name, each in data.scale.items()}
    write_json(folder / "data.json", {"classes": data.names, "scale": scale})


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


def stored_scales(folder: Path, fixed: Scales) -> Scales:
    """The scaling of each input: those that are fixed, and those that `write_facts` wrote."""
    path = folder / "data.json"
    try:
        numbers = json.loads(path.read_text(encoding="utf-8"))["scale"]
        measured = {name: numbers[name] for name in numbers if name not in fixed}
        return {**fixed, **{name: stored_scale(each) for name, each in measured.items()}}
    except FileNotFoundError:
        raise RunError(f"{folder} holds no trained model") from None
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} is damaged: {error}") from None
