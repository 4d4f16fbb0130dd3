"""A model with its sections, for the checks that hold them against each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from specc import ir
from specc.bind.ground.graph import Graph, InputValue, NodeValue
from specc.bind.ground.report import Report
from specc.bind.sections.settings import BoundSection
from specc.diagnostics.model import Related
from specc.source import Span

OF_INPUTS = ("scale",)
"""The settings that are for an input; the others are for an output."""


@dataclass
class BoundSpec:
    """input, output: the place of those that are looked at."""

    model: ir.Model
    graph: Graph
    sections: dict[str, BoundSection]
    report: Report
    input: int = 0
    output: int = 0

    def at(self, *, input: int | None = None, output: int | None = None) -> BoundSpec:
        """The same with another input or output to look at."""
        return replace(
            self,
            input=self.input if input is None else input,
            output=self.output if output is None else output,
        )

    def value(self, section: str, setting: str, default: Any = None) -> Any:
        """What a setting says of the input or output."""
        return self.sections[section].value(setting, self._name(setting), default)

    def span(self, section: str, setting: str) -> Span:
        return self.sections[section].place(setting, self._name(setting))

    def items(self, section: str, setting: str) -> list[Span]:
        """Where each of a setting's several values stands."""
        items = self.sections[section].items
        return items.get(f"{setting}.{self._name(setting)}") or items[setting]

    def _name(self, setting: str) -> str:
        return self.given.name if setting in OF_INPUTS else self.made.name

    def error(self, code: str, message: str, section: str, setting: str, **more: Any) -> None:
        """An error at the value of a setting."""
        bound = self.sections[section]
        self.report.error(code, message, bound.source, self.span(section, setting), **more)

    @property
    def given(self) -> InputValue:
        value = self.graph.inputs[self.input]
        assert isinstance(value, InputValue)
        return value

    @property
    def made(self) -> ir.Output:
        return self.model.outputs[self.output]

    @property
    def last(self) -> NodeValue | None:
        """The node of the output."""
        value = self.graph.outputs[self.output][1]
        return value if isinstance(value, NodeValue) else None

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.graph.outputs[self.output][1].shape
        return shape

    def at_output(self, message: str) -> tuple[Related, ...]:
        last = self.last
        return () if last is None else (Related(last.origin.source, last.origin.span, message),)

    def at_setting(self, section: str, setting: str, message: str) -> tuple[Related, ...]:
        bound = self.sections[section]
        return (Related(bound.source, self.span(section, setting), message),)

    def at_input(self, message: str) -> tuple[Related, ...]:
        origin = self.given.origin
        return (Related(origin.source, origin.span, message),)
