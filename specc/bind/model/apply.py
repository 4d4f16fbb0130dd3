"""Applies one layer to values: how many it joins, what does not fit, the limits of size."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from specc.bind.ground.describe import dims
from specc.bind.ground.graph import Graph, InputValue, Namespace, NodeValue, Origin, Poison, Value
from specc.bind.ground.report import Failed, Report
from specc.bind.ground.signature import Given
from specc.bind.values.arguments import Binder
from specc.diagnostics.model import Related
from specc.ops.base import Dims, Layer, Problem
from specc.source import Source, Span
from specc.syntax import Call
from specc.terms import Term

MOST_ELEMENTS = 2**31 - 1
"""Numbers in one tensor: what frameworks index with 32 bits."""
MOST_NODES = 20_000
MOST_PARAMETERS = 10_000_000_000
"""40 GB in float32, before gradients: beyond what one machine trains."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """What a layer makes of values of some shapes."""

    problems: tuple[Problem, ...]
    shape: Dims = ()
    weights: tuple[Dims, ...] = ()


class Applier:
    def __init__(self, report: Report, graph: Graph) -> None:
        self.report, self.graph = report, graph
        self.weights: dict[int, tuple[tuple[Dims, ...], Origin]] = {}
        """What each layer owns, and where it was first used."""
        self.parameters = 0
        # A model of many layers has few different ones: what is worked out once is kept.
        self._layers: dict[Any, Term] = {}
        self._fits: dict[Any, _Fit] = {}

    def made(self, cls: type[Term], given: Given, call: Call, binder: Binder) -> Term:
        """The layer of these arguments."""
        if given.failed or given.values:
            return binder.construct(cls, given, call)
        key = (cls, tuple(given.fields.items()))
        layer = self._layers.get(key)
        if layer is None:
            layer = self._layers[key] = binder.construct(cls, given, call)
        return layer

    def no_chain(self, call: Call, source: Source) -> NoReturn:
        if not self.graph.inputs:
            self.report.fail(
                "E0325",
                "the model has no input yet",
                source,
                call.path[0].span,
                help="begin the model with `input 64x64x3`: height x width x channels",
            )
        names = ", ".join(f"`{value.name}`" for value in self.graph.inputs)
        self.report.fail(
            "E0320",
            f"`{call.path[0].text}` has no value to work on",
            source,
            call.path[0].span,
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
                help="begin a chain with it: "
                f"`{_written(source, given.values[0][1])} -> {cls.word()}`",
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
        if any(isinstance(one, Poison) for one in values):
            raise Failed
        if most is not None and len(values) > most:
            self.report.fail(
                "E0322",
                f"`{cls.word()}` reads at most {most} values",
                source,
                where.path[0].span,
                found=str(len(values)),
            )
        if len(values) < least:
            self.report.fail(
                "E0322",
                f"`{cls.word()}` needs at least {least} values",
                source,
                where.path[0].span,
                found=str(len(values)),
                help=f"write `{cls.word()}(other)` with a named value, or give it two branches",
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
        owner: Namespace,
        layer: Namespace,
        *,
        named: bool,
    ) -> Value:
        """Check and append; a layer that does not fit is reported and Failed."""
        assert isinstance(op, Layer)
        if any(isinstance(value, Poison) for value in inputs):
            raise Failed
        fit = self._fit(op, tuple(value.shape for value in inputs))
        for problem in fit.problems:
            self._problem(problem, inputs, origin)
        if fit.problems:
            raise Failed
        if len(self.graph.nodes) >= MOST_NODES:
            self.report.stop(
                f"the model has more than {MOST_NODES:,} layers", origin.source, origin.span
            )
        for size in (fit.shape, *fit.weights):
            self.limit(size, origin)
        self._own(layer, fit.weights, origin)
        made = NodeValue(op, inputs, fit.shape, origin, owner, named)
        self.graph.nodes.append((made, layer))
        return made

    def _fit(self, op: Layer, shapes: tuple[Dims, ...]) -> _Fit:
        key = (id(op), shapes)  # `_layers` keeps each layer, and so its id
        fit = self._fits.get(key)
        if fit is None:
            problems = tuple(op.problems(*shapes)) or tuple(_undrawable(op, shapes))
            fit = _Fit(problems)
            if not problems:
                weights = tuple(weight.shape for weight in op.weights(*shapes))
                fit = _Fit((), op.output_shape(*shapes), weights)
            self._fits[key] = fit
        return fit

    def _own(self, layer: Namespace, weights: tuple[Dims, ...], origin: Origin) -> None:
        """The layer owns these weights: the same at each use, and not too many in all."""
        first, made = self.weights.setdefault(id(layer), (weights, origin))
        if made is origin:
            self.parameters += sum(map(math.prod, weights))
            if self.parameters > MOST_PARAMETERS:
                self.report.stop(
                    "the model has too many parameters",
                    origin.source,
                    origin.span,
                    label="with this layer",
                    expected=f"at most {MOST_PARAMETERS:,}",
                    found=f"{self.parameters:,} up to here",
                )
        elif first != weights:
            self.report.fail(
                "E0328",
                "a shared layer must fit every value that it is used on",
                origin.source,
                origin.span,
                expected=f"weights of {', '.join(map(dims, first))}",
                found=", ".join(map(dims, weights)),
                related=(Related(made.source, made.span, "first used here"),),
                help="give all the values the same number of channels, or make a second layer",
            )

    def _problem(self, problem: Problem, inputs: tuple[Value, ...], origin: Origin) -> None:
        span = origin.arguments.get(problem.field or "", origin.span)
        related = () if problem.at_input is None else _made_by(inputs, problem.at_input)
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
                "a tensor of this size is beyond what frameworks can index",
                origin.source,
                origin.span,
                expected=f"at most {MOST_ELEMENTS:,} numbers",
                found=f"{dims(shape)} = {math.prod(shape):,}",
            )


def _undrawable(op: Layer, shapes: tuple[Dims, ...]) -> Iterator[Problem]:
    """Weights that have not the axes that their initializer needs."""
    for weight in op.weights(*shapes):
        initial = weight.initial
        if len(weight.shape) < getattr(initial, "least_axes", 0):
            fields = [name for name in type(op).model_fields if getattr(op, name) == initial]
            yield Problem(
                "E0335",
                f"`{initial.word()}` draws a matrix, and the `{weight.name}` of `{op.word()}` is a"
                " vector",
                field=next((name for name in fields if not name.startswith("kernel")), None),
                found=f"{weight.shape[0]} numbers in a row",
                help="use `zeros`, `constant(0.1)`, `normal(0.05)` or `uniform(-0.05, 0.05)`",
                at_input=None,
            )
            return


def _written(source: Source, span: Span) -> str:
    return source.text[span.start : span.end]


def _made_by(inputs: tuple[Value, ...], at: int) -> tuple[Related, ...]:
    """Where the value at fault comes from; where several are joined, the first one too."""
    shown = []
    for value in dict.fromkeys((inputs[0], inputs[min(at, len(inputs) - 1)])):
        assert isinstance(value, InputValue | NodeValue)
        kind = "the input is" if isinstance(value, InputValue) else "output here is"
        shown.append(Related(value.origin.source, value.origin.span, f"{kind} {dims(value.shape)}"))
    return tuple(shown)
