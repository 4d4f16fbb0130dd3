"""What a probe is asked, and what it answers. Travels as JSON lines and safetensors files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

Array: TypeAlias = NDArray[Any]
Precision: TypeAlias = Literal["float32", "float64"]
Mode: TypeAlias = Literal["train", "order", "full"]
Streams: TypeAlias = dict[str, list[int]]


@dataclass(frozen=True)
class Given:
    """An input's numbers. top: pictures of bytes up to it; None for floating-point numbers."""

    shape: Sequence[int]
    top: int | None


@dataclass(frozen=True)
class Wanted:
    """An output's labels. kind: `classes`, `numbers` or `onehot`."""

    kind: str
    shape: Sequence[int]
    classes: int


@dataclass(frozen=True)
class Raw:
    """How to make samples where the spec's own data is not there: what its reader would return.

    reader: the function of the script to stand in for. parts: sizes. inputs, outputs: by their
    names in the model. fed: of a reader that is told what feeds them, the arrays or columns of
    each. named: whether the reader returns the names of the classes too. lean: the function of a
    lean script that reads a part.
    """

    reader: str
    parts: dict[str, int]
    inputs: dict[str, Given]
    outputs: dict[str, Wanted]
    fed: dict[str, str]
    named: bool = False
    lean: str = ""

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Raw:
        inputs = {name: Given(**each) for name, each in found.pop("inputs").items()}
        outputs = {name: Wanted(**each) for name, each in found.pop("outputs").items()}
        return cls(inputs=inputs, outputs=outputs, **found)


@dataclass(frozen=True)
class Move:
    """How a case moves weights before the training begins (specc/parity/moves.py).

    size: how far, relative to a tensor's own numbers. seed: of the directions. names: the trainable
    tensors that are moved; None for all.
    """

    size: float
    seed: int
    names: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Case:
    """One run of a script.

    mode: `order` follows the batches of the whole run without computing; `train` is a short run
    that records everything; `full` trains as the script stands. keep: the numbers of updates after
    which parameters are recorded. streams: for each layer that draws its seed, its number of calls
    so far, and of its uses, in the order of the script, when each runs in a pass. told: what the
    backend says of a lean script, which does not say it itself. moves: of weights, before anything
    is computed. still: tensors whose gradient is 0 but for rounding; it becomes 0. drawn: the
    precision in which random numbers are drawn, where it is not that of the run.
    """

    script: str
    folder: str
    mode: Mode = "train"
    dtype: Precision = "float64"
    samples: int = 0
    batch: int | None = None
    epochs: int | None = None
    seed: int | None = None
    data: str | None = None
    raw: Raw | None = None
    synthetic: bool = False
    keep: tuple[int, ...] = (0, 1)
    layers: bool = False
    random: bool = False
    streams: Streams | None = None
    told: dict[str, Any] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    still: tuple[str, ...] = ()
    drawn: Precision | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Case:
        found = json.loads(text)
        if found["raw"] is not None:
            found["raw"] = Raw.from_json(found["raw"])
        found["moves"] = tuple(Move(**each) for each in found["moves"])
        return cls(**{**found, "keep": tuple(found["keep"])})


@dataclass
class Answer:
    """What a probe recorded. facts: everything but arrays."""

    backend: str
    facts: dict[str, Any]
    file: Path | None = field(default=None, repr=False)

    @cached_property
    def arrays(self) -> dict[str, Array]:
        return {} if self.file is None else load_file(self.file)

    def group(self, prefix: str) -> dict[str, Array]:
        """The arrays below a prefix, in the order of recording."""
        order: list[str] = self.facts["order"]
        return {name[len(prefix) :]: self.arrays[name] for name in order if name.startswith(prefix)}

    def outputs(self, prefix: str) -> list[str]:
        """The names of the arrays of a pass's outputs: `logits`, or `logits/price` and others."""
        order: list[str] = self.facts["order"]
        return [name for name in order if name == prefix or name.startswith(f"{prefix}/")]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["facts"][name]
        except KeyError:
            raise AttributeError(name) from None


def flat(arrays: dict[str, Array]) -> Array:
    """All numbers in one row, in float64."""
    rows = [np.asarray(array, np.float64).ravel() for array in arrays.values()]
    return np.concatenate(rows) if rows else np.zeros(0)
