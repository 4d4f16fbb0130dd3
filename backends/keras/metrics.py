"""Metrics in a Keras script."""

from __future__ import annotations

from dataclasses import dataclass

from specc.codegen.python.expressions import Call, call, raw
from specc.codegen.training import OutputSite
from specc.train import metrics

from .lowering import lowers


@dataclass(frozen=True)
class MetricCode:
    """value: the metric. lean: a shorter one that counts the same where nothing is wrong."""

    value: Call
    lean: Call


def metric_code(lowered: MetricCode | Call) -> MetricCode:
    """What a lowering gives, which may be the metric alone."""
    return lowered if isinstance(lowered, MetricCode) else MetricCode(lowered, lowered)


@lowers(metrics.Accuracy)
def accuracy(metric: metrics.Accuracy, site: OutputSite) -> Call:
    if site.loss.folds == "sigmoid":
        return call("keras.metrics.BinaryAccuracy", name=metric.key(), threshold=0.0)
    return call("keras.metrics.SparseCategoricalAccuracy", name=metric.key())


@lowers(metrics.TopK)
def top_k(metric: metrics.TopK, site: OutputSite) -> Call:
    return call("keras.metrics.SparseTopKCategoricalAccuracy", metric.k, name=metric.key())


@lowers(metrics.Precision, metrics.Recall, metrics.F1)
def confusion(metric: metrics.Precision | metrics.Recall | metrics.F1, site: OutputSite) -> Call:
    binary = site.loss.folds == "sigmoid"
    average = raw("second_class" if binary else f"{metric.average}_average")
    figure = call("partial", raw(metric.word()), average=average)
    if binary:
        return call("BinaryConfusion", metric.key(), figure)
    return call("Confusion", metric.key(), figure, classes=site.shape[-1])


@lowers(metrics.Auc)
def auc(metric: metrics.Auc, site: OutputSite) -> MetricCode:
    key, classes = metric.key(), site.shape[-1]
    if site.loss.folds == "sigmoid":
        exact = call("BinaryRanking", key, raw("rank_auc"))
        return MetricCode(exact, call("ExactAUC", name=key))
    exact = call("Ranking", key, raw("macro_auc"), classes=classes)
    return MetricCode(exact, call("MacroAUC", classes, name=key))


@lowers(metrics.Mae)
def mae(metric: metrics.Mae, site: OutputSite) -> Call:
    return call("keras.metrics.MeanAbsoluteError", name=metric.key())


@lowers(metrics.Rmse)
def rmse(metric: metrics.Rmse, site: OutputSite) -> Call:
    return call("keras.metrics.RootMeanSquaredError", name=metric.key())


@lowers(metrics.Mape)
def mape(metric: metrics.Mape, site: OutputSite) -> Call:
    return call("keras.metrics.MeanAbsolutePercentageError", name=metric.key())
