"""What a run of several inputs or outputs keeps of its data."""

from __future__ import annotations

import json
from pathlib import Path

from .data_several import Data, Scales
from .errors import RunError
from .files import write_json
from .scaling import stored_scale


def write_facts(folder: Path, data: Data) -> None:
    """data.json: what a prediction must know of the data, the classes' names and the scalings."""
    scale = {name: vars(each) for name, each in data.scale.items()}
    write_json(folder / "data.json", {"classes": data.names, "scale": scale})


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
