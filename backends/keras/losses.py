"""Losses in a Keras script."""

from __future__ import annotations

from specc.codegen.python.expressions import Call, call
from specc.codegen.training import OutputSite
from specc.train import losses

from .lowering import lowers


@lowers(losses.Mse)
def mse(loss: losses.Mse, site: OutputSite) -> Call:
    return call("keras.losses.MeanSquaredError")


@lowers(losses.Mae)
def mae(loss: losses.Mae, site: OutputSite) -> Call:
    return call("keras.losses.MeanAbsoluteError")


@lowers(losses.Huber)
def huber(loss: losses.Huber, site: OutputSite) -> Call:
    return call("keras.losses.Huber", delta=loss.delta)


@lowers(losses.LogCosh)
def log_cosh(loss: losses.LogCosh, site: OutputSite) -> Call:
    return call("keras.losses.LogCosh")


@lowers(losses.BinaryCrossentropy)
def binary_crossentropy(loss: losses.BinaryCrossentropy, site: OutputSite) -> Call:
    options = {"label_smoothing": loss.label_smoothing} if loss.label_smoothing else {}
    return call("keras.losses.BinaryCrossentropy", from_logits=True, **options)


@lowers(losses.CategoricalCrossentropy)
def categorical_crossentropy(loss: losses.CategoricalCrossentropy, site: OutputSite) -> Call:
    if loss.label_smoothing:
        return call("SmoothedCrossentropy", label_smoothing=loss.label_smoothing)
    return call("keras.losses.SparseCategoricalCrossentropy", from_logits=True)
