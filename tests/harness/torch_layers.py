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
    arrays = {name: torch.from_numpy(given[f"{key}|{name}"]) for name in job["weights"]}
    for mode in ("eval", "train")[: 1 + job["train"]]:
        net = made(space, arrays, mode == "train")
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
                found[f"{key}|{mode}|d{short}"] = gradient(learned[name])
            elif short in job["weights"]:
                found[f"{key}|{mode}|{short}"] = value.numpy().copy()

    if job["places"]:
        exec(job["first"], space)
        run_without_gradient(job, space, arrays, given, found)


def made(space: dict[str, Any], arrays: dict[str, Tensor], train: bool) -> nn.Module:
    net: nn.Module = space["Net"]()
    # Loading is strict: a name that the module does not have would raise.
    net.load_state_dict({f"layer.{name}": array for name, array in arrays.items()})
    return net.train(train)


def run_without_gradient(
    job: dict[str, Any],
    space: dict[str, Any],
    arrays: dict[str, Tensor],
    given: Any,
    found: dict[str, Any],
) -> None:
    """As a network's first layer, and behind one that is frozen, on inputs that lie as those of
    scripts do: channels last."""
    key = job["key"]
    frozen = nn.Parameter(torch.ones(()), requires_grad=False)
    for place in job["places"]:
        net = made(space, arrays, not job["random"])
        x = [torch.from_numpy(given[f"{key}|x{i}"]) for i in range(len(job["inputs"]))]
        x = [each.movedim(-1, 1) if each.ndim >= 4 else each for each in x]
        y = net(*(each * frozen if place == "frozen" else each for each in x))
        found[f"{key}|{place}|y"] = to_numpy(y)
        if y.requires_grad and found[f"{key}|{place}|y"].shape == given[f"{key}|G"].shape:
            (y * to_torch(given[f"{key}|G"])).sum().backward()
            for name, value in net.named_parameters():
                short = name.removeprefix("layer.")
                found[f"{key}|{place}|d{short}"] = gradient(value)


def gradient(parameter: Tensor) -> Any:
    assert parameter.grad is not None
    return parameter.grad.numpy().copy()


def main(folder: Path) -> None:
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    todo = json.loads((folder / "jobs.json").read_text("utf-8"))
    found: dict[str, Any] = {}
    with np.load(folder / "numbers.npz") as given, exact():
        for job in todo["jobs"]:
            print(job["key"], flush=True)  # the last one is at fault where the process ends
            run(job, given, todo["part"], found)
    np.savez(folder / "results.npz", **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
