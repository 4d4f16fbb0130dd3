"""Metrics in a PyTorch script: objects that count the batches of a pass."""

from __future__ import annotations

from dataclasses import dataclass

from specc.codegen.python.expressions import Call, Expr, Infix, call, method, raw
from specc.codegen.training import OutputSite
from specc.train import metrics

from .lowering import lowers


@dataclass(frozen=True)
class MetricCode:
    """value: the object that counts the batches. of_pass: the same figure in a line, from all
    results and targets of a pass on the CPU; without it a lean script has the object too."""

    value: Call
    of_pass: Expr | None = None


def metric_code(lowered: MetricCode | Call) -> MetricCode:
    """What a lowering gives, which may be the object alone."""
    return lowered if isinstance(lowered, MetricCode) else MetricCode(lowered)


def _mean(text: str, site: OutputSite) -> Expr:
    """The mean over all answers of what stands in the text."""
    each = raw(text.format(result=site.result.text(), y=site.target.text()))
    total = method(method(each, "sum"), "item")
    return Infix("/", (total, method(site.target, "numel")))


@lowers(metrics.Accuracy)
def accuracy(metric: metrics.Accuracy, site: OutputSite) -> MetricCode:
    if site.loss.folds == "sigmoid":
        return MetricCode(call("BinaryAccuracy"), _mean("(({result} > 0) == ({y} > 0.5))", site))
    return MetricCode(call("ClassAccuracy"), _mean("({result}.argmax(dim=1) == {y})", site))


@lowers(metrics.TopK)
def top_k(metric: metrics.TopK, site: OutputSite) -> MetricCode:
    above = "({result} > {result}.gather(1, {y}[:, None])).sum(dim=1)"
    return MetricCode(call("TopK", metric.k), _mean(f"{above}.lt({metric.k})", site))


@lowers(metrics.Precision, metrics.Recall, metrics.F1)
def confusion(
    metric: metrics.Precision | metrics.Recall | metrics.F1, site: OutputSite
) -> MetricCode:
    binary = site.loss.folds == "sigmoid"
    average = raw("second_class" if binary else f"{metric.average}_average")
    figure = call("partial", raw(metric.word()), average=average)
    made = call("BinaryConfusion", figure)
    if not binary:
        made = call("Confusion", figure, classes=site.shape[-1])
    found = f"{site.result.text()}.{'flatten() > 0' if binary else 'argmax(dim=1).flatten()'}"
    answers = method(site.target, "flatten"), raw(found)
    options = {"average": "binary" if binary else metric.average, "zero_division": 0}
    return MetricCode(made, call(f"{metric.word()}_score", *answers, **options))


@lowers(metrics.Auc)
def auc(metric: metrics.Auc, site: OutputSite) -> MetricCode:
    if site.loss.folds == "sigmoid":
        answers = method(site.target, "flatten"), method(site.result, "flatten")
        return MetricCode(call("BinaryRanking", raw("rank_auc")), call("roc_auc_score", *answers))
    onehot = call("F.one_hot", site.target, site.shape[-1])
    area = call("roc_auc_score", onehot, method(site.result, "softmax", dim=1))
    return MetricCode(call("Ranking", raw("macro_auc")), area)


@lowers(metrics.Mae)
def mae(metric: metrics.Mae, site: OutputSite) -> MetricCode:
    return MetricCode(call("MeanAbsoluteError"), _mean("({result} - {y}).abs()", site))


@lowers(metrics.Rmse)
def rmse(metric: metrics.Rmse, site: OutputSite) -> MetricCode:
    root = call("math.sqrt", _mean("({result} - {y}).square()", site))
    return MetricCode(call("RootMeanSquaredError"), root)


@lowers(metrics.Mape)
def mape(metric: metrics.Mape, site: OutputSite) -> MetricCode:
    made = call("MeanOf", raw("lambda result, y: 100 * ((result - y) / y.abs().clamp(1e-7)).abs()"))
    each = "(100 * (({result} - {y}) / {y}.abs().clamp(1e-7)).abs())"
    return MetricCode(made, _mean(each, site))
