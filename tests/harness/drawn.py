"""What scripts begin with: `python -m harness.drawn JOBS.json`; a job: file, script, flags.

Stops a script where its model is ready to train, and keeps the weights by their canonical names.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from safetensors.numpy import save_file

from harness.precise import load


class Ready(Exception):
    pass


def stop(config: Any, settings: Any, data: Any, kept: Any, *rest: Any, **more: Any) -> None:
    raise Ready(kept)


def weights(script: Any, kept: Any) -> dict[str, Any]:
    start = "model."
    found = {n: array for n, array in script.collect(kept).items() if n.startswith(start)}
    return {name.removeprefix(start): array.copy(order="C") for name, array in found.items()}


def main() -> None:
    for out, path, *flags in json.loads(Path(sys.argv[1]).read_text()):
        script = load(Path(path))
        script.begin = stop
        script.load_data = lambda config: None  # weights hang on no data
        sys.argv = [path, *flags]
        try:
            script.main()
        except Ready as ready:
            save_file(weights(script, ready.args[0]), out)


if __name__ == "__main__":
    main()
