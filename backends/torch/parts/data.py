"""Batches as tensors: numbers go to the device as they are stored, and are scaled there."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from ...parts.data import Array, Arrays, Part, count_batches, epoch_order

Tensors: TypeAlias = dict[str, Tensor]
Batch: TypeAlias = tuple[Tensors, Tensors]
Scale: TypeAlias = Callable[[Tensor], Tensor]
Scales: TypeAlias = Mapping[str, Scale]


@cache
def float_tensor(numbers: tuple[float, ...] | float, device: torch.device) -> Tensor:
    """Numbers on a device, put there once; one for all channels as a number without places."""
    return torch.tensor(numbers, dtype=torch.float32, device=device).squeeze()


def as_float(x: Tensor) -> Tensor:
    """The numbers as they are."""
    return x.float()


@dataclass(frozen=True)
class UnitRange:
    """Brings 0..top to 0..1."""

    top: int

    def __call__(self, x: Tensor) -> Tensor:
        # Not by a Python number: a GPU takes that times 1 / top, which has another last bit.
        return x.float() / float_tensor(self.top, x.device)


@dataclass(frozen=True)
class Standardize:
    """Subtracts a mean and divides by a standard deviation, one for each channel or for all."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, x: Tensor) -> Tensor:
        return (x.float() - float_tensor(self.mean, x.device)) / float_tensor(self.std, x.device)


def scale_inputs(inputs: Tensors, scale: Scales) -> Tensors:
    """Each input as the network takes it."""
    return {name: scale[name](x) for name, x in inputs.items()}


def tensors_of(arrays: Arrays) -> Tensors:
    """Arrays as tensors: bytes stay bytes, and what else goes into a network is float32."""
    return {name: torch.from_numpy(plain(array)) for name, array in arrays.items()}


def plain(array: Array) -> Array:
    kinds = np.uint8, np.float32, np.int64
    kept = array if array.dtype in kinds else array.astype(np.float32)
    return np.require(kept, requirements=["C", "W"])


def fits(size: int, device: torch.device) -> bool:
    """Whether so many bytes fill a third of what is free on a GPU at most."""
    return device.type == "cuda" and size <= torch.cuda.mem_get_info(device)[0] / 3


class Stored:
    """A part's samples as tensors: on a GPU that has room for them, else where they were read."""

    def __init__(self, part: Part, device: torch.device) -> None:
        self.device, self.rows = device, torch.from_numpy(part.rows)
        self.inputs = tensors_of(part.samples.inputs)
        self.targets = tensors_of(part.samples.targets)
        if fits(self.size(), device):
            self.inputs, self.targets = self.moved(self.inputs), self.moved(self.targets)
            self.rows = torch.arange(len(part), device=device)

    def size(self) -> int:
        """Bytes of the part's own samples."""
        every = itertools.chain(self.inputs.values(), self.targets.values())
        return len(self.rows) * sum(math.prod(x.shape[1:]) * x.element_size() for x in every)

    def moved(self, tensors: Tensors) -> Tensors:
        return {name: x[self.rows].to(self.device) for name, x in tensors.items()}


def make_batch(part: Stored, rows: Tensor, scale: Scales) -> Batch:
    """The samples in some rows, ready for the network: inputs and targets."""
    inputs = {name: scale[name](select(x, rows, part.device)) for name, x in part.inputs.items()}
    return inputs, {name: select(y, rows, part.device) for name, y in part.targets.items()}


def select(x: Tensor, rows: Tensor, device: torch.device) -> Tensor:
    """Some rows on a device; to a GPU they go from memory that it can read by itself."""
    if x.device.type == device.type:
        return x.index_select(0, rows)
    page = torch.empty((len(rows), *x.shape[1:]), dtype=x.dtype, pin_memory=device.type == "cuda")
    return torch.index_select(x, 0, rows, out=page).to(device, non_blocking=True)


class Batches:
    """A part of the data in batches up to a limit, in its own order or in that of an epoch."""

    def __init__(
        self, part: Part, size: int, scale: Scales, limit: int | None, device: torch.device
    ) -> None:
        self.device = device
        self.part, self.size, self.scale = Stored(part, device), size, scale
        self.steps = count_batches(len(part), size, limit)
        self.rows = self.part.rows.split(size)[: self.steps]

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[Batch]:
        made = (make_batch(self.part, rows, self.scale) for rows in self.rows)
        copied = self.device.type == "cuda" and self.part.rows.device.type == "cpu"
        return overlapped(made, self.device) if copied else made

    def reorder(self, seed: int, epoch: int) -> None:
        every = self.part.rows
        order = torch.from_numpy(epoch_order(seed, epoch, len(every))).to(every.device)
        self.rows = every[order].split(self.size)[: self.steps]


def overlapped(batches: Iterator[Batch], device: torch.device) -> Iterator[Batch]:
    """Batches from a stream of their own: each is copied while the network works on the one
    before."""
    network = torch.cuda.current_stream(device)
    copies = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    while True:
        with torch.cuda.stream(copies):
            batch = next(batches, None)
        if batch is None:
            return
        network.wait_stream(copies)
        for tensor in itertools.chain(*(tensors.values() for tensors in batch)):
            tensor.record_stream(network)
        yield batch
