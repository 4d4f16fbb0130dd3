"""Worker of `training_speed.py`: PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from prepared import begun, load_file
from speed_common import Case, alternate, prepare, scaled
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer


def native(script: Any, model: nn.Module) -> None:
    """Put PyTorch's own BatchNorm in the place of the script's."""
    ours = getattr(script, "BatchNorm2d", ())
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, ours):
                norm = nn.BatchNorm2d(child.num_features, child.eps, child.momentum)
                setattr(module, name, norm)


def fastest(optimizer: Optimizer, model: nn.Module) -> Optimizer:
    """The same kind of optimizer in its fused form."""
    settings = optimizer.param_groups[0]
    if isinstance(optimizer, Adam):
        return Adam(model.parameters(), settings["lr"], fused=True)
    return SGD(model.parameters(), settings["lr"], settings["momentum"], fused=True)


def score(script: Any, case: Case, logits: Tensor, y: Tensor) -> dict[str, float]:
    """The metrics of a pass, from everything that it has put out."""
    found = {}
    for name in case.metrics:
        if name == "auc":
            found[name] = script.rank_auc(logits.numpy(), y.numpy())
        elif name.startswith("top_"):
            best = logits.topk(int(name[4:])).indices
            found[name] = (best == y[:, None]).sum().item() / len(y)
        else:
            right = (logits > 0) == (y > 0.5) if case.binary else logits.argmax(dim=1) == y
            found[name] = right.sum().item() / len(y)
    return found


def hand_written(
    script: Any, case: Case, batch_size: int, model: nn.Module, optimizer: Optimizer, data: Any
) -> dict[str, Callable[[int], object]]:
    x = torch.from_numpy(data.train.samples.inputs["input"])
    y = torch.from_numpy(data.train.samples.targets["output"])
    _, scale = scaled(script)
    loss_of = F.binary_cross_entropy_with_logits if case.binary else F.cross_entropy

    def batches(order: Tensor) -> Any:
        for rows in torch.split(order, batch_size):
            images = scale(x.index_select(0, rows).float())
            yield images.permute(0, 3, 1, 2), y.index_select(0, rows)

    def scores(losses: list[Tensor], kept: list[tuple[Tensor, Tensor]]) -> dict[str, float]:
        logits, labels = (torch.cat(parts) for parts in zip(*kept, strict=True))
        sizes = torch.tensor([len(part) for _, part in kept])
        mean = (torch.stack(losses) @ sizes.float()).item() / len(labels)
        return {"loss": mean, **score(script, case, logits, labels)}

    def train(epoch: int) -> object:
        order = torch.from_numpy(np.random.default_rng(epoch).permutation(len(y)))
        losses, kept = [], []
        model.train()
        for images, labels in batches(order):
            logits = model(images)
            loss = loss_of(logits, labels)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            losses.append(loss.detach())
            kept.append((logits.detach(), labels))
        return scores(losses, kept)

    @torch.inference_mode()
    def evaluate(epoch: int) -> object:
        losses, kept = [], []
        model.eval()
        for images, labels in batches(torch.arange(len(y))):
            logits = model(images)
            losses.append(loss_of(logits, labels))
            kept.append((logits, labels))
        return scores(losses, kept)

    return {"train": train, "evaluate": evaluate}


def main() -> None:
    case = Case.asked()
    script = load_file("script", Path(case.script))
    config, data = prepare(script, case)
    model, optimizer, batches, *_ = begun(script, config)
    twin = begun(script, config)[0]
    native(script, twin)
    cpu = torch.device("cpu")
    straight = script.Batches(data.train, config.batch_size, data.scale, None, cpu)
    own = fastest(optimizer, twin)
    hand = hand_written(script, case, config.batch_size, twin, own, data)
    sides = {
        "train generated": lambda n: script.train_epoch(model, optimizer, batches, config, n),
        "train hand-written": hand["train"],
        "evaluate generated": lambda n: script.evaluate(model, straight),
        "evaluate hand-written": hand["evaluate"],
    }
    alternate(sides, case.pairs)


if __name__ == "__main__":
    main()
