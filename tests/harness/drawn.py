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


def stop(config: Any, data: Any, model: Any, *rest: Any) -> None:
    raise Ready(model)


def weights(script: Any, model: Any) -> dict[str, Any]:
    if hasattr(script, "torch"):
        found = {name: tensor.numpy() for name, tensor in script.weights_of(model).items()}
        return {name: array.copy(order="C") for name, array in found.items()}
    named = script.named_weights(model, script.WEIGHTS).items()
    return {name: script.to_canonical(weight.numpy(), axes) for name, (weight, axes) in named}


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
