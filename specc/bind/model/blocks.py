"""Uses of blocks and of layers that are made once and used again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from specc.bind.ground.describe import describe, dims
from specc.bind.ground.graph import (
    InputValue,
    Namespace,
    NodeValue,
    Origin,
    Poison,
    UseValue,
    Value,
)
from specc.bind.ground.report import Failed
from specc.bind.ground.signature import Field, Given, Signature, signature_of
from specc.bind.model.frames import BlockDefinition, Frame, LayerSpace, SharedLayer
from specc.diagnostics.model import Related
from specc.registry import find
from specc.syntax import Block, Call, Ident
from specc.terms import snake

if TYPE_CHECKING:
    from specc.bind.model.expand import Expander


class Blocks:
    def __init__(self, expander: Expander) -> None:
        self.expander, self.report = expander, expander.report
        self._signatures: dict[int, Signature] = {}

    def check_made(self, call: Call, frame: Frame) -> None:
        """What `layer name = Call` makes must exist, whether it is used or not."""
        head = call.path[0]
        bound = frame.scope.use(head, frame.source) if len(call.path) == 1 else None
        if bound is None:
            if len(call.path) > 1 or find("layer", head.text) is None:
                self.expander.chains.unknown(call, frame)
        elif not isinstance(bound.value, BlockDefinition):
            self.report.fail(
                "E0222",
                "`layer` makes a layer or a block",
                frame.source,
                call.span,
                found=describe(bound.value),
            )

    def shared(
        self, shared: SharedLayer, call: Call, value: Value | None, frame: Frame, name: Ident | None
    ) -> Value:
        """One more use of a layer or block that `layer` has made."""
        word = call.path[0].text
        if call.args is not None or call.body is not None:
            self.report.fail(
                "E0208",
                f"`{word}` is made already and takes no arguments",
                frame.source,
                call.args_span or call.span,
                help=f"give them where it is made: `layer {word} = ...`",
            )
        made = shared.call
        bound = shared.frame.scope.find(made.path[0].text)
        if bound is not None:
            around = replace(
                shared.frame, space=frame.space, active=frame.active, repeated=frame.repeated
            )
            return self.use(bound.value, made, value, around, name, shared=shared.owner, at=call)
        cls = find("layer", made.path[0].text)
        assert cls is not None
        binder = self.expander.binder(shared.frame)
        given = binder.arguments(signature_of(cls), made)
        if given.failed:
            raise Failed
        applier = self.expander.applier
        inputs = applier.joined(cls, made, value, given, frame.source, None, at=call)
        given.values = []
        op = applier.made(cls, given, made, binder)
        owner = self.expander.chains.owner(word, frame, name)
        origin = Origin(frame.source, call.span, {})
        return applier.node(op, inputs, origin, owner, shared.owner, named=name is not None)

    def use(
        self,
        target: BlockDefinition,
        call: Call,
        value: Value | None,
        frame: Frame,
        name: Ident | None,
        *,
        shared: Namespace | None = None,
        at: Call | None = None,
    ) -> Value:
        """Expand a block; `at` is where a shared one is used, `call` where it is made."""
        block, where = target.block, at or call
        given = self._arguments(block, call, frame)
        self._check(block, call, where, value, frame)
        stem = snake(block.name.text) if at is None else at.path[0].text
        owner = self.expander.chains.owner(stem, frame, name)
        layer = shared or (frame.layers.next(owner) if frame.layers else owner)
        inner = Frame(
            target.source,
            target.scope.child(target.source, block),
            owner,
            None if layer is owner else LayerSpace(layer),
            (*frame.active, block.name.text),
        )
        assert value is not None
        inner.scope.bind("input", value, where.span)
        graph = self.expander.graph
        count, place = len(graph.nodes), len(graph.uses)
        self.report.uses.append(
            Related(frame.source, where.span, f"in this use of `{block.name.text}`")
        )
        try:
            self._parameters(block, given, inner)
            result = self.expander.body(block.body, value, inner)
        finally:
            self.report.uses.pop()
        if result is None or isinstance(result, Poison):
            raise Failed
        if len(graph.nodes) == count:
            frame.space.drop(owner)
            return result
        use = UseValue(
            owner,
            layer,
            block.name.text,
            _numbers(block, inner),
            (value, *(v for v in given.fields.values() if isinstance(v, InputValue | NodeValue))),
            result,
            Origin(frame.source, where.span, {}),
            name is not None,
        )
        self.expander.blocks_used[block.name.text] = tuple(p.name.text for p in block.params)
        graph.uses.insert(place, use)
        return result

    def _arguments(self, block: Block, call: Call, frame: Frame) -> Given:
        signature = self._signatures.get(id(block))
        if signature is None:
            fields = tuple(Field(p.name.text, None, p.default is None) for p in block.params)
            signature = self._signatures[id(block)] = Signature(block.name.text, fields)
        given = self.expander.binder(frame).arguments(signature, call)
        for extra, span in given.values:
            if not isinstance(extra, Poison):
                self.report.error(
                    "E0208",
                    f"`{block.name.text}` takes no further value",
                    frame.source,
                    span,
                    found=describe(extra),
                    help=f"the chain's value is `input` in the block; add a parameter: "
                    f"`block {block.name.text}(..., other)`",
                )
            given.failed = True
        if given.failed:
            raise Failed
        return given

    def _check(
        self, block: Block, call: Call, where: Call, value: Value | None, frame: Frame
    ) -> None:
        if call.body is not None:
            self.report.fail("E0323", "only a merge takes branches", frame.source, call.body.span)
        if block.name.text in frame.active:
            self.report.fail(
                "E0217",
                f"the block `{block.name.text}` uses itself",
                frame.source,
                call.path[0].span,
                help="a block cannot be recursive; `repeat` says how often",
            )
        if value is None:
            self.expander.applier.no_chain(where, frame.source)

    def _parameters(self, block: Block, given: Given, inner: Frame) -> None:
        for parameter in block.params:
            name = parameter.name
            if name.text in given.fields:
                made = given.fields[name.text]
            else:
                assert parameter.default is not None
                made = self.expander.evaluator(inner).value(parameter.default)
            inner.scope.define(name, "parameter", made, self.report)


def _numbers(block: Block, inner: Frame) -> tuple[tuple[str, Any], ...]:
    """The arguments that a reader of the IR can be shown: values of the graph have none."""
    named = ((p.name.text, inner.scope.names[p.name.text].value) for p in block.params)
    return tuple((name, plain) for name, v in named if (plain := _plain(v)) is not None)


def _plain(value: Any) -> bool | int | float | str | None:
    """A block's argument as the IR keeps it: numbers and words as they are, a size as `3x3`."""
    if isinstance(value, tuple) and value and all(type(number) is int for number in value):
        return dims(value)
    return value if isinstance(value, bool | int | float | str) else None
