"""What generated PyTorch scripts compute of losses, metrics, optimizers and scalings, in float64.

Of a script it calls `train` up to the first `train_epoch`, then `Batches`, `compute`, `evaluate`
and `train_epoch`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim.optimizer import register_optimizer_step_post_hook

from harness.term_scripts import Stopped, first_rows, main, until_training
from specc.parity.probing import patched

exact = import_module("specc.backends.torch.exact").exact
CONTRACT = import_module("specc.backends.torch.contract").CONTRACT


def run(script: Any, job: dict[str, Any], folder: Path, given: dict[str, Any]) -> dict[str, Any]:
    def stop(model: Any, optimizer: Any, *rest: Any) -> None:
        raise Stopped(model, optimizer)

    with patched(script, train_epoch=stop):
        config, data, (model, optimizer) = until_training(script, folder)
    part = first_rows(data.train, job["rows"])
    if job["category"] == "optimizer":
        return updates(script, model, optimizer, data, config, given)
    if job["category"] == "scaling":
        return scaled(script, data, job["rows"])
    row = script.evaluate(model, batches(script, part, config.batch_size, data.scale))
    found: dict[str, Any] = {f"pass.{name}": value for name, value in row.items()}
    return found | (answers(script, model, part, data.scale) if job["category"] == "loss" else {})


def batches(script: Any, part: Any, size: int, scale: Any) -> Any:
    return script.Batches(part, size, scale, None, torch.device("cpu"))


def answers(script: Any, model: Any, part: Any, scale: Any) -> dict[str, Any]:
    """The loss of all answers together, and its slope for each, channels last."""
    (batch,) = batches(script, part, len(part), scale)
    model.train()
    losses, outputs, _ = script.compute(model, batch)
    (loss,), (output,), (x,) = (each.values() for each in (losses, outputs, batch[0]))
    (slope,) = torch.autograd.grad(loss, output)
    return {"value": float(loss), "slope": channels_last(slope, output, x)}


def channels_last(values: Tensor, output: Tensor, x: Any) -> Any:
    """The network passes its input through: so the input tells how the outputs lie."""
    found, shown = values.numpy(), output.detach().numpy()
    if shown.shape == x.shape and np.array_equal(shown, x.numpy()):
        return found
    assert np.array_equal(np.moveaxis(shown, 1, -1), x.numpy())
    return np.moveaxis(found, 1, -1)


def scaled(script: Any, data: Any, rows: int) -> dict[str, Any]:
    ((inputs, _),) = batches(script, first_rows(data.train, rows), rows, data.scale)
    (x,) = inputs.values()
    return {"scaled": x.numpy(), "rows": data.train.rows}


def updates(
    script: Any, model: Any, optimizer: Any, data: Any, config: Any, given: dict[str, Any]
) -> dict[str, Any]:
    """The weights after each update, whose gradients are those of sum(weight * given)."""
    weights = dict(model.named_parameters())
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(torch.from_numpy(given[name]))
    slopes = {name: torch.from_numpy(given[f"d{name}"]) for name in weights}
    count, compute = len(next(iter(slopes.values()))), script.compute
    moved: list[dict[str, Any]] = []

    def told(*arguments: Any) -> Any:
        _, outputs, targets = compute(*arguments)
        now = [(w * slopes[name][len(moved)]).sum() for name, w in weights.items()]
        return {"loss": torch.stack(now).sum()}, outputs, targets

    def record(*_: Any) -> None:
        moved.append({name: w.detach().numpy().copy() for name, w in weights.items()})

    # Half of the updates are the second epoch's.
    part = first_rows(data.train, config.batch_size * count // 2)
    training = batches(script, part, config.batch_size, data.scale)
    hook = register_optimizer_step_post_hook(record)
    with patched(script, compute=told):
        for epoch in range(2):
            script.train_epoch(model, optimizer, training, config, epoch)
    hook.remove()
    assert len(moved) == count
    return {name: np.stack([after[name] for after in moved]) for name in weights}


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    with exact():
        main("torch", CONTRACT, run)
