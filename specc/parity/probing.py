"""What the probes of all backends share: reading a script, its data, recording."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np
from safetensors.numpy import save_file

from specc.codegen.script.contract import Member, misfits
from specc.parity.case import Array, Case
from specc.parity.made import reader

WRITERS = (
    "save_weights",
    "keep_best",
    "save_best",
    "save_checkpoint",
    "write_history",
    "write_config",
    "write_facts",
    "write_json",
)
"""Functions of a script that write results: they cost time and change no number."""
HASHED_EPOCHS = 2
_ALIVE = 1.0
"""Seconds between two signs of life."""
_KEPT_ROWS = 250_000
_BESIDE = "__specc_beside__"
"""Under this name a loaded script has the modules that lie beside it."""


class Unusable(Exception):
    """A script that lacks what a probe calls."""


class Endless(Exception):
    """A training that does not end."""


class Recorder:
    """Collects what a run computes; `emit` tells the driver something while it runs."""

    def __init__(self, case: Case, emit: Callable[[dict[str, Any]], None]) -> None:
        self.case, self.emit = case, emit
        self.arrays: dict[str, Array] = {}
        self.facts: dict[str, Any] = {
            "losses": [], "rates": [], "rows": [], "batches": [], "evaluations": [], "sizes": {},
        }  # fmt: skip
        self.updates = 0
        self.training = False
        self.epoch = 0
        self.data: Any = None
        self.passes: list[list[Any]] = []
        self.fed: tuple[Any, Any] | None = None
        """The last batch that the script has made."""
        self._told, self._said, self._batches, self.most = 0.0, -1, 0, 0

    def put(self, name: str, value: Any) -> None:
        self.arrays[name] = np.ascontiguousarray(value)

    def put_outputs(self, outputs: Any) -> None:
        """The logits of the first batch, of several outputs each by its name."""
        if not isinstance(outputs, dict):
            return self.put("logits", outputs)
        for name, value in outputs.items():
            self.put(f"logits/{name}" if len(outputs) > 1 else "logits", value)

    def layer(self, mode: str, name: str, value: Any) -> None:
        """A layer's value for the first samples; a name that is there gets a number."""
        value = np.asarray(value)
        if value.ndim == 0:
            return
        rows = max(1, _KEPT_ROWS // max(1, value[0].size))
        key, count = f"layer/{mode}/{name}", 2
        while key in self.arrays:
            key, count = f"layer/{mode}/{name}#{count}", count + 1
        self.put(key, value[:rows])

    @property
    def hashing(self) -> bool:
        """Of a whole run the batches of two epochs are followed, then only the learning rates."""
        return self.case.mode != "order" or self.epoch < HASHED_EPOCHS

    def batch(self, kind: str, inputs: Any, targets: Any) -> None:
        """Note a batch by the hashes of its bytes."""
        self.live()
        if self.hashing:
            assert self.fed is not None
            # A script may give its only input and its only target without their names.
            x, y = (named(each, fed) for each, fed in zip((inputs, targets), self.fed, strict=True))
            self.facts["batches"].append([kind, digest(x), digest(y), len(next(iter(x.values())))])

    def live(self) -> None:
        """Tell the driver now and then that the run goes on; stop one that goes on for ever."""
        self._batches += 1
        if 0 < self.most < self._batches:
            raise Endless(f"the script takes ever more batches, {self.most} so far")
        first = self._said < self.updates < 2
        if first or time.monotonic() - self._told > _ALIVE:
            self._told, self._said = time.monotonic(), self.updates
            self.emit({"event": "alive", "updates": self.updates})

    def begin_evaluation(self) -> None:
        self.passes.append([])

    def finish(self) -> None:
        for number, batches in enumerate(self.passes):
            if batches and isinstance(batches[0], dict):
                for name in batches[0]:
                    whole = np.concatenate([outputs[name] for outputs in batches])
                    several = len(batches[0]) > 1
                    self.put(f"eval/{number}/{name}" if several else f"eval/{number}", whole)
            elif batches:
                self.put(f"eval/{number}", np.concatenate(batches))

    def save(self, folder: Path) -> None:
        self.finish()
        self.facts["order"] = list(self.arrays)
        # safetensors knows no empty shape trouble, but wants every array whole.
        save_file(self.arrays, folder / "arrays.safetensors")


def digest(arrays: Mapping[str, Any]) -> dict[str, str]:
    """A hash of each array's numbers, whatever their precision on the way."""
    found = {}
    for name, value in arrays.items():
        array = np.asarray(value)
        kind = np.float32 if array.dtype.kind == "f" else np.int64
        found[name] = hashlib.sha1(np.ascontiguousarray(array, kind).tobytes()).hexdigest()[:12]
    return found


def named(arrays: Any, like: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays by the names of others; a single one may come without its name."""
    return dict(arrays) if isinstance(arrays, dict) else dict.fromkeys(like, arrays)


def each(function: Callable[[Any], Any], arrays: Any) -> Any:
    """A function of an array, applied to each where they go by their names."""
    if isinstance(arrays, dict):
        return {name: function(array) for name, array in arrays.items()}
    return function(arrays)


_loaded: dict[str, tuple[str, ModuleType]] = {}


def load_script(path: Path, contract: Iterable[Member], lean: Iterable[Member] = ()) -> ModuleType:
    """The script as a module; the same one as long as the file's bytes stay.

    What a module beside it has, it has too. lean: the contract of a script without a Config. Raises
    Unusable where it lacks what a probe calls.
    """
    known = hashlib.sha1(path.read_bytes()).hexdigest()
    if _loaded.get(str(path), ("",))[0] != known:
        module = _load(path, f"specc_script_{known[:12]}")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        wanted = contract if hasattr(module, "Config") or not lean else lean
        if wrong := list(misfits(wanted, tree, vars(module))):
            raise Unusable(f"the script's {wrong[0]}")
        _loaded[str(path)] = (known, module)
    return _loaded[str(path)][1]


def _load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    with patch.object(sys, "path", [str(path.parent), *sys.path]):
        spec.loader.exec_module(module)
    adopt_beside(module, path.parent)
    return module


def adopt_beside(module: ModuleType, folder: Path) -> None:
    """Let a script have what the modules beside it have."""
    # Another folder has a module of the same name: this one's must not stand in its way.
    beside = [n for n in sys.modules if n.startswith("common_") and _lies_in(n, folder)]
    module.__dict__[_BESIDE] = [sys.modules.pop(n) for n in beside]
    for other in module.__dict__[_BESIDE]:
        for key, value in vars(other).items():
            if not key.startswith("__"):
                module.__dict__.setdefault(key, value)


def _lies_in(name: str, folder: Path) -> bool:
    file = getattr(sys.modules[name], "__file__", None)
    return file is not None and Path(file).parent == folder


def make_config(script: ModuleType, case: Case, folder: Path) -> Any:
    """The script's own settings, but for what the case shortens."""
    wanted = {"out": folder / "run", "device": "cpu"}
    wanted |= {"data": Path(case.data)} if case.data is not None else {}
    given = {"batch_size": case.batch, "epochs": case.epochs, "seed": case.seed}
    wanted |= {name: value for name, value in given.items() if value is not None}
    config = script.Config()
    return replace(config, **{k: v for k, v in wanted.items() if hasattr(config, k)})


@contextmanager
def patched(script: ModuleType, **functions: Any) -> Iterator[None]:
    """Functions of the script replaced for a while, wherever they are called from."""
    with ExitStack() as stack:
        for module in (script, *vars(script)[_BESIDE]):
            found = {name: value for name, value in functions.items() if hasattr(module, name)}
            if found:
                stack.enter_context(patch.multiple(module, **found))
        yield


def batch_maker(
    script: ModuleType, recorder: Recorder, cast: Callable[[Any], Any]
) -> Callable[..., tuple[Any, Any]]:
    """Stands in for the script's `make_batch`: calls it where something looks at the numbers.

    cast: brings an array, or what the backend has in its place, to the precision of the case.
    """
    original, case = script.make_batch, recorder.case
    last: list[tuple[Any, Any]] = []

    def batch(*args: Any) -> tuple[Any, Any]:
        if last and not recorder.hashing:
            return last[0]
        recorder.fed = original(*args)
        if case.mode != "order":
            inputs, targets = (each(cast, arrays) for arrays in recorder.fed)
            recorder.fed = inputs, targets
        last[:] = [recorder.fed]
        return recorder.fed

    return batch


def precise(case: Case) -> Callable[[Array], Array]:
    """A function that brings floating-point numbers to the precision of a case."""
    return lambda array: array.astype(case.dtype) if array.dtype.kind == "f" else array


def quiet(script: ModuleType) -> Any:
    """The script without its output files."""
    return patched(script, **{name: lambda *args, **kwargs: None for name in WRITERS})


def data_reader(script: ModuleType, recorder: Recorder) -> Callable[[Any], Any]:
    """Stands in for the script's `load_data`: calls it, and shortens what it gives."""
    case, original = recorder.case, script.load_data

    def load_data(config: Any) -> Any:
        data, why = _whole_data(script, case, config, original)
        recorder.facts["data"] = why
        recorder.facts["sizes"] = data.sizes
        if case.mode == "train":
            data = shortened(data, case.samples, config.batch_size)
        recorder.data = data
        # A pass over everything for each epoch, and one before; twice as much is no mere mistake.
        steps = sum(-(-size // config.batch_size) for size in data.sizes.values())
        recorder.most = 2 * steps * (config.epochs + 1)
        return data

    return load_data


def _whole_data(
    script: ModuleType, case: Case, config: Any, original: Callable[[Any], Any]
) -> tuple[Any, str]:
    why = "asked for"
    if not case.synthetic:
        try:
            return original(config), ""
        except (script.RunError, OSError) as error:
            if case.raw is None:
                raise
            why = str(error)
    assert case.raw is not None
    made = reader(script, case.raw)
    with patched(script, **{case.raw.reader: made}):
        return original(config), why


def shortened(data: Any, samples: int, batch: int) -> Any:
    """The same data with fewer samples."""
    parts = {}
    for name, size in short_sizes(samples, batch).items():
        part = getattr(data, name)
        parts[name] = replace(part, rows=part.rows[chosen(len(part), size)])
    return replace(data, **parts)


def short_sizes(samples: int, batch: int) -> dict[str, int]:
    """How many samples of each part a short run looks at."""
    return {"train": samples, "validation": batch + max(1, batch // 2), "test": batch + 1}


def chosen(whole: int, size: int) -> Array:
    """Some of the samples of a part, drawn so that no class is left out by its place."""
    rng = np.random.Generator(np.random.Philox(key=[23, whole]))
    return np.sort(rng.permutation(whole)[:size])


def first_part(data: Any) -> Any:
    """What to evaluate on."""
    return next(part for part in (data.validation, data.test, data.train) if len(part))
