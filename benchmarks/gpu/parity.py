"""Parts `parity` and `precision`: what a device computes, beside float64."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from typing import Any

import torch
from torch import nn

from gpu.common import (
    Case,
    Rows,
    Task,
    batch_of,
    batches_of,
    error,
    load_tolerances,
    made_by,
    open_case,
    without_dropout,
)

Tensors = dict[str, torch.Tensor]
UPDATES = 24
"""In two epochs, the last batch of each is smaller."""


def parity(task: Task, rows: Rows) -> None:
    """Levels 1 to 4 in float64: the device against the CPU, both by the same script."""
    for name in task.scripts:
        size = 2 if task.small else 8
        samples = size * (UPDATES // 2) - size // 2
        case = open_case(task, name, samples, batch_size=size)
        other = dataclasses.replace(case, config=dataclasses.replace(case.config, device="cpu"),
                                    device=torch.device("cpu"))  # fmt: skip
        ours, theirs = levels(case), levels(other)
        for what, (key, found) in ours.items():
            limit = load_tolerances().FLOAT64[key].limit
            apart = error(found, theirs[what][1])
            right = apart <= limit and bool(found)
            text = f"error {apart:.1e}, tolerance {limit:.0e}"
            rows.add(f"{name} {what}", "passed" if right else "failed", text,
                     error=apart, limit=limit)  # fmt: skip


def levels(case: Case) -> dict[str, tuple[str, Tensors]]:
    """Level by level the tolerance's name and the tensors."""
    model, optimizer, _ = made_by(case)
    without_dropout(model)
    model.double()
    batch = doubled(batch_of(case, case.config.batch_size))
    model.train()
    losses, outputs, _ = case.script.compute(model, batch)
    found: dict[str, tuple[str, Tensors]] = {
        "L1 logits": ("logits", {n: t.detach() for n, t in outputs.items()}),
        "L1 loss": ("loss", {n: t.detach() for n, t in losses.items()}),
    }
    optimizer.zero_grad()
    losses["loss"].backward()
    found["L2 gradients"] = "gradients", gradients(model)
    limited = dataclasses.replace(case.config, limit_batches=1)
    adam = " of adam" if isinstance(optimizer, torch.optim.Adam) else ""
    train(case, limited, model, optimizer, 0)
    found["L3 one update"] = f"parameters{adam}", copied(model)
    figures = [train(case, case.config, model, optimizer, epoch)["loss"] for epoch in (1, 2)]
    found[f"L4 after {UPDATES} updates"] = "trajectory", copied(model)
    found["L4 losses"] = "losses", {"losses": torch.tensor(figures, dtype=torch.float64)}
    return found


def train(
    case: Case, config: Any, model: nn.Module, optimizer: Any, epoch: int
) -> dict[str, float]:
    """The script's own pass, over batches in float64."""
    script, make_batch = case.script, case.script.make_batch
    script.make_batch = lambda *args: doubled(make_batch(*args))
    try:
        batches = batches_of(case, config.batch_size, config.limit_batches)
        row: dict[str, float] = script.train_epoch(model, optimizer, batches, config, epoch)
        return row
    finally:
        script.make_batch = make_batch


def doubled(batch: tuple[Any, Any]) -> tuple[Any, Any]:
    return tuple({n: t.double() if t.is_floating_point() else t for n, t in each.items()}
                 for each in batch)  # type: ignore[return-value]  # fmt: skip


# The keys' bias moves all scores of a query alike: its true gradient is 0, and what is there is
# rounding alone.
VANISHING = ("attention.key.bias",)


def gradients(model: nn.Module) -> Tensors:
    named = model.named_parameters()
    return {n: p.grad.clone() for n, p in named
            if p.grad is not None and not n.endswith(VANISHING)}  # fmt: skip


def copied(model: nn.Module) -> Tensors:
    return {n: t.detach().clone() for n, t in model.state_dict().items()
            if t.is_floating_point() and not n.endswith(VANISHING)}  # fmt: skip


# Precision

ROUNDOFF = {"float32": 2.0**-24, "float32 with TF32": 2.0**-11, "bfloat16": 2.0**-8,
            "float16": 2.0**-11}  # fmt: skip
"""Half the gap between 1 and the next number: with p bits of significand it is 2^-p."""


KINKED = ("lecture", "residual")


def bounds(name: str, model: nn.Module, roundoff: float) -> tuple[float, float]:
    """What rounding may make of outputs and of gradients, relative to them.

    A product rounds both factors and its result: three roundings a layer, and sums of n terms in
    float32 add sqrt(n) of its own. Layers add up; a gradient has passed forward, backward, and one
    product more: three times as far. Where outputs are off by e, a share of about e of the cells
    falls on the other side of a ReLU's kink, and a share e of wrong cells is sqrt(e) in this norm;
    in float32 a batch has too few cells for one to be expected.
    """
    forward = 0.0
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            terms = module.weight[0].numel()
            forward += 3 * roundoff + math.sqrt(terms) * ROUNDOFF["float32"]
    flips = name in KINKED and roundoff > ROUNDOFF["float32"]
    return forward, 3 * forward + (math.sqrt(forward) if flips else 0.0)


def precision(task: Task, rows: Rows) -> None:
    """Outputs and gradients of one batch in each format, against float64 on the same device."""
    for name in task.scripts:
        size = 16 if task.small else 64
        case = open_case(task, name, size, batch_size=size)
        exact = once(case, size, "float64")
        for form in ROUNDOFF:
            if "TF32" in form and case.device.type != "cuda":
                rows.add(f"{name} {form}", "missing", "only a GPU has TF32")
                continue
            found = once(case, size, form)
            limits = bounds(name, made_by(case)[0], ROUNDOFF[form])
            far = [error(a, b) for a, b in zip(found, exact, strict=True)]
            right = all(a <= b for a, b in zip(far, limits, strict=True))
            text = (f"outputs {far[0]:.1e} (bound {limits[0]:.1e}), "
                    f"gradients {far[1]:.1e} (bound {limits[1]:.1e})")  # fmt: skip
            rows.add(f"{name} {form}", "passed" if right else "failed", text,
                     errors=far, bounds=limits)  # fmt: skip


def once(case: Case, size: int, form: str) -> tuple[Tensors, Tensors]:
    model, optimizer, _ = made_by(case)
    without_dropout(model)
    model.train()
    tf32 = "TF32" in form
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = tf32
    batch = batch_of(case, size)
    context: Any = contextlib.nullcontext()
    if form == "float64":
        model.double()
        batch = doubled(batch)
    elif form in ("bfloat16", "float16"):
        context = torch.autocast(case.device.type, getattr(torch, form))
    with context:
        losses, outputs, _ = case.script.compute(model, batch)
    # Small gradients would vanish in float16; a power of two changes nothing else.
    factor = 1024.0 if form == "float16" else 1.0
    optimizer.zero_grad()
    (losses["loss"] * factor).backward()
    return ({n: t.detach() for n, t in outputs.items()},
            {n: g / factor for n, g in gradients(model).items()})  # fmt: skip
