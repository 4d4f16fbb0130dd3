"""Runs a generated script in float64: `python precise.py train_torch.py FLAGS`.

In float32 two frameworks part by rounding alone, and a small mistake hides in that.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any


def load(path: Path) -> Any:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    script = module_from_spec(spec)
    sys.modules[path.stem] = script  # its dataclasses look themselves up there
    spec.loader.exec_module(script)
    return script


def main() -> None:
    path = Path(sys.argv[1])
    script = load(path)
    if hasattr(script, "torch"):
        script.torch.set_default_dtype(script.torch.float64)
    else:
        script.keras.config.set_floatx("float64")
    batch = script.batch

    def doubled(*arguments: Any) -> tuple[Any, Any]:
        x, y = batch(*arguments)
        return x.astype("float64"), y.astype("float64") if y.dtype.kind == "f" else y

    script.batch = doubled
    sys.argv = sys.argv[1:]
    script.run(script.main)


if __name__ == "__main__":
    main()
