"""Chains: each link takes the value before it; a value's name begins a new chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from specc.bind.advice.near_misses import nearest, replacement
from specc.bind.ground.describe import describe
from specc.bind.ground.graph import POISON, InputValue, Namespace, NodeValue, Origin, Poison, Value
from specc.bind.ground.report import Failed
from specc.bind.ground.signature import signature_of
from specc.bind.model.frames import BlockDefinition, Frame, SharedLayer
from specc.registry import find, known
from specc.source import Span
from specc.syntax import Branch, Call, Chain, Ident
from specc.terms import Term

if TYPE_CHECKING:
    from specc.bind.model.expand import Expander


class Chains:
    def __init__(self, expander: Expander) -> None:
        self.expander, self.report = expander, expander.report
        self._classes: dict[str, type[Term] | None] = {}

    def chain(self, chain: Chain, value: Value | None, frame: Frame) -> Value | None:
        return self._calls(chain.calls, value, frame)

    def named(self, chain: Chain, name: Ident, value: Value | None, frame: Frame) -> Value:
        """The chain's value; its last link gets the name."""
        *before, last = chain.calls
        value = self._calls(tuple(before), value, frame)
        return self.call(last, value, frame, name=name, first=not before)

    def _calls(self, calls: tuple[Call, ...], value: Value | None, frame: Frame) -> Value | None:
        failed = False
        for index, call in enumerate(calls):
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
        """One link of a chain."""
        self.expander.step(frame.source, call.span)
        head = call.path[0]
        bound = frame.scope.use(head, frame.source) if len(call.path) == 1 else None
        if head.text == "input" and bound is None:
            self._no_input(call, frame)
        if bound is None:
            return self._layer(call, value, frame, name)
        target = bound.value
        blocks = self.expander.blocks
        if isinstance(target, SharedLayer):
            return blocks.shared(target, call, value, frame, name)
        if isinstance(target, BlockDefinition):
            return blocks.use(target, call, value, frame, name)
        if isinstance(target, Poison):
            raise Failed
        if isinstance(target, InputValue | NodeValue) and call.args is None:
            return self._start(target, call, frame, first)
        value_called = isinstance(target, InputValue | NodeValue)
        self.report.fail(
            "E0222",
            f"`{head.text}` cannot stand in a chain"
            if not value_called
            else f"`{head.text}` is a value and takes no arguments",
            frame.source,
            call.span if not value_called else call.args_span or call.span,
            found=describe(target),
            help="a chain is made of layers, blocks and named values"
            if not value_called
            else f"write `{head.text} -> ...` to go on from it",
        )

    def _no_input(self, call: Call, frame: Frame) -> NoReturn:
        inputs = ", ".join(f"`{given.name}`" for given in self.expander.graph.inputs)
        if len(call.path) > 1:
            self.report.fail(
                "E0222",
                "a number cannot stand in a chain",
                frame.source,
                call.span,
                help="a chain is made of layers, blocks and named values",
            )
        self.report.fail(
            "E0325",
            "there is no `input` here",
            frame.source,
            call.span,
            help=f"the inputs have names: {inputs}"
            if inputs
            else "begin the model with `input 64x64x3`",
        )

    def _start(self, target: Value, call: Call, frame: Frame, first: bool) -> Value:
        if not first:
            self.report.fail(
                "E0222",
                f"`{call.path[0].text}` begins a new chain and would drop the value before it",
                frame.source,
                call.span,
                help=f"join the two: `-> Add({call.path[0].text})` or "
                f"`-> Concat({call.path[0].text})`",
            )
        return target

    # ---- layers

    def _layer(self, call: Call, value: Value | None, frame: Frame, name: Ident | None) -> Value:
        cls = self._class(call.path[0].text) if len(call.path) == 1 else None
        if cls is None:
            self.unknown(call, frame)
        binder = self.expander.binder(frame)
        given = binder.arguments(signature_of(cls), call)
        # Branches are expanded even after a wrong argument: what is wrong in them is told too.
        branches = self._branches(call, value, frame)
        if given.failed:
            raise Failed
        inputs = self.expander.applier.joined(cls, call, value, given, frame.source, branches)
        given.values = []
        op = self.expander.applier.made(cls, given, call, binder)
        owner = self.owner(cls.label, frame, name)  # type: ignore[attr-defined]
        origin = Origin(frame.source, call.path[0].span.to(call.path[-1].span), given.spans)
        layer = frame.layers.next(owner) if frame.layers else owner
        return self.expander.applier.node(op, inputs, origin, owner, layer, named=name is not None)

    def _class(self, name: str) -> type[Term] | None:
        if name not in self._classes:
            self._classes[name] = find("layer", name)
        return self._classes[name]

    def unknown(self, call: Call, frame: Frame) -> NoReturn:
        """Report a name that is neither of the file nor of the language."""
        from specc.bind.advice.unknown_terms import unknown_term

        text = ".".join(part.text for part in call.path)
        head = call.path[0]
        if head.text in self.expander.models:
            from specc.bind.advice.unbuilt import unbuilt

            advice = "put the shared layers into a block, and use it in both models"
            unbuilt(self.report, "a model inside a model", frame.source, call.span, advice)
        if head.text[:1].islower() and call.args is None and len(call.path) == 1:
            self._no_value(head, frame)
        if len(call.path) > 1 and frame.scope.find(head.text) is not None:
            self.report.fail(
                "E0222",
                f"`{text}` cannot stand in a chain",
                frame.source,
                call.span,
                help="a chain is made of layers, blocks and named values",
            )
        blocks = [name for name in frame.scope.visible() if name[:1].isupper()]
        span = head.span.to(call.path[-1].span)
        unknown_term(self.report, "layer", text, frame.source, span, tuple(blocks))

    def _no_value(self, head: Ident, frame: Frame) -> None:
        """A name in small letters is a value that does not exist (yet)."""
        from specc.bind.advice.near_misses import foreign_term
        from specc.bind.advice.unknown_names import elsewhere, moved

        place = frame.scope.elsewhere(head)
        values = [name for name in frame.scope.visible() if name[:1].islower()]
        near = None if place else nearest(head.text, [*values, *known("layer")])
        if foreign_term("layer", head.text) is not None and near is None:
            return
        helped = moved(place, head) or "name it first: `name = Conv2D(...)`"
        self.report.fail(
            "E0211",
            f"there is no value `{head.text}` here",
            frame.source,
            head.span,
            related=elsewhere(frame.scope, place, head),
            help=f"did you mean `{near}`?" if near else helped,
            fix=replacement(head.span, near) if near else None,
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
                results.append((POISON, statement.span))
                continue
            if value is None:
                self.expander.applier.no_chain(call, frame.source)
            result = self.expander.body(statement.body, value, frame.inner())
            results.append((POISON if result is None else result, statement.span))
        return results

    def owner(self, stem: str, frame: Frame, name: Ident | None) -> Namespace:
        owner = frame.space.add(name.text if name else stem)
        if name is not None:
            owner.user, owner.repeated = True, frame.repeated
        return owner
