"""Runs the bodies of models and blocks at compile time: each layer met becomes a node."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from specc.bind.apply import Applier
from specc.bind.arguments import Binder, Field, Given, fields_of
from specc.bind.graph import (
    POISON,
    Graph,
    InputValue,
    Named,
    NodeValue,
    Origin,
    Poison,
    UseValue,
    Value,
)
from specc.bind.report import Failed, Report
from specc.bind.scope import Scope
from specc.bind.values import Evaluator, describe, dims
from specc.diagnostics.model import Related
from specc.kinds import Mismatch, Range, Sizes
from specc.registry import find, known
from specc.source import Source, Span
from specc.syntax import (
    Block,
    Body,
    Branch,
    Call,
    Chain,
    Ident,
    If,
    Input,
    Let,
    Output,
    Param,
    Repeat,
    Shared,
    Statement,
)
from specc.syntax import Named as NamedStatement
from specc.terms import snake

MOST_STEPS = 1_000_000
MOST_DEPTH = 64


@dataclass
class LayerSpace:
    """Where the layers of a shared block get their paths, which are not the values' paths.

    The first use makes the children, later uses meet them again in the same order.
    """

    space: Named
    met: int = 0

    def next(self, like: Named) -> Named:
        if self.met == len(self.space.children):
            made = self.space.add(like.stem)
            made.user, made.repeated = like.user, like.repeated
        self.met += 1
        return self.space.children[self.met - 1]


@dataclass
class SharedLayer:
    """`layer name = Call`: bound when it is made, used again and again."""

    call: Call
    frame: Frame
    owner: Named
    weights: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class BlockDefinition:
    block: Block
    source: Source
    scope: Scope


@dataclass(frozen=True)
class Frame:
    """Where a statement runs: its text, its names, its space for paths."""

    source: Source
    scope: Scope
    space: Named
    layers: LayerSpace | None = None
    active: tuple[str, ...] = ()
    repeated: bool = False
    top: bool = False

    def inner(self, **changes: Any) -> Frame:
        return replace(self, scope=self.scope.child(), top=False, **changes)


@dataclass
class Expander:
    """Builds the graph of one model."""

    report: Report
    graph: Graph = field(default_factory=Graph)
    settings: dict[str, Any] = field(default_factory=dict)
    """Values of `param`s from outside."""
    blocks_used: dict[str, tuple[str, ...]] = field(default_factory=dict)
    expanded: set[int] = field(default_factory=set)
    steps: int = 0

    def __post_init__(self) -> None:
        self.applier = Applier(self.report, self.graph)

    def evaluator(self, frame: Frame) -> Evaluator:
        return Evaluator(frame.source, frame.scope, self.report)

    def binder(self, frame: Frame) -> Binder:
        return Binder(frame.source, self.evaluator(frame), self.report)

    # ---- statements

    def body(self, body: Body, value: Value | None, frame: Frame) -> Value | None:
        """Run the statements of a body as a chain that starts from `value`."""
        for statement in body.statements:
            self.steps += 1
            if self.steps > MOST_STEPS:
                self.report.fail(
                    "E0330",
                    f"the spec takes more than {MOST_STEPS:,} steps to expand",
                    frame.source,
                    statement.span,
                    help="repeat less, or make the blocks smaller",
                )
            try:
                value = self.statement(statement, value, frame)
            except Failed:
                value = value if isinstance(statement, Let | Param | Input) else POISON
        return value

    def statement(self, statement: Statement, value: Value | None, frame: Frame) -> Value | None:
        match statement:
            case Chain():
                return self.chain(statement, value, frame)
            case NamedStatement():
                return self.named(statement, value, frame)
            case Let(name=name):
                self._define(name, "let", statement, frame)
            case Param():
                self._param(statement, frame)
            case Input():
                return self._input(statement, value, frame)
            case Output():
                return self._output(statement, value, frame)
            case Shared(name=name, call=call):
                owner = frame.space.add(name.text)
                owner.user, owner.repeated = True, frame.repeated
                frame.scope.define(name, "layer", SharedLayer(call, frame, owner), self.report)
            case Repeat():
                return self._repeat(statement, value, frame)
            case If():
                return self._if(statement, value, frame)
            case Branch():
                self.report.fail(
                    "E0323",
                    "a branch stands only in the braces of a merge",
                    frame.source,
                    statement.span,
                    help="write `Add { branch { ... } branch { ... } }`",
                )
        return value

    def _define(self, name: Ident, kind: str, statement: Let | Param, frame: Frame) -> None:
        try:
            made = self.evaluator(frame).value(statement.value)
        except Failed:
            frame.scope.define(name, kind, POISON, self.report)
            raise
        frame.scope.define(name, kind, made, self.report)

    def _param(self, statement: Param, frame: Frame) -> None:
        if not frame.top:
            self.report.fail(
                "E0334",
                "`param` stands only directly in a model",
                frame.source,
                statement.span,
                help="`let` names a number here",
            )
        name = statement.name
        if name.text in self.settings:
            frame.scope.define(name, "param", self.settings[name.text], self.report)
        else:
            self._define(name, "param", statement, frame)

    def _input(self, statement: Input, value: Value | None, frame: Frame) -> Value | None:
        if not frame.top:
            self.report.fail(
                "E0334", "`input` stands only directly in a model", frame.source, statement.span
            )
        name = statement.name.text if statement.name else "input"
        shape = self.evaluator(frame).value(statement.value)
        if isinstance(shape, Poison):
            raise Failed
        try:
            shape = Sizes().accept(shape)
        except Mismatch as mismatch:
            self.report.fail(
                "E0327",
                "this is not a shape",
                frame.source,
                statement.value.span,
                expected=mismatch.expected,
                found=describe(shape),
            )
        if len(shape) > 3:
            self.report.fail(
                "E0327",
                "an input has at most three axes",
                frame.source,
                statement.value.span,
                expected="height x width x channels, length x channels, or a number of columns",
                found=describe(shape),
            )
        made = InputValue(name, shape, Origin(frame.source, statement.span, {}))
        self.applier.limit(shape, made.origin)
        if statement.name:
            frame.scope.define(statement.name, "input", made, self.report)
        else:
            frame.scope.bind("input", made, statement.span)
        earlier = next(
            (one for one in self.graph.inputs if one.name == name or "input" in (one.name, name)),
            None,
        )
        if earlier is not None and (statement.name is None or earlier.name == "input"):
            self.report.fail(
                "E0333",
                "several inputs need names",
                frame.source,
                statement.span,
                related=(Related(earlier.origin.source, earlier.origin.span, "the other input"),),
                help="write `input image: 64x64x3`",
            )
        self.graph.inputs.append(made)
        return made if value is None and len(self.graph.inputs) == 1 else None

    def _output(self, statement: Output, value: Value | None, frame: Frame) -> Value | None:
        if not frame.top:
            self.report.fail(
                "E0334", "`output` stands only directly in a model", frame.source, statement.span
            )
        result = value
        if statement.chain is not None:
            result = self._chain_named(statement.chain, statement.name, value, frame)
        if result is None:
            self.report.fail(
                "E0320", "there is no value to output here", frame.source, statement.span
            )
        if any(name == statement.name.text for name, _, _ in self.graph.outputs):
            self.report.fail(
                "E0333",
                f"the output `{statement.name.text}` is defined twice",
                frame.source,
                statement.name.span,
            )
        self.graph.outputs.append((statement.name.text, result, statement.name.span))
        return value

    def named(self, statement: NamedStatement, value: Value | None, frame: Frame) -> Value:
        try:
            result = self._chain_named(statement.chain, statement.name, value, frame)
        except Failed:
            frame.scope.define(statement.name, "value", POISON, self.report)
            raise
        frame.scope.define(statement.name, "value", result, self.report)
        return result

    def _chain_named(self, chain: Chain, name: Ident, value: Value | None, frame: Frame) -> Value:
        *before, last = chain.calls
        if before:
            value = self.chain(Chain(chain.span, tuple(before)), value, frame)
        return self.call(last, value, frame, name=name, first=not before)

    def _repeat(self, statement: Repeat, value: Value | None, frame: Frame) -> Value | None:
        for row in self._rounds(statement, frame):
            inner = frame.inner(repeated=True)
            for name, item in zip(statement.names, row, strict=True):
                inner.scope.define(name, "repeat", item, self.report)
            value = self.body(statement.body, value, inner)
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise Failed
        return value

    def _rounds(self, statement: Repeat, frame: Frame) -> Any:
        over = self.evaluator(frame).value(statement.over)
        span = statement.over.span
        if isinstance(over, Poison):
            raise Failed
        if isinstance(over, Range):
            if not (type(over.low) is int and type(over.high) is int):
                self.report.fail(
                    "E0331",
                    "a range to repeat over has whole ends",
                    frame.source,
                    span,
                    found=describe(over),
                )
            over = range(over.low, over.high + 1)
        if not statement.names:
            if type(over) is not int or over < 0:
                self.report.fail(
                    "E0331",
                    "a repeat needs a whole number of at least 0",
                    frame.source,
                    span,
                    found=describe(over),
                )
            over = range(over)
        elif not isinstance(over, tuple | range):
            self.report.fail(
                "E0331",
                "a repeat with names needs a list or a range",
                frame.source,
                span,
                found=describe(over),
                help="write `repeat i in 1..n { ... }`",
            )
        if len(over) > MOST_STEPS:
            self.report.fail(
                "E0330",
                "this repeats too often",
                frame.source,
                span,
                expected=f"at most {MOST_STEPS:,} rounds",
                found=f"{len(over):,}",
            )
        return [self._row(statement, item, frame) for item in over]

    def _row(self, statement: Repeat, item: Any, frame: Frame) -> tuple[Any, ...]:
        count = len(statement.names)
        if count == 0:
            return ()
        row = item if isinstance(item, tuple) and (count > 1 or len(item) == 1) else (item,)
        if len(row) != count:
            self.report.fail(
                "E0331",
                "each row must have one value for each name",
                frame.source,
                statement.over.span,
                expected=f"{count} values",
                found=f"{len(row)} in {describe(item)}",
            )
        return row

    def _if(self, statement: If, value: Value | None, frame: Frame) -> Value | None:
        step: Body | If | None = statement
        while isinstance(step, If):
            if self.evaluator(frame).truth(step.condition):
                return self.body(step.then, value, frame.inner())
            step = step.otherwise
        return value if step is None else self.body(step, value, frame.inner())

    # ---- chains

    def chain(self, chain: Chain, value: Value | None, frame: Frame) -> Value | None:
        failed = False
        for index, call in enumerate(chain.calls):
            try:
                value = self.call(call, value, frame, first=index == 0)
            except Failed:
                value, failed = POISON, True
        if failed:
            raise Failed
        return value

    def call(
        self,
        call: Call,
        value: Value | None,
        frame: Frame,
        *,
        name: Ident | None = None,
        first: bool = False,
    ) -> Value:
        """One link: a value's name begins a new chain, a layer or block takes the value before."""
        head = call.path[0]
        bound = frame.scope.use(head, frame.source) if len(call.path) == 1 else None
        if head.text == "input" and bound is None:
            return self._start(None, call, frame, first)
        if bound is None:
            return self._layer(call, value, frame, name)
        target = bound.value
        if isinstance(target, SharedLayer):
            return self._shared(target, call, value, frame, name)
        if isinstance(target, BlockDefinition):
            return self._block(target, call, value, frame, name, None)
        if isinstance(target, InputValue | NodeValue | Poison) and call.args is None:
            return self._start(target, call, frame, first)
        self.report.fail(
            "E0222",
            f"`{head.text}` cannot stand in a chain",
            frame.source,
            call.span,
            found=describe(target),
            help="a chain is made of layers, blocks and named values",
        )

    def _start(self, target: Value | None, call: Call, frame: Frame, first: bool) -> Value:
        if target is None:
            self.report.fail(
                "E0325",
                "there is no input here",
                frame.source,
                call.span,
                help="begin the model with `input 64x64x3`, or name the input you mean",
            )
        if not first:
            self.report.fail(
                "E0222",
                f"`{call.path[0].text}` begins a new chain and would drop the value before it",
                frame.source,
                call.span,
                help="join the two with `Add` or `Concat`",
            )
        return target

    def _layer(self, call: Call, value: Value | None, frame: Frame, name: Ident | None) -> Value:
        text = ".".join(part.text for part in call.path)
        cls = find("layer", text) if len(call.path) == 1 else None
        binder = self.binder(frame)
        if cls is None:
            blocks = [n for n in frame.scope.visible() if n[0].isupper()]
            self._maybe_late(call, frame)
            binder.unknown("layer", text, call.path[0].span.to(call.path[-1].span), tuple(blocks))
        given = binder.arguments(text, fields_of(cls), call)
        if given.failed:
            raise Failed
        others = self.applier.joined(
            cls, call, value, given, frame.source, self._branches(call, value, frame)
        )
        given.values = []
        op = binder.construct(cls, given, call)
        owner = self._owner(cls.label, frame, name)  # type: ignore[attr-defined]
        origin = Origin(frame.source, call.path[0].span.to(call.path[-1].span), given.spans)
        layer = frame.layers.next(owner) if frame.layers else owner
        return self.applier.node(op, others, origin, owner, layer, named=name is not None)

    def _maybe_late(self, call: Call, frame: Frame) -> None:
        """A layer's name in small letters is a value that does not exist (yet)."""
        head = call.path[0]
        if head.text[0].islower() and call.args is None and head.text not in known("layer"):
            values = [n for n in frame.scope.visible() if n[0].islower()]
            from specc.bind.names import foreign_term, nearest, replacement

            if foreign_term("layer", head.text) is None:
                meant = nearest(head.text, [*values, *known("layer")])
                self.report.fail(
                    "E0211",
                    f"`{head.text}` is not the name of a value that exists here",
                    frame.source,
                    head.span,
                    help=f"did you mean `{meant}`?"
                    if meant
                    else "name a value before it is used: `name = Conv2D(...)`",
                    fix=replacement(head.span, meant) if meant else None,
                )

    def _branches(
        self, call: Call, value: Value | None, frame: Frame
    ) -> list[tuple[Value, Span]] | None:
        if call.body is None:
            return None
        results: list[tuple[Value, Span]] = []
        for statement in call.body.statements:
            if not isinstance(statement, Branch):
                self.report.error(
                    "E0323",
                    "the braces of a merge hold branches only",
                    frame.source,
                    statement.span,
                    help="put it into `branch { ... }`",
                )
                continue
            result = self.body(statement.body, value, frame.inner())
            results.append((POISON if result is None else result, statement.span))
        return results

    def _owner(self, stem: str, frame: Frame, name: Ident | None) -> Named:
        owner = frame.space.add(name.text if name else stem)
        if name is not None:
            owner.user, owner.repeated = True, frame.repeated
        return owner

    # ---- blocks and shared layers

    def _shared(
        self, shared: SharedLayer, call: Call, value: Value | None, frame: Frame, name: Ident | None
    ) -> Value:
        if call.args is not None or call.body is not None:
            self.report.fail(
                "E0208",
                f"`{call.path[0].text}` is made already and takes no arguments",
                frame.source,
                call.args_span or call.span,
            )
        made = shared.call
        bound = shared.frame.scope.find(made.path[0].text) if len(made.path) == 1 else None
        if bound is not None and isinstance(bound.value, BlockDefinition):
            owner_frame = replace(shared.frame, space=frame.space, active=frame.active)
            return self._block(
                bound.value,
                made,
                value,
                owner_frame,
                name,
                shared.owner,
                at=call,
                stem=call.path[0].text,
            )
        owner = self._owner(call.path[0].text, frame, name)
        cls = find("layer", made.path[0].text) if len(made.path) == 1 else None
        binder = self.binder(shared.frame)
        if cls is None:
            binder.unknown("layer", made.path[0].text, made.path[0].span)
        given = binder.arguments(cls.word(), fields_of(cls), made)
        if given.failed:
            raise Failed
        inputs = self.applier.joined(cls, made, value, given, frame.source, None, at=call)
        given.values = []
        op = binder.construct(cls, given, made)
        origin = Origin(frame.source, call.span, {})
        return self.applier.node(op, inputs, origin, owner, shared.owner, named=name is not None)

    def _block(
        self,
        target: BlockDefinition,
        call: Call,
        value: Value | None,
        frame: Frame,
        name: Ident | None,
        shared: Named | None,
        *,
        at: Call | None = None,
        stem: str | None = None,
    ) -> Value:
        block = target.block
        where = at or call
        self._check_block_call(block, call, value, frame)
        fields = tuple(Field(p.name.text, None, p.default is None) for p in block.params)
        given = self.binder(frame).arguments(block.name.text, fields, call)
        for extra, span in given.values:
            self.report.error(
                "E0208",
                f"`{block.name.text}` takes no further value",
                frame.source,
                span,
                found=describe(extra),
            )
            given.failed = True
        if given.failed:
            raise Failed
        owner = self._owner(stem or snake(block.name.text), frame, name)
        layer = shared or (frame.layers.next(owner) if frame.layers else owner)
        inner = Frame(
            target.source,
            target.scope.child(target.source),
            owner,
            None if layer is owner else LayerSpace(layer),
            (*frame.active, block.name.text),
        )
        assert value is not None
        inner.scope.bind("input", value, call.span)
        self._parameters(block, given, inner)
        count = len(self.graph.nodes)
        place = len(self.graph.uses)
        self.expanded.add(id(block))
        result = self.body(block.body, value, inner)
        if result is None or isinstance(result, Poison):
            raise Failed
        if len(self.graph.nodes) == count:
            frame.space.drop(owner)
            return result
        self.blocks_used[block.name.text] = tuple(p.name.text for p in block.params)
        extra = [v for v in given.fields.values() if isinstance(v, InputValue | NodeValue)]
        passed = ((p.name.text, inner.scope.names[p.name.text].value) for p in block.params)
        numbers = tuple((name, plain) for name, v in passed if (plain := _plain(v)) is not None)
        origin = Origin(frame.source, where.span, {})
        use = UseValue(
            owner,
            layer,
            block.name.text,
            numbers,
            (value, *extra),
            result,
            origin,
            name is not None,
        )
        self.graph.uses.insert(place, use)
        return result

    def _check_block_call(
        self, block: Block, call: Call, value: Value | None, frame: Frame
    ) -> None:
        if call.body is not None:
            self.report.fail("E0323", "only a merge takes branches", frame.source, call.body.span)
        if block.name.text in frame.active:
            self.report.fail(
                "E0217",
                f"the block `{block.name.text}` uses itself",
                frame.source,
                call.span,
                help="a block cannot be recursive; `repeat` says how often",
            )
        if len(frame.active) >= MOST_DEPTH:
            self.report.fail(
                "E0330", f"blocks are nested deeper than {MOST_DEPTH}", frame.source, call.span
            )
        if value is None:
            self.applier.no_chain(call, frame.source)

    def _parameters(self, block: Block, given: Given, inner: Frame) -> None:
        for parameter in block.params:
            name = parameter.name
            if name.text in given.fields:
                made = given.fields[name.text]
            else:
                assert parameter.default is not None
                made = self.evaluator(inner).value(parameter.default)
            inner.scope.define(name, "parameter", made, self.report)


def _plain(value: Any) -> bool | int | float | str | None:
    """A block's argument as the IR keeps it: numbers and words as they are, a size as `3x3`."""
    if isinstance(value, tuple) and value and all(type(number) is int for number in value):
        return dims(value)
    return value if isinstance(value, bool | int | float | str) else None
