"""A model with its sections, for the checks that hold them against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specc import ir
from specc.bind.graph import Graph, NodeValue
from specc.bind.readers import Bound
from specc.bind.report import Report
from specc.diagnostics.model import Related


@dataclass
class Whole:
    model: ir.Model
    graph: Graph
    sections: dict[str, Bound]
    report: Report

    def error(self, code: str, message: str, section: str, setting: str, **more: Any) -> None:
        """An error at the value of a setting."""
        bound = self.sections[section]
        self.report.error(code, message, bound.source, bound.spans[setting], **more)

    @property
    def last(self) -> NodeValue | None:
        """The node of the only output, or of the first."""
        value = self.graph.outputs[0][1]
        return value if isinstance(value, NodeValue) else None

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.graph.outputs[0][1].shape
        return shape

    def at_output(self, message: str) -> tuple[Related, ...]:
        last = self.last
        return () if last is None else (Related(last.origin.source, last.origin.span, message),)

    def at_setting(self, section: str, setting: str, message: str) -> tuple[Related, ...]:
        bound = self.sections[section]
        return (Related(bound.source, bound.spans[setting], message),)

    def at_input(self, message: str) -> tuple[Related, ...]:
        origin = self.graph.inputs[0].origin
        return (Related(origin.source, origin.span, message),)
