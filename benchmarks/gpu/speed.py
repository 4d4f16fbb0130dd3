"""Parts `speed`, `peak` and `where`: the script's pass beside loops by hand."""

from __future__ import annotations

import contextlib
import dataclasses
import statistics
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import convert_conv2d_weight_memory_format
from torch.utils.flop_counter import FlopCounterMode

from gpu.common import (
    Case,
    Rows,
    Task,
    batch_of,
    batches_of,
    made_by,
    open_case,
    synchronize,
)

Pass = Callable[[int], object]


def sizes(task: Task) -> tuple[int, int]:
    """Samples and batch size."""
    return (8, 4) if task.small else (8192, 256)


def speed(task: Task, rows: Rows) -> None:
    """Images a second in turns, and what each loop reaches of the fastest written by hand."""
    for name in task.scripts:
        samples, size = sizes(task)
        case = open_case(task, name, samples, batch_size=size)
        sides = {"generated": own_pass(case)}
        sides["by hand"] = by_hand(case, size, amp=False, compiled=False)
        if case.device.type == "cuda":
            with from_host():
                sides["generated, data in the host's memory"] = own_pass(case)
            for mode in ("default", "reduce-overhead"):
                config = dataclasses.replace(case.config, compile=mode)
                asked = dataclasses.replace(case, config=config)
                sides[f"generated, --compile {mode}"] = own_pass(asked)
            sides["by hand, bfloat16"] = by_hand(case, size, amp=True, compiled=False)
            sides["by hand, compiled"] = by_hand(case, size, amp=False, compiled=True)
            sides["by hand, compiled, bfloat16"] = by_hand(case, size, amp=True, compiled=True)
        lightning = with_lightning(case, size)
        if lightning is None:
            rows.add(f"{name} Lightning", "missing", "Lightning is not installed")
        else:
            sides["Lightning"] = lightning
        seconds = in_turns(sides, case.device, 1 if task.small else 5, task, rows, name)
        own = seconds["generated"]
        for side, taken in seconds.items():
            rows.add(f"{name} {side}", "measured",
                     f"{samples / taken:,.0f} images/s; the script reaches {taken / own:.2f} of it",
                     rate=samples / taken, ratio=taken / own)  # fmt: skip


def own_pass(case: Case) -> Pass:
    """The script's own pass over the training part."""
    model, optimizer, batches = made_by(case)
    return lambda n: case.script.train_epoch(model, optimizer, batches, case.config, n)


def from_host() -> Any:
    """While batches are prepared: a device with no room for them."""
    return patch.object(torch.cuda, "mem_get_info", lambda device: (0, 0))


def in_turns(
    sides: dict[str, Pass], device: torch.device, rounds: int, task: Task, rows: Rows, name: str
) -> dict[str, float]:
    """The median of each side; the first round, which compiles, does not count."""
    taken: dict[str, list[float]] = {side: [] for side in sides}
    for number in range(rounds + 1):
        for side in list(taken):
            synchronize(device)
            begun = time.perf_counter()
            try:
                sides[side](number)
            except Exception as error:  # a loop by hand may need a compiler that is not there
                del taken[side]
                first = str(error).strip().split("\n")[0][:100]
                rows.add(f"{name} {side}", "missing", f"{type(error).__name__}: {first}")
                continue
            synchronize(device)
            if number:
                taken[side].append(time.perf_counter() - begun)
        if number and task.left < 30:
            break
    return {side: statistics.median(each) for side, each in taken.items() if each}


def loss_of(case: Case, logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    smoothing = 0.1 if case.name == "transformer" else 0.0
    if case.classes:
        return F.cross_entropy(logits.float(), y, label_smoothing=smoothing)
    return F.binary_cross_entropy_with_logits(logits.float(), y)


def native(script: Any, model: nn.Module) -> None:
    """PyTorch's own BatchNorm in the place of the script's, which counts the variance as Keras."""
    ours = getattr(script, "BatchNorm2d", ())
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, ours):
                norm = nn.BatchNorm2d(child.num_features, child.eps, child.momentum)
                setattr(module, name, norm.to(child.weight.device))


def on_device(case: Case) -> tuple[torch.Tensor, torch.Tensor]:
    """All pictures as bytes and all targets; they lie on the device, the best case by hand."""
    samples = case.data.train.samples
    x = torch.from_numpy(samples.inputs["input"]).to(case.device)
    return x, torch.from_numpy(samples.targets["output"]).to(case.device)


