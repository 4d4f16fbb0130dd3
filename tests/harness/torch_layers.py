"""Runs lowered PyTorch layers in float64: outputs, gradients and running statistics."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

exact = import_module("specc.backends.torch.exact").exact


def to_torch(array: Any) -> Tensor:
    tensor = torch.from_numpy(array)
    return tensor.movedim(-1, 1).contiguous() if tensor.ndim >= 4 else tensor


def to_numpy(tensor: Tensor | None) -> Any:
    assert tensor is not None
    tensor = tensor.detach()
    return (tensor.movedim(1, -1) if tensor.ndim >= 4 else tensor).numpy().copy()


def run(job: dict[str, Any], given: Any, part: str, found: dict[str, Any]) -> None:
    key = job["key"]
    space: dict[str, Any] = {"torch": torch, "nn": nn, "F": F, "__name__": "layers"}
    exec(part, space)
    exec(job["code"], space)
    for mode in ("eval", "train")[: 1 + job["train"]]:
        net = space["Net"]()
        state = {f"layer.{name}": given[f"{key}|{name}"] for name in job["weights"]}
        # Loading is strict: a name that the module does not have would raise.
        net.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
        net.train(mode == "train")
        x = [to_torch(given[f"{key}|x{i}"]).requires_grad_() for i in range(len(job["inputs"]))]
        y = net(*x)
        found[f"{key}|{mode}|y"] = to_numpy(y)
        if found[f"{key}|{mode}|y"].shape != given[f"{key}|G"].shape:
            continue
        (y * to_torch(given[f"{key}|G"])).sum().backward()
        for index, value in enumerate(x):
            if value.grad is not None:
                found[f"{key}|{mode}|dx{index}"] = to_numpy(value.grad)
        learned = dict(net.named_parameters())
        for name, value in net.state_dict().items():
            short = name.removeprefix("layer.")
            if name in learned:
                found[f"{key}|{mode}|d{short}"] = learned[name].grad.numpy().copy()
            elif short in job["weights"]:
                found[f"{key}|{mode}|{short}"] = value.numpy().copy()


def main(folder: Path) -> None:
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    todo = json.loads((folder / "jobs.json").read_text("utf-8"))
    found: dict[str, Any] = {}
    with np.load(folder / "numbers.npz") as given, exact():
        for job in todo["jobs"]:
            run(job, given, todo["part"], found)
    np.savez(folder / "results.npz", **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
