"""Runs the bodies of models and blocks at compile time: each layer met becomes a node."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from specc.bind.ground.graph import POISON, Graph, Poison, Value
from specc.bind.ground.report import Failed, Report
from specc.bind.model.apply import Applier
from specc.bind.model.blocks import Blocks
from specc.bind.model.chains import Chains
from specc.bind.model.frames import Frame, SharedLayer
from specc.bind.model.inputs import make_input
from specc.bind.model.repeats import rounds
from specc.bind.values.arguments import Binder
from specc.bind.values.evaluator import Evaluator
from specc.diagnostics.model import Related
from specc.source import Source, Span
from specc.syntax import (
    Body,
    Branch,
    Chain,
    Ident,
    If,
    Input,
    Let,
    Named,
    Output,
    Param,
    Repeat,
    Shared,
    Statement,
)

MOST_STEPS = 200_000
MOST_DEPTH = 48


@dataclass
class Expander:
    """Builds the graph of one model."""

    report: Report
    graph: Graph = field(default_factory=Graph)
    settings: dict[str, Any] = field(default_factory=dict)
    """Values of `param`s from outside."""
    models: frozenset[str] = frozenset()
    """Names of models, for a call of one."""
    blocks_used: dict[str, tuple[str, ...]] = field(default_factory=dict)
    steps: int = 0
    depth: int = 0

    def __post_init__(self) -> None:
        self.applier = Applier(self.report, self.graph)
        self.blocks = Blocks(self)
        self.chains = Chains(self)

    def evaluator(self, frame: Frame) -> Evaluator:
        return Evaluator(frame.source, frame.scope, self.report)

    def binder(self, frame: Frame) -> Binder:
        return Binder(frame.source, self.evaluator(frame), self.report)

    def step(self, source: Source, span: Span) -> None:
        """Count what is done, so that no spec takes for ever."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            self.report.stop(
                f"the model takes more than {MOST_STEPS:,} steps to expand",
                source,
                span,
                help="repeat less, or use fewer blocks inside blocks",
            )

    def body(self, body: Body, value: Value | None, frame: Frame) -> Value | None:
        """Run the statements of a body as a chain that starts from `value`."""
        self.depth += 1
        if self.depth > MOST_DEPTH:
            self.report.stop(
                f"blocks, repeats and branches are nested deeper than {MOST_DEPTH} levels",
                frame.source,
                body.span,
                help="put fewer blocks inside blocks",
            )
        for statement in body.statements:
            self.step(frame.source, statement.span)
            try:
                value = self.statement(statement, value, frame)
            except Failed:
                value = value if isinstance(statement, Let | Param | Shared) else POISON
        self.depth -= 1
        return value

    def statement(self, statement: Statement, value: Value | None, frame: Frame) -> Value | None:
        match statement:
            case Chain():
                return self.chains.chain(statement, value, frame)
            case Named():
                return self._named(statement, value, frame)
            case Let(name=name):
                self._define(name, "let", statement, frame)
            case Param():
                self._param(statement, frame)
            case Input():
                self._only_top("input", statement, frame)
                return make_input(self, statement, value, frame)
            case Output():
                return self._output(statement, value, frame)
            case Shared(name=name, call=call):
                owner = frame.space.add(name.text)
                owner.user, owner.repeated = True, frame.repeated
                made: Any = POISON
                try:
                    self.blocks.check_made(call, frame)
                    made = SharedLayer(call, frame, owner)
                finally:
                    frame.scope.define(name, "layer", made, self.report)
            case Repeat():
                return self._repeat(statement, value, frame)
            case If():
                return self._if(statement, value, frame)
            case Branch():
                self.report.fail(
                    "E0323",
                    "a branch stands only in the braces of a merge",
                    frame.source,
                    Span(statement.span.start, statement.span.start + len("branch")),
                    help="write:\nAdd {\n  branch { ... }\n  branch { ... }\n}",
                )
        return value

    def _only_top(self, word: str, statement: Statement, frame: Frame) -> None:
        if frame.top:
            return
        helped = {
            "param": "`let` names a number here",
            "input": "inside a block, `input` is the value that the block is given",
            "output": "a block's result is the value of its last line",
        }
        self.report.fail(
            "E0334",
            f"`{word}` stands only directly in a model",
            frame.source,
            Span(statement.span.start, statement.span.start + len(word)),
            help=helped[word],
        )

    # ---- names

    def _define(self, name: Ident, kind: str, statement: Let | Param, frame: Frame) -> None:
        try:
            evaluator = self.evaluator(frame)
            made = evaluator.value(statement.value)
            if isinstance(made, str):
                evaluator.check_word(statement.value, made)
        except Failed:
            frame.scope.define(name, kind, POISON, self.report)
            raise
        frame.scope.define(name, kind, made, self.report)

    def _param(self, statement: Param, frame: Frame) -> None:
        if not frame.top:
            frame.scope.define(statement.name, "param", POISON, self.report)
        self._only_top("param", statement, frame)
        self._define(statement.name, "param", statement, frame)
        if statement.name.text in self.settings:
            frame.scope.names[statement.name.text].value = self.settings[statement.name.text]

    def _named(self, statement: Named, value: Value | None, frame: Frame) -> Value:
        try:
            result = self.chains.named(statement.chain, statement.name, value, frame)
        except Failed:
            frame.scope.define(statement.name, "value", POISON, self.report)
            raise
        frame.scope.define(statement.name, "value", result, self.report)
        return result

    def _output(self, statement: Output, value: Value | None, frame: Frame) -> Value | None:
        self._only_top("output", statement, frame)
        result = value
        if statement.chain is not None:
            try:
                result = self.chains.named(statement.chain, statement.name, value, frame)
            except Failed:
                result = POISON
        name = statement.name
        if result is None:
            self.report.fail(
                "E0320",
                "there is no value to output here",
                frame.source,
                name.span,
                help="layers come before it, or on its line: `output box = Dense(4)`",
            )
        earlier = next((span for one, _, span in self.graph.outputs if one == name.text), None)
        if earlier is not None:
            self.report.fail(
                "E0333",
                f"there are two outputs `{name.text}`",
                frame.source,
                name.span,
                label="again here",
                related=(Related(frame.source, earlier, "the first one"),),
                help="give one of them another name",
            )
        self.graph.outputs.append((name.text, result, name.span))
        bound = frame.scope.find(name.text)
        if statement.chain is not None or bound is None:
            frame.scope.define(name, "output", result, self.report)
        elif bound.value is not result and not isinstance(bound.value, Poison):
            place = bound.definition
            self.report.error(
                "E0209",
                f"the output `{name.text}` is not the value `{name.text}`",
                frame.source,
                name.span,
                label="names the chain's value",
                related=(Related(place.source, place.span, "this is another value"),),
                help=f"write `output other = {name.text}`, or give the output another name",
            )
        return value

    # ---- repeats and conditions

    def _repeat(self, statement: Repeat, value: Value | None, frame: Frame) -> Value | None:
        for row in rounds(statement, self.evaluator(frame), self.report):
            self.step(frame.source, statement.over.span)
            inner = frame.inner(repeated=True)
            for name, item in zip(statement.names, row, strict=True):
                inner.scope.define(name, "repeat", item, self.report)
            value = self.body(statement.body, value, inner)
            if value is POISON:
                break  # the rounds to come would fail alike
        return value

    def _if(self, statement: If, value: Value | None, frame: Frame) -> Value | None:
        step: Body | If | None = statement
        while isinstance(step, If):
            if self.evaluator(frame).truth(step.condition):
                return self.body(step.then, value, frame.inner())
            step = step.otherwise
        return value if step is None else self.body(step, value, frame.inner())
