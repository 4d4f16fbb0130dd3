"""Runs generated PyTorch scripts and records what they compute, as a process of its own."""

from __future__ import annotations

import inspect
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import torch._dynamo  # every optimizer imports it when it is made
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)
from torch.optim.optimizer import (
    Optimizer,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from specc.parity import lean
from specc.parity.case import Array, Case
from specc.parity.moves import moved
from specc.parity.philox import keep_mask, normal
from specc.parity.probing import (
    Recorder,
    batch_maker,
    data_reader,
    each,
    first_part,
    load_script,
    make_config,
    patched,
    precise,
    quiet,
)
from specc.parity.serving import serve
from specc.parity.tolerances import ROUNDING

from .contract import CONTRACT, LEAN
from .exact import exact

_SEQUENCES = ("GroupNorm", "LocalResponseNorm")
"""Modules that want the channels first in sequences too, beside those whose names end in 1d."""


def channels_last(tensor: Tensor, module: nn.Module | None = None) -> Array:
    """A value with its channels at the end, as every backend records it."""
    array: Array = tensor.detach().cpu().numpy()
    names = [base.__name__ for base in type(module).__mro__]
    sequence = any(name.endswith("1d") or name in _SEQUENCES for name in names)
    first = array.ndim > 3 or (array.ndim == 3 and sequence)
    return np.moveaxis(array, 1, -1) if first else array


class Watch:
    """Hooks into PyTorch: what goes into and comes out of a model, and what its optimizer does."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder, self.case = recorder, recorder.case
        self.root: nn.Module | None = None
        self.names: dict[nn.Module, str] = {}
        self.depth = 0
        self.calls: dict[str, int] = {}
        self.seen_modes: set[str] = set()

    def handles(self) -> Iterator[Any]:
        yield register_module_forward_pre_hook(self.enter)
        yield register_module_forward_hook(self.leave, with_kwargs=True)
        yield register_optimizer_step_pre_hook(self.before_update)
        yield register_optimizer_step_post_hook(self.after_update)

    def enter(self, module: nn.Module, args: Any) -> None:
        self.depth += 1
        if self.depth == 1:
            if self.root is None:
                self.begin(module)
        elif self.wants_layers():
            for number, value in enumerate(args):
                self.layer(module, f":in{number or ''}", value)

    def leave(self, module: nn.Module, args: Any, named: Any, output: Any) -> None:
        self.depth -= 1
        if self.depth and self.wants_layers():
            self.layer(module, "", output)
        if self.depth:
            return
        kind = "train" if self.recorder.training else "eval"
        assert self.recorder.fed is not None
        given, targets = self.recorder.fed
        # A script may name what it gives, and may have inputs in an order of its own.
        names = inspect.signature(module.forward).parameters
        places = names if names.keys() >= given.keys() else given
        x = {**dict(zip(places, args, strict=False)), **named}
        x = {name: x.get(name, x.get("x")) for name in given}
        outputs = output if isinstance(output, dict) else dict.fromkeys(targets, output)
        self.recorder.batch(kind, each(channels_last, x), targets)
        logits = each(channels_last, outputs)
        if not self.recorder.training:
            self.recorder.passes[-1].append(logits)
            self.seen_modes.add("eval")
        elif self.recorder.updates == 0:
            self.recorder.put_outputs(logits)
            self.seen_modes.add("train")

    def wants_layers(self) -> bool:
        mode = "train" if self.recorder.training else "eval"
        return self.case.layers and mode not in self.seen_modes

    def layer(self, module: nn.Module, port: str, value: Any) -> None:
        if isinstance(value, Tensor):
            mode = "train" if self.recorder.training else "eval"
            self.recorder.layer(mode, self.names[module] + port, channels_last(value, module))

    def begin(self, root: nn.Module) -> None:
        self.root = root
        self.names = {module: name for name, module in root.named_modules()}
        if self.case.moves:
            with torch.no_grad():
                for name, weight in self.parameters().items():
                    value = moved(name, weight.detach().numpy(), self.case.moves)
                    weight.copy_(torch.from_numpy(value))
        self.keep(0)

    def backward(self, original: Callable[..., None]) -> Callable[..., None]:
        def record(tensors: Any, *args: Any, **options: Any) -> None:
            loss = tensors if isinstance(tensors, Tensor) else tensors[0]
            self.recorder.facts["losses"].append(float(loss.detach()))
            original(tensors, *args, **options)

        return record

    def parameters(self) -> dict[str, nn.Parameter]:
        assert self.root is not None
        return {n: p for n, p in self.root.named_parameters() if p.requires_grad}

    def before_update(self, optimizer: Optimizer, args: Any, options: Any) -> None:
        self.recorder.facts["rates"].append(float(optimizer.param_groups[0]["lr"]))
        if self.recorder.updates == 0 and self.root is not None:
            for name, parameter in self.parameters().items():
                if parameter.grad is not None:
                    # A copy: a script that does not set gradients back to zero adds to them.
                    self.recorder.put(f"gradient/{name}", parameter.grad.numpy().copy())
        if self.root is not None and self.case.mode == "train":
            self.still()

    def still(self) -> None:
        """Put 0 in the place of gradients that are rounding: an optimizer may blow them up."""
        found = {n: p.grad for n, p in self.parameters().items() if p.grad is not None}
        sizes = {name: float(gradient.abs().max()) for name, gradient in found.items()}
        least = ROUNDING * max(sizes.values(), default=0.0) if self.case.dtype == "float64" else 0.0
        for name, gradient in found.items():
            if name in self.case.still or sizes[name] <= least:
                gradient.zero_()

    def after_update(self, optimizer: Optimizer, args: Any, options: Any) -> None:
        self.recorder.updates += 1
        self.keep(self.recorder.updates, optimizer)

    def keep(self, update: int, optimizer: Optimizer | None = None) -> None:
        if update not in self.case.keep or self.root is None:
            return
        record, parameters = self.recorder.put, self.parameters()
        self.recorder.facts["trainable"] = list(parameters)
        for name, value in self.root.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                kind = "parameter" if name in parameters else "statistic"
                record(f"{kind}/{update}/{name}", value.numpy().copy())
        if optimizer is None:
            return
        for name, parameter in parameters.items():
            for slot, value in optimizer.state.get(parameter, {}).items():
                if slot != "step" and isinstance(value, Tensor):
                    record(f"slot/{update}/{slot}/{name}", value.numpy().copy())

    @property
    def drawn(self) -> str:
        """The precision in which random numbers are drawn."""
        return self.case.drawn or self.case.dtype

    def draw(self, module: nn.Module) -> tuple[int, int]:
        """Seed and number of the next call of a layer's stream."""
        assert self.case.streams is not None
        name = self.names[module]
        # A layer that only this script has draws numbers that no other layer draws.
        alone = [zlib.crc32(name.encode()), 0, 0]
        seed, first, *turns = self.case.streams.get(name, alone)
        calls = self.calls.get(name, 0)
        self.calls[name] = calls + 1
        # A shared layer's uses may run in another order there.
        passes, use = divmod(calls, len(turns))
        return seed, first + passes * len(turns) + turns[use]

    def dropout(self, module: Any, x: Tensor) -> Tensor:
        """Dropout with the stream of another framework's layer of the same name."""
        if not module.training or module.p == 0:
            return x
        last = channels_last(x, module)
        shape, channels = last.shape, not isinstance(module, nn.Dropout)
        if channels:  # whole ones
            shape = (len(last), *(1,) * (last.ndim - 2), last.shape[-1])
        mask = torch.from_numpy(keep_mask(shape, *self.draw(module), module.p, self.drawn))
        mask = mask.movedim(-1, 1) if channels or x.ndim > 3 else mask
        return torch.where(mask, x * (1 / (1 - module.p)), torch.zeros_like(x))

    def noise(self, module: nn.Module, x: Tensor) -> Tensor:
        """Normal numbers of another framework's layer of the same name."""
        drawn = normal(channels_last(x, module).shape, *self.draw(module), self.drawn)
        tensor = torch.from_numpy(drawn).to(x.dtype)
        return tensor.movedim(-1, 1) if x.ndim > 3 else tensor


def run(case: Case, recorder: Recorder, folder: Path) -> None:
    script = load_script(Path(case.script), CONTRACT, LEAN)
    watch = Watch(recorder)
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, case.dtype))
    try:
        with ExitStack() as stack:
            stack.enter_context(quiet(script))
            if case.streams is not None:
                stack.enter_context(_streams(script, watch))
            stack.enter_context(_hooks(watch))
            stack.enter_context(exact())
            if lean.is_lean(script):
                stack.enter_context(lean.prepared(script, recorder, folder))
                stack.enter_context(patched(script, **_watched_lean(script, watch)))
                script.train_model()
                return
            config = make_config(script, case, folder)
            recorder.facts["settings"] = {
                "batch_size": config.batch_size, "epochs": config.epochs, "seed": config.seed,
            }  # fmt: skip
            stack.enter_context(patched(script, **_watched(script, watch)))
            if case.mode == "order":
                stack.enter_context(patched(script, compute=_no_computing(script, watch)))
            script.train_model(config)
    finally:
        torch.set_default_dtype(before)


