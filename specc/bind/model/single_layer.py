"""Reads one layer that stands alone, as in a layer's own cases."""

from __future__ import annotations

from specc.bind.ground.report import Failed, Report
from specc.bind.ground.scope import Scope
from specc.bind.values.arguments import Binder
from specc.bind.values.evaluator import Evaluator
from specc.ops.base import Layer
from specc.parse import parse
from specc.source import Source
from specc.syntax import Chain, Model


def layer_from_text(text: str) -> Layer:
    """The layer that `Conv2D(4, 3x3)` means; ValueError with the message if it means none."""
    source = Source("case", f"model case {{\n{text}\n}}")
    file, problems = parse(source)
    report = Report()
    if file is not None and not problems:
        model = file.items[0]
        assert isinstance(model, Model)
        statement = model.body.statements[0]
        assert isinstance(statement, Chain) and len(statement.calls) == 1
        evaluator = Evaluator(source, Scope(source, None, {}), report)
        try:
            return Binder(source, evaluator, report).term("layer", statement.calls[0])  # type: ignore[return-value]
        except Failed:
            problems = report.sorted()
    raise ValueError(problems[0].message if problems else text)