def by_hand(case: Case, size: int, amp: bool, compiled: bool) -> Pass:
    """Data on the device, channels last, a fused optimizer, and one number read a pass."""
    model, theirs, _ = made_by(case)
    native(case.script, model)
    convert_conv2d_weight_memory_format(model, torch.channels_last)
    settings = theirs.param_groups[0]
    own: Any
    if isinstance(theirs, torch.optim.Adam):
        own = torch.optim.Adam(model.parameters(), settings["lr"], fused=True)
    else:
        own = torch.optim.SGD(model.parameters(), settings["lr"], settings["momentum"], fused=True)
    forward: Any = torch.compile(model) if compiled else model
    x, y = on_device(case)

    def train(number: int) -> float:
        model.train()
        lost = torch.zeros((), device=case.device)
        for rows in torch.randperm(len(y), device=case.device).split(size):
            images = (x[rows].float() / 255).permute(0, 3, 1, 2)
            context = torch.autocast(case.device.type, torch.bfloat16)
            with context if amp else contextlib.nullcontext():
                logits = forward(images)
            loss = loss_of(case, logits, y[rows])
            own.zero_grad()
            torch.autograd.backward(loss)
            own.step()
            lost += loss.detach()
        return float(lost)

    return train


def with_lightning(case: Case, size: int) -> Pass | None:
    try:
        import lightning  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return None
    model, theirs, _ = made_by(case)

    class Module(lightning.LightningModule):  # type: ignore[misc,name-defined,unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            x, y = batch
            return loss_of(case, self.model((x.float() / 255).permute(0, 3, 1, 2)), y)

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), theirs.param_groups[0]["lr"], fused=True)

    arrays = case.data.train.samples
    pairs = torch.utils.data.TensorDataset(
        torch.from_numpy(arrays.inputs["input"]), torch.from_numpy(arrays.targets["output"])
    )
    loader = torch.utils.data.DataLoader(pairs, size, shuffle=True, pin_memory=True)
    module = Module()
    quiet = {name: False for name in ("logger", "enable_checkpointing", "enable_progress_bar",
                                      "enable_model_summary")}  # fmt: skip

    def train(number: int) -> None:
        kind = "gpu" if case.device.type == "cuda" else "cpu"
        trainer = lightning.Trainer(max_epochs=1, accelerator=kind, devices=1, **quiet)
        trainer.fit(module, loader)

    return train


def peak(task: Task, rows: Rows) -> None:
    """The share of the matrix units' rate that a pass reaches, both measured in this process."""
    device = torch.device(task.device)
    rate = matmul_rate(device, 512 if task.small else 8192)
    form = "float32 with TF32" if device.type == "cuda" else "float32"
    rows.add(
        f"{', '.join(task.scripts)} matmul, {form}",
        "measured",
        f"{rate / 1e12:.2f} TFLOP/s",
        rate=rate,
    )
    for name in task.scripts:
        samples, size = sizes(task)
        case = open_case(task, name, samples, batch_size=size)
        model, _, _ = made_by(case)
        with FlopCounterMode(display=False) as counter:
            losses, _, _ = case.script.compute(model, batch_of(case, size))
            losses["loss"].backward()
        a_sample = counter.get_total_flops() / size
        sides = {"pass": own_pass(case)}
        taken = in_turns(sides, case.device, 1 if task.small else 2, task, rows, name)["pass"]
        share = a_sample * samples / taken / rate
        rows.add(name, "measured", f"{100 * share:.2f} % of that rate, "
                 f"{a_sample / 1e6:.1f} MFLOP a picture", share=share, flops=a_sample)  # fmt: skip


def matmul_rate(device: torch.device, size: int) -> float:
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    a, b = (torch.randn(size, size, device=device) for _ in range(2))
    times = []
    for _ in range(6):
        synchronize(device)
        begun = time.perf_counter()
        a @ b
        synchronize(device)
        times.append(time.perf_counter() - begun)
    return 2 * size**3 / min(times[1:])


def where(task: Task, rows: Rows) -> None:
    """A pass taken apart: the batches alone, and the network on batches that are there."""
    for name in task.scripts:
        samples, size = sizes(task)
        case = open_case(task, name, samples, batch_size=size)
        sides = pieces(case, size)
        taken = in_turns(sides, case.device, 1 if task.small else 3, task, rows, name)
        whole = taken.pop("pass")
        shares = {side: seconds / whole for side, seconds in taken.items()}
        text = ", ".join(f"{side} {100 * share:.0f} %" for side, share in shares.items())
        rows.add(name, "measured", f"{text} of a pass of {whole:.3f} s", shares=shares, whole=whole)


def pieces(case: Case, size: int) -> dict[str, Pass]:
    model, optimizer, _ = made_by(case)
    near = batches_of(case, size)
    with from_host():
        far = batches_of(case, size)
    ready = list(near)

    def compute() -> None:
        for batch in ready:
            losses, _, _ = case.script.compute(model, batch)
            optimizer.zero_grad()
            losses["loss"].backward()
            optimizer.step()

    return {
        "input": lambda n: list(near),
        "input from the host's memory": lambda n: list(far),
        "network": lambda n: compute(),
        "pass": own_pass(case),
    }