def cast(case: Case) -> Callable[[Tensor], Tensor]:
    """A function that brings floating-point tensors to the precision of a case."""
    dtype = getattr(torch, case.dtype)
    return lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor


@contextmanager
def _streams(script: ModuleType, watch: Watch) -> Iterator[None]:
    """Layers that draw take the numbers of the streams that the case names."""

    def dropout(module: Any, x: Tensor) -> Tensor:
        return watch.dropout(module, x)

    def noise(module: nn.Module, x: Tensor) -> Tensor:
        return watch.noise(module, x)

    with ExitStack() as stack:
        for kind in (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d):
            stack.enter_context(patch.object(kind, "forward", dropout))
        if hasattr(script, "GaussianNoise"):
            stack.enter_context(patch.object(script.GaussianNoise, "noise", noise))
        yield


@contextmanager
def _hooks(watch: Watch) -> Iterator[None]:
    backward = watch.backward(torch.autograd.backward)
    with patch.object(torch.autograd, "backward", backward):
        handles = list(watch.handles())
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def _watched(script: ModuleType, watch: Watch) -> dict[str, Callable[..., Any]]:
    """The script's functions with a recorder around them."""
    recorder = watch.recorder

    def evaluate(model: nn.Module, config: Any) -> None:
        data, cpu = recorder.data, torch.device("cpu")
        part = first_part(data)
        batches = script.Batches(part, config.batch_size, data.scale, config.limit_batches, cpu)
        script.evaluate(model, batches)

    return {
        "load_data": data_reader(script, recorder),
        "make_batch": batch_maker(script, recorder, cast(recorder.case)),
        **_passes(script, recorder, lambda model, rest: evaluate(model, rest[1])),
    }


