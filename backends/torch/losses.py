"""Losses in a PyTorch script."""

from __future__ import annotations

from dataclasses import dataclass

from specc.codegen.python.expressions import Expr, Infix, call, method, raw
from specc.codegen.training import OutputSite
from specc.ops.base import Dims
from specc.ops.ranks import PICTURE, SEQUENCE
from specc.train import losses

from .lowering import lowers


@dataclass(frozen=True)
class LossCode:
    """value: the loss, without its weight. before: what is assigned first, with a comment."""

    value: Expr
    before: tuple[tuple[Expr, Expr, str], ...] = ()


def order(dims: Dims) -> str:
    """The axes of a batch with the channels behind those of the samples: `0, 3, 1, 2`."""
    return ", ".join(map(str, (0, len(dims), *range(1, len(dims)))))


def channels_first(site: OutputSite) -> tuple[tuple[Expr, Expr, str], ...]:
    """The target of a picture in the order of the output's axes."""
    if len(site.shape) < PICTURE:
        return ()
    return ((site.target, method(site.target, "permute", raw(order(site.shape))), ""),)


@lowers(losses.Mse)
def mse(loss: losses.Mse, site: OutputSite) -> LossCode:
    return LossCode(call("F.mse_loss", site.result, site.target), channels_first(site))


@lowers(losses.Mae)
def mae(loss: losses.Mae, site: OutputSite) -> LossCode:
    return LossCode(call("F.l1_loss", site.result, site.target), channels_first(site))


@lowers(losses.Huber)
def huber(loss: losses.Huber, site: OutputSite) -> LossCode:
    value = call("F.huber_loss", site.result, site.target, delta=loss.delta)
    return LossCode(value, channels_first(site))


@lowers(losses.LogCosh)
def log_cosh(loss: losses.LogCosh, site: OutputSite) -> LossCode:
    """`cosh(e)` is `(exp(e) + exp(-e)) / 2`, of which `logaddexp` never leaves the range."""
    error, other = Infix("-", (site.result, site.target)), Infix("-", (site.target, site.result))
    mean = method(call("torch.logaddexp", error, other), "mean")
    return LossCode(Infix("-", (mean, raw("math.log(2)"))), channels_first(site))


@lowers(losses.BinaryCrossentropy)
def binary_crossentropy(loss: losses.BinaryCrossentropy, site: OutputSite) -> LossCode:
    target, share = site.target, loss.label_smoothing
    if share:
        target = raw(f"{target.text()} * (1 - {share!r}) + {share!r} / 2")
    value = call("F.binary_cross_entropy_with_logits", site.result, target)
    return LossCode(value, channels_first(site))


@lowers(losses.CategoricalCrossentropy)
def categorical_crossentropy(loss: losses.CategoricalCrossentropy, site: OutputSite) -> LossCode:
    options = {"label_smoothing": loss.label_smoothing} if loss.label_smoothing else {}
    value = call("F.cross_entropy", site.result, site.target, **options)
    if len(site.shape) != SEQUENCE:
        return LossCode(value)
    classes = method(site.result, "transpose", 1, 2)
    return LossCode(value, ((site.result, classes, "PyTorch wants the classes second"),))
