"""What a run needs of PyTorch."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ...parts.checkpoint import Kept, State, show_draws
from ...parts.data import Array
from ...parts.errors import RunError
from ...parts.weights import Shapes, read_weights


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
        torch.backends.cudnn.deterministic = True  # so that a run can be repeated, and resumed
    return torch.device(name)


def device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return f"{device} ({torch.get_num_threads()} threads)" if device.type == "cpu" else str(device)


def seed_torch(seed: int, epoch: int) -> None:
    """Seed dropout by seed and epoch alone: a resumed run draws what it would have drawn."""
    state = np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)
    torch.manual_seed(int(state[0]) >> 1)


class Draws(Kept):
    """Nothing: each epoch seeds anew what it draws, in each framework in its own way."""

    def restore(self, tensors: Mapping[str, Array], state: State) -> None:
        show_draws(state, "PyTorch")


def keras_epsilon(optimizer: Optimizer, step: int, epsilon: float, beta2: float) -> None:
    """Let Adam add epsilon before the bias correction, as Keras does and the spec means.

    PyTorch adds it after; this epsilon, set before each step, makes both the same.
    """
    for group in optimizer.param_groups:
        group["eps"] = epsilon / math.sqrt(1 - beta2**step)


def load_weights(path: Path, model: nn.Module) -> None:
    """Put the weights of a safetensors file in a model that has exactly these."""
    weights = read_weights(path, {name: tuple(t.shape) for name, t in weights_of(model).items()})
    put_weights(model, weights)


def put_weights(model: nn.Module, weights: Mapping[str, Array]) -> None:
    with torch.no_grad():
        for name, tensor in weights_of(model).items():
            # A copy: arrays of a file cannot be written to, and PyTorch warns of such.
            tensor.copy_(torch.from_numpy(weights[name].copy()))


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    # PyTorch counts the batches of each BatchNorm, and nothing here reads that number.
    state = model.state_dict().items()
    return {name: tensor for name, tensor in state if not name.endswith("num_batches_tracked")}


class Weights(Kept):
    """Weights and statistics of a model under their names in every framework."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model

    def shapes(self) -> Shapes:
        return {f"model.{name}": tuple(t.shape) for name, t in weights_of(self.model).items()}

    def tensors(self) -> dict[str, Array]:
        weights = weights_of(self.model).items()
        return {f"model.{name}": tensor.cpu().numpy() for name, tensor in weights}

    def restore(self, tensors: Mapping[str, Array], state: State) -> None:
        put_weights(self.model, {name: tensors[f"model.{name}"] for name in weights_of(self.model)})


class Slots(Kept):
    """What an optimizer keeps for each parameter; the names are PyTorch's in every framework."""

    def __init__(self, model: nn.Module, optimizer: Optimizer, *names: str) -> None:
        self.optimizer, self.names = optimizer, names
        self.parameters = {n: p for n, p in model.named_parameters() if p.requires_grad}

    def shapes(self) -> Shapes:
        pairs = itertools.product(self.names, self.parameters.items())
        return {f"optimizer.{slot}.{name}": tuple(p.shape) for slot, (name, p) in pairs}

    def tensors(self) -> dict[str, Array]:
        found = {}
        for slot, (name, parameter) in itertools.product(self.names, self.parameters.items()):
            # A parameter that no loss has reached yet has nothing, which is zeros elsewhere.
            value = self.optimizer.state[parameter].get(slot, torch.zeros_like(parameter))
            found[f"optimizer.{slot}.{name}"] = value.detach().cpu().numpy()
        return found

    def restore(self, tensors: Mapping[str, Array], state: State) -> None:
        for name, parameter in self.parameters.items():
            # A fused optimizer counts its steps where it makes them.
            place = parameter.device if self.optimizer.defaults.get("fused") else None
            kept = {"step": torch.tensor(float(state["step"]), device=place)}
            for slot in self.names:
                value = torch.from_numpy(tensors[f"optimizer.{slot}.{name}"].copy())
                # In the parameter's own memory format, as the fused optimizer needs it.
                kept[slot] = torch.empty_like(parameter).copy_(value)
            self.optimizer.state[parameter] = kept
