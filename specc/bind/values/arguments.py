"""Binds the arguments of a call to the fields of a term or the parameters of a block."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from specc.bind.ground.describe import describe
from specc.bind.ground.graph import InputValue, NodeValue, Poison
from specc.bind.ground.report import Failed, Report
from specc.bind.ground.scope import Pending
from specc.bind.ground.signature import Field, Given, Signature, signature_of
from specc.bind.values.evaluator import Evaluator
from specc.diagnostics.model import Related
from specc.kinds import Kind, Many, Maybe, Mismatch, Quoted, Text
from specc.nested import TermOf
from specc.registry import find
from specc.source import Source
from specc.syntax import Arg, Call, Ident, Value
from specc.terms import Term


class Binder:
    """Binds in one scope of one source."""

    def __init__(self, source: Source, evaluator: Evaluator, report: Report) -> None:
        self.source, self.evaluator, self.report = source, evaluator, report

    # ---- terms

    def term(self, category: str, call: Call) -> Term:
        """The term that a call of a category means; reported and Failed otherwise."""
        cls = self.find(category, call)
        return self.construct(cls, self.arguments(signature_of(cls), call), call)

    def construct(self, cls: type[Term], given: Given, call: Call) -> Term:
        for value, span in given.values:
            self.report.error(
                "E0221",
                f"`{cls.word()}` takes no value of the graph",
                self.source,
                span,
                found=describe(value),
            )
        if given.failed or given.values:
            raise Failed
        try:
            return cls.build(given.fields)  # type: ignore[no-any-return]
        except ValidationError as wrong:
            # The fields are accepted already: this is what a term's own validator says of them.
            message = wrong.errors()[0]["msg"].removeprefix("Value error, ")
            self.report.fail("E0206", message, self.source, call.args_span or call.span)

    def find(self, category: str, call: Call) -> type[Term]:
        name = ".".join(part.text for part in call.path)
        cls = find(category, name) if len(call.path) == 1 else None
        if cls is None:
            from specc.bind.advice.unknown_terms import unknown_term

            span = call.path[0].span.to(call.path[-1].span)
            unknown_term(self.report, category, name, self.source, span)
        return cls

    # ---- arguments

    def arguments(self, signature: Signature, call: Call) -> Given:
        """Bind every argument; what is wrong is reported, `failed` says so."""
        given = Given()
        for argument in call.args or ():
            try:
                if argument.name is not None:
                    self._by_name(signature, argument, given)
                elif given.failed:
                    # Behind a wrong argument nobody knows which place this one has.
                    self.evaluator.value(argument.value)
                else:
                    self._by_position(signature, argument, given)
            except Failed:
                given.failed = True
        if not given.failed and not given.values and signature.missing(given):
            from specc.bind.advice.wrong_arguments import missing

            given.failed = True
            missing(self.report, self.source, signature, given, call)
        return given

    def _by_name(self, signature: Signature, argument: Arg, given: Given) -> None:
        assert argument.name is not None
        if argument.name.text in signature.values:
            self._value(argument, given)
            return
        chosen = signature.get(argument.name.text)
        if chosen is None and signature.rest is not None:
            self._rest(signature, argument, given)
            return
        if chosen is None:
            from specc.bind.advice.wrong_arguments import unknown_argument

            unknown_argument(self.report, self.source, signature, argument.name, argument.value)
        value = self.evaluator.value(argument.value)
        words = chosen.kind.words if chosen.kind else ()
        self._hidden(signature, argument, words)
        self._set(signature, chosen, argument, value, given)

    def _rest(self, signature: Signature, argument: Arg, given: Given) -> None:
        """An argument whose name is the user's own, such as that of an input."""
        rest = signature.rest
        assert argument.name is not None and rest is not None and rest.kind is not None
        name, value = argument.name.text, self.evaluator.value(argument.value)
        if name in given.spans:
            self.report.fail(
                "E0204",
                f"`{name}` is given twice",
                self.source,
                argument.span,
                label="again here",
                related=(Related(self.source, given.spans[name], "first given here"),),
            )
        given.spans[name] = argument.value.span
        held = self.accept(signature.name, name, rest.kind, value, argument.value)
        given.fields[rest.name] = (*given.fields.get(rest.name, ()), (name, held))

    def _value(self, argument: Arg, given: Given) -> None:
        """A value of the graph that a layer reads by name."""
        assert argument.name is not None
        name, value = argument.name.text, self.evaluator.value(argument.value)
        if isinstance(value, Poison):
            raise Failed
        if not isinstance(value, InputValue | NodeValue):
            self.report.fail(
                "E0221",
                f"`{name}` is a value of the graph",
                self.source,
                argument.value.span,
                expected="the name of a value",
                found=describe(value),
                help=f"name a value before, and write `{name}=` with that name",
            )
        if name in given.spans:
            self.report.fail("E0204", f"`{name}` is given twice", self.source, argument.span)
        given.spans[name] = argument.value.span
        given.values.append((value, argument.value.span))

    def _by_position(self, signature: Signature, argument: Arg, given: Given) -> None:
        value = self.evaluator.value(argument.value)
        free = next((i for i in signature.by_position if i.name not in given.fields), None)
        anything = free is not None and free.kind is None
        self._hidden(signature, argument, signature.words)
        if isinstance(value, Poison):
            raise Failed
        if isinstance(value, InputValue | NodeValue) and not anything:
            if signature.values:
                self.report.fail(
                    "E0221",
                    f"`{signature.name}` takes a value by its name",
                    self.source,
                    argument.span,
                    help=f"write `{signature.values[0]}=` before it",
                )
            given.values.append((value, argument.span))
            return
        if isinstance(value, str) and not anything:
            wanted = free.kind.words if free is not None and free.kind else ()
            if isinstance(value, Text):
                self._quoted(signature, free, value, argument)
            elif value not in wanted and not (free and _unquoted(free.kind, value)):
                free = self._by_word(signature, free, str(value), argument)
        if free is None:
            from specc.bind.advice.wrong_arguments import surplus

            surplus(self.report, self.source, signature, argument, value, given)
        self._set(signature, free, argument, value, given)

    def _hidden(self, signature: Signature, argument: Arg, words: Any) -> None:
        """Warn where a name of the file is taken for what could have been the language's word."""
        node = argument.value
        if not isinstance(node, Call) or node.args is not None or len(node.path) > 1:
            return
        name = node.path[0].text
        if name not in words:
            return
        bound = self.evaluator.scope.find(name)
        if bound is not None and not isinstance(bound.value, Poison):
            made = bound.definition
            self.report.warning(
                "W0204",
                f"`{name}` is the file's own `{name}` here, not the word of `{signature.name}`",
                self.source,
                node.span,
                related=(Related(made.source, made.span, "it hides the word"),),
                found=describe(bound.value),
                help=f"if the word is meant, give the {made.kind} another name",
            )

    def _quoted(self, signature: Signature, free: Field | None, value: Text, argument: Arg) -> None:
        if (free is None or not free.accepts(value)) and str(value) in signature.words:
            from specc.bind.advice.wrong_arguments import quoted_word

            quoted_word(self.report, self.source, signature, str(value), argument.value.span)

    def _by_word(self, signature: Signature, free: Field | None, word: str, argument: Arg) -> Field:
        fitting = signature.taking(word)
        if len(fitting) == 1:
            return fitting[0]
        from specc.bind.advice.wrong_arguments import several, unknown_word

        if fitting:
            several(self.report, self.source, signature, word, fitting, argument.span)
        number = free is not None and free.kind is not None and not free.kind.words
        unknown_word(self.evaluator, signature, word, argument, number=number)

    def _set(
        self, signature: Signature, chosen: Field, argument: Arg, value: Any, given: Given
    ) -> None:
        if chosen.name in given.fields:
            self.report.fail(
                "E0204",
                f"`{chosen.name}` is given twice",
                self.source,
                argument.span,
                label="again here",
                related=(Related(self.source, given.spans[chosen.name], "first given here"),),
            )
        given.spans[chosen.name] = argument.value.span
        given.fields[chosen.name] = value
        if isinstance(value, Poison):
            raise Failed
        if chosen.kind is not None:
            given.fields[chosen.name] = self.accept(
                signature.name, chosen.name, chosen.kind, value, argument.value
            )
        elif isinstance(value, str):
            self.evaluator.check_word(argument.value, value)

    def accept(self, owner: str, name: str, kind: Kind, value: Any, node: Value) -> Any:
        """What the field holds for a value, or a report of why it cannot."""
        if isinstance(value, Poison):
            raise Failed
        if isinstance(kind, TermOf):
            if isinstance(value, Pending):
                here = value.context
                inner = Evaluator(here.source, here.scope, here.report)
                return Binder(here.source, inner, self.report).term(kind.category, value.call)
            if isinstance(value, str) and not isinstance(value, Text):
                # A bare word is a call without arguments, with the same reports.
                return self.term(kind.category, Call(node.span, (Ident(node.span, value),)))
        try:
            if _unquoted(kind, value):
                raise Mismatch(kind.expected)
            return kind.accept(value)
        except Mismatch as wrong:
            from specc.bind.advice.wrong_values import mismatch

            mismatch(self.evaluator, owner, name, kind, value, node, wrong)


def _unquoted(kind: Kind | None, value: Any) -> bool:
    """A bare word for what is the user's own, such as a path: nobody's words but in quotes."""
    if isinstance(kind, Many | Maybe):
        items = value if isinstance(value, tuple) else (value,)
        return any(_unquoted(kind.item, item) for item in items)
    return isinstance(kind, Quoted) and isinstance(value, str) and not isinstance(value, Text)
