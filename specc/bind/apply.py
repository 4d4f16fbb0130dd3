"""Applies one layer to values: how many it joins, what does not fit, the limits of size."""

from __future__ import annotations

import math
from typing import Any, NoReturn

from specc.bind.arguments import Given
from specc.bind.graph import Graph, InputValue, Named, NodeValue, Origin, Poison, Value
from specc.bind.report import Failed, Report
from specc.bind.values import dims
from specc.diagnostics.model import Related
from specc.ops.base import Layer, Problem
from specc.source import Source, Span
from specc.syntax import Call
from specc.terms import Term

MOST_ELEMENTS = 2**31 - 1
"""Numbers in one tensor: what frameworks index with 32 bits."""
MOST_NODES = 100_000


class Applier:
    def __init__(self, report: Report, graph: Graph) -> None:
        self.report, self.graph = report, graph
        self.weights: dict[int, tuple[tuple[int, ...], ...]] = {}

    def no_chain(self, call: Call, source: Source) -> NoReturn:
        if not self.graph.inputs:
            self.report.fail(
                "E0325",
                "the model has no input yet",
                source,
                call.span,
                help="begin the model with `input 64x64x3`: height x width x channels",
            )
        names = ", ".join(f"`{value.name}`" for value in self.graph.inputs)
        self.report.fail(
            "E0320",
            f"`{call.path[0].text}` has no value to work on",
            source,
            call.span,
            help=f"with several inputs, begin each chain with a name: {names}",
        )

    def joined(
        self,
        cls: type[Term],
        call: Call,
        value: Value | None,
        given: Given,
        source: Source,
        branches: list[tuple[Value, Span]] | None,
        at: Call | None = None,
    ) -> tuple[Value, ...]:
        """The values that a layer reads, in order."""
        least, most = cls.arity  # type: ignore[attr-defined]
        where = at or call
        if most == 1 and branches is not None:
            assert call.body is not None
            self.report.fail(
                "E0323",
                f"`{cls.word()}` does not join branches",
                source,
                call.body.span,
                help="merges do: `Add`, `Multiply`, `Concat`",
            )
        if most == 1 and given.values:
            self.report.fail(
                "E0221",
                f"`{cls.word()}` takes no value of the graph",
                source,
                given.values[0][1],
                help=f"begin a chain with it: `value -> {cls.word()}`",
            )
        if branches is not None and given.values:
            self.report.fail(
                "E0323", "a merge has branches or values, not both", source, given.values[0][1]
            )
        if branches is not None:
            values = [one for one, _ in branches]
        elif value is None:
            self.no_chain(where, source)
        else:
            self._itself(value, given, source)
            values = [value, *(one for one, _ in given.values)]
        if not least <= len(values) <= (most or len(values)):
            self.report.fail(
                "E0322",
                f"`{cls.word()}` needs at least {least} values",
                source,
                where.span,
                found=str(len(values)),
                help=f"write `{cls.word()}(other)` or give it branches",
            )
        return tuple(values)

    def _itself(self, value: Value, given: Given, source: Source) -> None:
        for other, span in given.values:
            if other is value and not isinstance(value, Poison):
                self.report.fail(
                    "E0321",
                    "the chain's own value would be joined with itself",
                    source,
                    span,
                    label="this is the value before the merge already",
                    help="leave it out here, or begin the chain with the other value",
                )

    def node(
        self,
        op: Any,
        inputs: tuple[Value, ...],
        origin: Origin,
        owner: Named,
        layer: Named,
        *,
        named: bool,
    ) -> Value:
        """Check and append; a layer that does not fit is reported and Failed."""
        assert isinstance(op, Layer)
        if any(isinstance(value, Poison) for value in inputs):
            raise Failed
        shapes = tuple(value.shape for value in inputs)
        problems = list(op.problems(*shapes))
        for problem in problems:
            self._problem(problem, inputs, origin)
        if problems:
            raise Failed
        if len(self.graph.nodes) >= MOST_NODES:
            self.report.fail(
                "E0330",
                f"the model has more than {MOST_NODES:,} layers",
                origin.source,
                origin.span,
            )
        shape = op.output_shape(*shapes)
        weights = tuple(weight.shape for weight in op.weights(*shapes))
        for size in (shape, *weights):
            self.limit(size, origin)
        first = self.weights.setdefault(id(layer), weights)
        if first != weights:
            self.report.fail(
                "E0328",
                "a shared layer must fit every value that it is used on",
                origin.source,
                origin.span,
                expected=f"weights of {', '.join(map(dims, first))}",
                found=", ".join(map(dims, weights)),
            )
        made = NodeValue(op, inputs, shape, origin, owner, named)
        self.graph.nodes.append((made, layer))
        return made

    def _problem(self, problem: Problem, inputs: tuple[Value, ...], origin: Origin) -> None:
        span = origin.arguments.get(problem.field or "", origin.span)
        related: tuple[Related, ...] = ()
        if problem.at_input is not None and problem.at_input < len(inputs):
            value = inputs[problem.at_input]
            assert isinstance(value, InputValue | NodeValue)
            kind = "the input is" if isinstance(value, InputValue) else "output here is"
            related = (
                Related(value.origin.source, value.origin.span, f"{kind} {dims(value.shape)}"),
            )
        self.report.error(
            problem.code,
            problem.message,
            origin.source,
            span,
            label=problem.label,
            related=related,
            expected=problem.expected,
            found=problem.found,
            help=problem.help,
        )

    def limit(self, shape: tuple[int, ...], origin: Origin) -> None:
        if math.prod(shape) > MOST_ELEMENTS:
            self.report.fail(
                "E0330",
                "a tensor of this size would not fit into memory",
                origin.source,
                origin.span,
                expected=f"at most {MOST_ELEMENTS:,} numbers",
                found=f"{dims(shape)} = {math.prod(shape):,}",
            )
