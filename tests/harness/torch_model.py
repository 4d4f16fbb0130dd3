"""Runs a generated PyTorch model on given weights and inputs."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

exact = import_module("specc.backends.torch.exact").exact


def main(folder: Path) -> None:
    job = json.loads((folder / "job.json").read_text())
    scope: dict[str, Any] = {}
    exec(job["code"], scope)
    torch.set_default_dtype(torch.float64)
    model = scope[job["maker"]]()
    given = np.load(folder / "given.npz")
    state = {name.partition(":")[2]: given[name] for name in given if name.startswith("weight:")}
    model.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
    model.eval()
    inputs = {}
    for name in given:
        if name.startswith("input:"):
            x = torch.from_numpy(given[name])
            inputs[name.partition(":")[2]] = x.movedim(-1, 1) if x.ndim >= 4 else x
    with torch.no_grad(), exact():
        made = model(*inputs.values())
    outputs = made if isinstance(made, dict) else {"output": made}
    arrays = {name: (y.movedim(1, -1) if y.ndim >= 4 else y).numpy() for name, y in outputs.items()}
    count = sum(parameter.numel() for parameter in model.parameters())
    np.savez(folder / "made.npz", parameters=count, **arrays)


main(Path(sys.argv[1]))
