"""The canonical file of weights: safetensors, PyTorch's names and layouts, float32.

Its metadata are `format`, which is `specc-1`, and `graph`, a hash of the model's part of the IR.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from specc import ir
from specc.codegen.model.plan import make_plan
from specc.codegen.script.write import replace

Array: TypeAlias = NDArray[Any]
Shapes: TypeAlias = dict[str, tuple[int, ...]]

SUFFIX = ".safetensors"
FORMAT = "specc-1"
# Those of NumPy: it has no BF16 and no F8.
_TYPES = {"BOOL", "U8", "I8", "U16", "I16", "F16", "U32", "I32", "F32", "U64", "I64", "F64"}
# What the scripts do is done by the same functions, from the parts that they carry.
_PARTS = "specc.backends.parts"


class WeightsError(Exception):
    """What is wrong with a file, a line for each thing."""

    def __init__(self, path: Path, reasons: Sequence[str]) -> None:
        super().__init__("\n".join(f"{path}: {reason}" for reason in reasons))


@dataclass(frozen=True)
class Tensors:
    """What a safetensors file holds."""

    arrays: dict[str, Array]
    metadata: dict[str, str]

    @property
    def is_checkpoint(self) -> bool:
        """Whether it is the last epoch of a run: weights as `model.NAME`, and the optimizer's."""
        kinds = {name.partition(".")[0] for name in self.arrays}
        return "format" not in self.metadata and {"model"} <= kinds <= {"model", "optimizer"}

    def weights(self) -> dict[str, Array]:
        """The weights by their canonical names."""
        if not self.is_checkpoint:
            return self.arrays
        prefix = "model."
        return {
            name.removeprefix(prefix): array
            for name, array in self.arrays.items()
            if name.startswith(prefix)
        }


def part(module: str, name: str) -> Any:
    """A definition of the parts of scripts."""
    return getattr(import_module(f"{_PARTS}.{module}"), name)


def shapes_of(model: ir.Model) -> Shapes:
    """The canonical names of a model's weights and statistics, with their shapes."""
    return {name: weight.shape for name, weight in make_plan(model).weights}


def graph_hash(model: ir.Model) -> str:
    return hashlib.sha256(model.model_dump_json().encode()).hexdigest()


def read(path: Path) -> Tensors:
    """Every tensor of a file as it is. Raises WeightsError or OSError."""
    path.open("rb").close()  # safetensors has one error for a missing file and for a damaged one
    try:
        with safe_open(path, "numpy") as file:
            names = file.keys()
            types = {name: file.get_slice(name).get_dtype() for name in names}
            if strange := [name for name, kind in types.items() if kind not in _TYPES]:
                raise WeightsError(path, [f"`{n}` is {types[n]}, not F32" for n in strange])
            return Tensors({name: file.get_tensor(name) for name in types}, file.metadata() or {})
    except SafetensorError as error:
        raise WeightsError(path, [f"is not a whole safetensors file: {error}"]) from None


def check(path: Path, arrays: Mapping[str, Array], shapes: Shapes) -> None:
    """Raise WeightsError unless the arrays are exactly the weights of these names and shapes."""
    if wrong := part("weights", "misfits")(arrays, shapes, ("float32",)):
        raise WeightsError(path, wrong)


def write(path: Path, arrays: Mapping[str, Array], model: ir.Model) -> None:
    """Write a canonical file whole or not at all."""
    # A transposed array would be written in its old layout, without a word.
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    replace(path, _in_order(save(whole, {"format": FORMAT, "graph": graph_hash(model)})))


def _in_order(data: bytes) -> bytes:
    """The bytes of a file with its metadata sorted: safetensors puts them in any order."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return data[:8] + text.ljust(end - 8) + data[end:]
