"""Metrics in a PyTorch script: objects that count the batches of a pass."""

from __future__ import annotations

from specc.codegen.python.expressions import Call, call, raw
from specc.codegen.training import OutputSite
from specc.train import metrics

from .lowering import lowers


@lowers(metrics.Accuracy)
def accuracy(metric: metrics.Accuracy, site: OutputSite) -> Call:
    return call("BinaryAccuracy" if site.loss.folds == "sigmoid" else "ClassAccuracy")


@lowers(metrics.TopK)
def top_k(metric: metrics.TopK, site: OutputSite) -> Call:
    return call("TopK", metric.k)


@lowers(metrics.Precision, metrics.Recall, metrics.F1)
def confusion(metric: metrics.Precision | metrics.Recall | metrics.F1, site: OutputSite) -> Call:
    binary = site.loss.folds == "sigmoid"
    average = "binary" if binary else metric.average
    figure = call("partial", raw(metric.word()), average=average)
    return call("Confusion", 2 if binary else site.shape[-1], figure)


@lowers(metrics.Auc)
def auc(metric: metrics.Auc, site: OutputSite) -> Call:
    return call("Ranking", raw("rank_auc" if site.loss.folds == "sigmoid" else "macro_auc"))


@lowers(metrics.Mae)
def mae(metric: metrics.Mae, site: OutputSite) -> Call:
    return call("MeanAbsoluteError")


@lowers(metrics.Rmse)
def rmse(metric: metrics.Rmse, site: OutputSite) -> Call:
    return call("RootMeanSquaredError")


@lowers(metrics.Mape)
def mape(metric: metrics.Mape, site: OutputSite) -> Call:
    return call("MeanOf", raw("lambda result, y: 100 * ((result - y) / y.abs().clamp(1e-7)).abs()"))
