"""What a run needs of PyTorch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from .data import Array
from .errors import RunError
from .weights import EXACT, check_tensors, read_weights


def choose_device(wish: str) -> torch.device:
    """The device of a name such as `cuda:1`; for `auto` a GPU where there is one."""
    found = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    here = [name for name, available in found.items() if available]
    name = here[0] if wish == "auto" else wish
    kind, _, index = name.partition(":")
    if kind not in here or (index and not (index.isdecimal() and index.isascii())):
        raise RunError(f"no device `{wish}` here; there is {', '.join(here)}")
    if kind == "cuda":
        if index and int(index) >= torch.cuda.device_count():
            raise RunError(f"no device `{wish}` here; there are {torch.cuda.device_count()}")
        torch.set_float32_matmul_precision("high")  # TF32
    return torch.device(name)


def device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return f"{device} ({torch.get_num_threads()} threads)" if device.type == "cpu" else str(device)


def to_device(array: Array, device: torch.device) -> Tensor:
    tensor = torch.from_numpy(array)
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def seed_torch(seed: int, epoch: int) -> None:
    """Seed dropout by seed and epoch alone: a resumed run draws what it would have drawn."""
    state = np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)
    torch.manual_seed(int(state[0]) >> 1)


def keras_epsilon(optimizer: Optimizer, step: int, epsilon: float, beta2: float) -> None:
    """Let Adam add epsilon before the bias correction, as Keras does and the spec means.

    PyTorch adds it after; this epsilon, set before each step, makes both the same.
    """
    for group in optimizer.param_groups:
        group["eps"] = epsilon / math.sqrt(1 - beta2**step)


def total(numbers: list[Tensor]) -> float:
    """The sum of numbers that lie on a device, added exactly on the CPU."""
    return math.fsum(torch.stack(numbers).tolist())


def count_pairs(confusion: Tensor, labels: Tensor, predicted: Tensor) -> None:
    """Add a batch to a confusion matrix, without waiting for the device."""
    places = (labels.long() * len(confusion) + predicted.long()).flatten()
    confusion.view(-1).scatter_add_(0, places, torch.ones_like(places))


def numpy_of(parts: list[Tensor]) -> Array:
    """The batches of a pass in one array."""
    array: Array = torch.cat(parts).cpu().numpy()
    return array


def load_weights(path: Path, model: nn.Module) -> None:
    """Put the weights of a safetensors file in a model that has exactly these."""
    weights = read_weights(path, {name: tuple(t.shape) for name, t in weights_of(model).items()})
    put_weights(model, weights)


def put_weights(model: nn.Module, weights: Mapping[str, Array]) -> None:
    with torch.no_grad():
        for name, tensor in weights_of(model).items():
            # A copy: arrays of a file cannot be written to, and PyTorch warns of such.
            tensor.copy_(torch.from_numpy(weights[name].copy()))


def tensors_of(model: nn.Module, optimizer: Optimizer) -> dict[str, Array]:
    """Weights, statistics and the optimizer's memory under names that every framework can read."""
    tensors = {f"model.{name}": tensor for name, tensor in weights_of(model).items()}
    names = [name for name, _ in model.named_parameters()]
    for place, slots in optimizer.state_dict()["state"].items():
        for slot, value in slots.items():
            if slot != "step" and value is not None:
                tensors[f"optimizer.{slot}.{names[place]}"] = value
    return {name: tensor.cpu().numpy() for name, tensor in tensors.items()}


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    # PyTorch counts the batches of each BatchNorm, and nothing here reads that number.
    state = model.state_dict().items()
    return {name: tensor for name, tensor in state if not name.endswith("num_batches_tracked")}


def restore(
    model: nn.Module,
    optimizer: Optimizer,
    slots: Sequence[str],
    tensors: Mapping[str, Array],
    step: int,
) -> None:
    """Put back what `tensors_of` gave. slots: what the optimizer keeps for each parameter."""
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    shapes = {f"model.{name}": tuple(t.shape) for name, t in weights_of(model).items()}
    shapes |= {
        f"optimizer.{slot}.{name}": tuple(parameter.shape)
        for slot in slots
        for name, parameter in trained.items()
    }
    check_tensors("the checkpoint does not fit the model", tensors, shapes, EXACT)
    put_weights(model, {name: tensors[f"model.{name}"] for name in weights_of(model)})
    state: dict[int, dict[str, Tensor]] = {}
    for place, (name, parameter) in enumerate(model.named_parameters() if slots else ()):
        if name not in trained:
            continue
        state[place] = {"step": torch.tensor(float(step))}
        for slot in slots:
            value = torch.from_numpy(tensors[f"optimizer.{slot}.{name}"].copy())
            # In the parameter's own memory format, as the fused optimizer needs it.
            state[place][slot] = torch.empty_like(parameter).copy_(value)
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
