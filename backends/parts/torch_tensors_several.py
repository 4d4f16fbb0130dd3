"""Tensors by their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from .data_several import Arrays
from .torch_run import to_device

Tensors: TypeAlias = dict[str, Tensor]


def all_to_device(arrays: Arrays, device: torch.device) -> Tensors:
    return {name: to_device(array, device) for name, array in arrays.items()}


def joined(parts: Sequence[Tensors]) -> Tensors:
    """The batches of a pass in one tensor for each name."""
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
