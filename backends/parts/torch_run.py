"""What a run needs of PyTorch."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from .data import Array
from .errors import RunError
from .files import atomic


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


def save_weights(path: Path, model: nn.Module) -> None:
    atomic(path, lambda temporary: torch.save(model.state_dict(), temporary))


def load_weights(path: Path, model: nn.Module, device: torch.device) -> None:
    if not path.exists():
        raise RunError(f"there is no {path}: train the model first")
    # Anything but an archive would go to the reader of an old format, which trusts it more.
    if not zipfile.is_zipfile(path):
        raise RunError(f"{path} is damaged")
    try:
        model.load_state_dict(torch.load(path, map_location=device, weights_only=True))
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        raise RunError(f"{path} is damaged or of another model: {reason}") from None


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
    model: nn.Module, optimizer: Optimizer, tensors: Mapping[str, Array], step: int
) -> None:
    """Put back what `tensors_of` gave."""
    weights: dict[str, Tensor] = {}
    slots: dict[int, dict[str, Tensor]] = {}
    parameters = dict(model.named_parameters())
    places = {name: place for place, name in enumerate(parameters)}
    for name, array in tensors.items():
        kind, _, rest = name.partition(".")
        if kind == "model":
            weights[rest] = torch.from_numpy(array)
            continue
        slot, _, parameter = rest.partition(".")
        if parameter not in places:
            raise RunError(f"the checkpoint is of another model: it has `{parameter}`")
        memory = slots.setdefault(places[parameter], {"step": torch.tensor(float(step))})
        # In the parameter's own memory format, as the fused optimizer needs it.
        memory[slot] = torch.empty_like(parameters[parameter]).copy_(torch.from_numpy(array))
    if different := weights.keys() ^ weights_of(model).keys():
        raise RunError(f"the checkpoint is of another model: see `{min(different)}`")
    model.load_state_dict(weights, strict=False)
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": slots, "param_groups": groups})
