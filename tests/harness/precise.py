"""Runs generated scripts one after another: `python precise.py float64 JOBS.json`.

The jobs are lists of a script and its flags, all of one framework. In float32 two frameworks part
by rounding alone, and a small mistake hides in that; in float64 it does not.
"""

from __future__ import annotations

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any


def load(path: Path) -> Any:
    """A script as a module."""
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    script = module_from_spec(spec)
    sys.modules[path.stem] = script  # its dataclasses look themselves up there
    spec.loader.exec_module(script)
    return script


def set_precision(script: Any, dtype: str) -> None:
    """Make a framework compute in a precision, and feed the script's batches in it."""
    if hasattr(script, "torch"):
        script.torch.set_default_dtype(getattr(script.torch, dtype))
    else:
        script.keras.config.set_floatx(dtype)
    batch = script.make_batch

    def cast(*arguments: Any) -> tuple[Any, Any]:
        x, y = batch(*arguments)
        return precise(x, dtype), precise(y, dtype)

    script.make_batch = cast


def precise(array: Any, dtype: str) -> Any:
    """The numbers of an array, or of several by their names; whole ones stay whole."""
    if isinstance(array, dict):
        return {name: precise(each, dtype) for name, each in array.items()}
    if hasattr(array, "is_floating_point"):  # a tensor
        return array.double() if array.is_floating_point() and dtype == "float64" else array
    return array.astype(dtype) if array.dtype.kind == "f" else array


def main() -> None:
    dtype, jobs = sys.argv[1], json.loads(Path(sys.argv[2]).read_text())
    for path, *flags in jobs:
        script = load(Path(path))
        set_precision(script, dtype)
        script.plot_history = lambda path, history: path.touch()  # a quarter of a second each
        sys.argv = [path, *flags]
        script.run(script.main)


if __name__ == "__main__":
    main()