def _watched_lean(script: ModuleType, watch: Watch) -> dict[str, Callable[..., Any]]:
    """The same of a lean script, whose `compute` takes the rows of a batch itself."""
    recorder, original = watch.recorder, script.compute

    def compute(model: nn.Module, part: Any, rows: Array) -> Any:
        recorder.fed = lean.named(recorder.case, part, rows)
        return original(model, part, rows)

    def evaluate(model: nn.Module) -> None:
        script.evaluate(model, lean.first_part(recorder.data))

    only_order = recorder.case.mode == "order"
    return {
        "compute": _no_lean_computing(script, watch) if only_order else compute,
        **_passes(script, recorder, lambda model, rest: evaluate(model)),
    }


def _passes(
    script: ModuleType, recorder: Recorder, before: Callable[[nn.Module, Any], None]
) -> dict[str, Callable[..., Any]]:
    """The two kinds of passes; before: what precedes the training."""
    train_epoch, evaluate = script.train_epoch, script.evaluate

    def train(model: nn.Module, optimizer: Optimizer, *rest: Any) -> Any:
        epoch = rest[-1]
        if epoch == 0 and recorder.case.mode == "train":
            before(model, rest)
        recorder.training, recorder.epoch = True, epoch
        row = train_epoch(model, optimizer, *rest)
        recorder.training = False
        recorder.facts["rows"].append(dict(row))
        return row

    def watched(*args: Any) -> Any:
        if not recorder.hashing:
            return {"loss": 0.0}
        recorder.begin_evaluation()
        row = evaluate(*args)
        recorder.facts["evaluations"].append(dict(row))
        return row

    return {"train_epoch": train, "evaluate": watched}


def _no_computing(script: ModuleType, watch: Watch) -> Callable[..., Any]:
    """Stands in for `compute` where only the order of the batches is asked for."""
    recorder, original = watch.recorder, script.compute
    computed: list[Any] = []

    def compute(model: nn.Module, batch: tuple[Any, Any]) -> Any:
        if not computed:
            with torch.no_grad():
                wide = (each(cast(recorder.case), tensors) for tensors in batch)
                computed.extend(original(model, tuple(wide)))
            recorder.facts["batches"].clear()
        recorder.batch("train" if recorder.training else "eval", *batch)
        losses, outputs, _ = computed
        samples = len(next(iter(batch[0].values())))
        return (
            each(lambda _: torch.zeros((), requires_grad=True), losses),
            each(lambda made: torch.zeros(samples, *made.shape[1:]), outputs),
            batch[1],
        )

    return compute


def _no_lean_computing(script: ModuleType, watch: Watch) -> Callable[..., Any]:
    """The same of a lean script."""
    recorder, original = watch.recorder, script.compute
    computed: list[Any] = []

    def compute(model: nn.Module, part: Any, rows: Array) -> Any:
        recorder.fed = lean.named(recorder.case, part, rows)
        if not computed:
            with torch.no_grad():
                wide = tuple(each(precise(recorder.case), side) for side in part)
                computed.extend(original(model, wide, rows))
            recorder.facts["batches"].clear()
        recorder.batch("train" if recorder.training else "eval", *recorder.fed)
        losses, outputs, _ = computed
        return (
            each(lambda _: torch.zeros((), requires_grad=True), losses),
            each(lambda made: torch.zeros(len(rows), *made.shape[1:]), outputs),
            each(lambda side: torch.from_numpy(side[rows]), part[1]),
        )

    return compute


def main() -> None:
    torch.set_num_threads(1)
    serve({"backend": "torch", "versions": {"torch": torch.__version__}, "draws": False}, run)


if __name__ == "__main__":
    main()
