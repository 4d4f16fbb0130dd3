"""Moves weights between Keras's files and the canonical one.

Runs in a process of its own, as `exchange.py read SCRIPT MAKER FROM TO` or with `write`. What does
not fit is written to stderr, `wrong: ` before each line.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"  # as the scripts do

import h5py
import keras
from safetensors.numpy import save_file

from specc.parity.probing import load_script

from .contract import CONTRACT


def main() -> None:
    call, script_path, maker, given, made = sys.argv[1:]
    script = load_script(Path(script_path), CONTRACT)
    if call == "read":
        read(script, maker, Path(given), Path(made))
    else:
        write(script, maker, Path(given), Path(made))


def read(script: Any, maker: str, given: Path, made: Path) -> None:
    if given.name.endswith(".weights.h5"):
        model = getattr(script, maker)()
        check_datasets(model, given)
        model.load_weights(given)
    else:
        model = keras.models.load_model(given, compile=False, safe_mode=True)
    weights = script.named_weights(model, script.WEIGHTS)
    known = {id(weight) for weight, _ in weights.values()}
    stop_if([f"`{w.path}` is not in the model" for w in model.weights if id(w) not in known])
    tensors = {
        name: script.to_canonical(weight.numpy(), axes) for name, (weight, axes) in weights.items()
    }
    save_file(tensors, made)


def write(script: Any, maker: str, given: Path, made: Path) -> None:
    model = getattr(script, maker)()
    script.load_weights(given, model, script.WEIGHTS)
    if made.name.endswith(".weights.h5"):
        model.save_weights(made)
    else:
        script.save_model(model, made)


def check_datasets(model: keras.Model, given: Path) -> None:
    """Stop unless a file has the datasets that it would have if the model were saved.

    Keras itself reads a file that holds more than the model without a word.
    """
    with tempfile.TemporaryDirectory() as folder:
        wanted_file = Path(folder) / "wanted.weights.h5"
        model.save_weights(wanted_file)
        wanted, found = datasets(wanted_file), datasets(given)
    wrong = [f"`{name}` is missing" for name in wanted if name not in found]
    for name, shape in found.items():
        if name not in wanted:
            wrong.append(f"`{name}` is not in the model")
        elif shape != wanted[name]:
            wrong.append(f"`{name}` is {shape}, the model has {wanted[name]}")
    stop_if(wrong)


def datasets(path: Path) -> dict[str, tuple[int, ...]]:
    """The arrays of a file and their shapes, without those of an optimizer."""
    found: dict[str, tuple[int, ...]] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and not name.startswith("optimizer/"):
            found[name] = item.shape

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def stop_if(wrong: list[str]) -> None:
    if wrong:
        sys.exit("\n".join(f"wrong: {line}" for line in wrong))


if __name__ == "__main__":
    main()
