"""Holds the model, the data and the training against each other, and makes the whole IR."""

from __future__ import annotations

from specc import ir
from specc.bind.data import data
from specc.bind.ground.graph import Graph
from specc.bind.ground.report import Report
from specc.bind.penalties import penalized
from specc.bind.readers import Bound
from specc.bind.training import training
from specc.bind.whole import Whole


def check(
    name: str, model: ir.Model, graph: Graph, sections: dict[str, Bound], report: Report
) -> ir.Spec | None:
    """The IR of a file whose parts are whole; None with a report where they do not fit."""
    whole = Whole(model, graph, sections, report)
    trained = training(whole) if "train" in sections else None
    train = None
    if trained is not None:
        train, outputs = trained
        nodes = penalized(whole)
        model = model.model_copy(update={"outputs": outputs, "nodes": nodes})
    fed = data(whole, train) if "data" in sections else None
    return None if report.has_errors else ir.Spec(file=name, model=model, data=fed, train=train)
