"""What a lean script needs of PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

from ....parts.lean.samples import Arrays

Tensors: TypeAlias = dict[str, Tensor]


def to_device(arrays: Arrays, device: str) -> Tensors:
    return {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}


def detached(tensors: Tensors) -> Tensors:
    return {name: tensor.detach() for name, tensor in tensors.items()}


def joined(parts: Sequence[Tensors]) -> Tensors:
    """The batches of a pass in one tensor for each name."""
    return {name: torch.cat([part[name] for part in parts]).cpu() for name in parts[0]}


def measured(metric: Any, result: Tensor, y: Tensor) -> float:
    """A metric of all samples of a pass."""
    metric.add(result, y)
    return float(metric.value())
