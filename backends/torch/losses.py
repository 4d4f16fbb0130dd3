"""Losses in a PyTorch script."""

from __future__ import annotations

from specc.codegen.python.expressions import Expr, call, raw
from specc.ops.base import Dims
from specc.ops.ranks import PICTURE, SEQUENCE
from specc.train import losses


def order(dims: Dims) -> str:
    """The axes of a batch with the channels behind those of the samples: `0, 3, 1, 2`."""
    return ", ".join(map(str, (0, len(dims), *range(1, len(dims)))))


def adapted(loss: losses.Loss, output: Dims, result: str, target: str) -> list[str]:
    """The lines that bring an output and its target into PyTorch's order of the axes."""
    if isinstance(loss, losses.CategoricalCrossentropy):
        if len(output) == SEQUENCE:
            return [f"{result} = {result}.transpose(1, 2)  # PyTorch wants the classes second"]
    elif len(output) >= PICTURE:
        return [f"{target} = {target}.permute({order(output)})"]
    return []


def loss_of(loss: losses.Loss, result: str, target: str) -> Expr:
    """The loss of an output, without its weight."""
    both = raw(result), raw(target)
    match loss:
        case losses.Mse():
            return call("F.mse_loss", *both)
        case losses.Mae():
            return call("F.l1_loss", *both)
        case losses.Huber(delta=delta):
            return call("F.huber_loss", *both, delta=delta)
        case losses.CategoricalCrossentropy(label_smoothing=share):
            options = {"label_smoothing": share} if share else {}
            return call("F.cross_entropy", *both, **options)
        case losses.BinaryCrossentropy(label_smoothing=share):
            smoothed = raw(f"{target} * (1 - {share!r}) + {share!r} / 2") if share else both[1]
            return call("F.binary_cross_entropy_with_logits", both[0], smoothed)
    raise AssertionError(loss)
