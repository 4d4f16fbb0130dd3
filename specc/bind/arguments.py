"""Binds the arguments of a call to the fields of a term or the parameters of a block."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NoReturn

from pydantic import ValidationError

from specc.bind.graph import InputValue, NodeValue, Poison
from specc.bind.names import foreign_term, nearest, other_category, replacement
from specc.bind.report import Failed, Report
from specc.bind.values import Evaluator, Pending, describe
from specc.diagnostics.model import Related
from specc.kinds import Kind, Mismatch, Text
from specc.nested import TermOf
from specc.registry import find, known
from specc.source import Source, Span
from specc.syntax import Arg, Call
from specc.terms import Term, kind_of


@dataclass(frozen=True)
class Field:
    """What can be passed: kind is None for a block's parameter, which takes anything."""

    name: str
    kind: Kind | None
    required: bool
    foreign: tuple[str, ...] = ()


@dataclass
class Given:
    """The arguments of one call. values: what a merge joins; fields: everything else."""

    fields: dict[str, Any] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    values: list[tuple[Any, Span]] = field(default_factory=list)
    failed: bool = False


def fields_of(cls: type[Term]) -> tuple[Field, ...]:
    """The arguments of a term, in the order of their positions."""
    made = []
    for name, info in cls.model_fields.items():
        extra = info.json_schema_extra
        foreign = extra.get("foreign", ()) if isinstance(extra, dict) else ()
        made.append(Field(name, kind_of(info), info.is_required(), tuple(foreign)))  # type: ignore[arg-type]
    return tuple(made)


class Binder:
    """Binds in one scope of one source."""

    def __init__(self, source: Source, evaluator: Evaluator, report: Report) -> None:
        self.source, self.evaluator, self.report = source, evaluator, report

    # ---- terms

    def term(self, category: str, call: Call) -> Term:
        """The term that a call of a category means; reported and Failed otherwise."""
        cls = self.find(category, call)
        given = self.arguments(cls.word(), fields_of(cls), call)
        return self.construct(cls, given, call)

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
            self.unknown(category, name, call.path[0].span.to(call.path[-1].span))
        return cls

    def unknown(
        self, category: str, name: str, span: Span, extra: tuple[str, ...] = ()
    ) -> NoReturn:
        """Report a name that no term (nor any of `extra`) has."""
        meant = foreign_term(category, name) or nearest(name, [*known(category), *extra])
        other = other_category(category, name)
        if other is not None and meant is None:
            helped = f"`{name}` is {_article(other)} {other}"
        else:
            helped = f"did you mean `{meant}`?" if meant else "`specc layers` lists what there is"
        self.report.fail(
            "E0201",
            f"unknown {category} `{name}`",
            self.source,
            span,
            help=helped,
            fix=replacement(span, meant) if meant else None,
        )

    # ---- arguments

    def arguments(
        self, name: str, fields: tuple[Field, ...], call: Call, *, values: bool = True
    ) -> Given:
        """Bind every argument; what is wrong is reported, `failed` says so."""
        given = Given()
        by_position = [item for index, item in enumerate(fields) if index == 0 or item.required]
        for argument in call.args or ():
            try:
                if argument.name is not None:
                    self._by_name(name, fields, argument, given)
                else:
                    self._by_position(name, fields, by_position, argument, given)
            except Failed:
                given.failed = True
        missing = [item.name for item in fields if item.required and item.name not in given.fields]
        if missing and not given.failed:
            given.failed = True
            named = " and ".join(f"`{item}`" for item in missing)
            head = call.path[0].span.to(call.path[-1].span)
            self.report.error(
                "E0207",
                f"`{name}` needs {named}",
                self.source,
                head,
                help=_example(name, fields, missing),
            )
        return given

    def _by_name(self, name: str, fields: tuple[Field, ...], argument: Arg, given: Given) -> None:
        assert argument.name is not None
        wanted = argument.name.text
        chosen = next((item for item in fields if item.name == wanted), None)
        if chosen is None:
            meant = next((item.name for item in fields if wanted in item.foreign), None)
            meant = meant or nearest(wanted, [item.name for item in fields])
            names = ", ".join(f"`{item.name}`" for item in fields)
            helped = (
                f"did you mean `{meant}`?"
                if meant
                else (f"it takes {names}" if names else "it takes none")
            )
            self.report.fail(
                "E0203",
                f"`{name}` has no argument `{wanted}`",
                self.source,
                argument.name.span,
                help=helped,
                fix=replacement(argument.name.span, meant) if meant else None,
            )
        self._set(name, chosen, argument, self.evaluator.value(argument.value), given)

    def _by_position(
        self,
        name: str,
        fields: tuple[Field, ...],
        by_position: list[Field],
        argument: Arg,
        given: Given,
    ) -> None:
        value = self.evaluator.value(argument.value)
        free = [item for item in by_position if item.name not in given.fields]
        bare = isinstance(value, str) and not isinstance(value, Text)
        if bare and not (free and (free[0].kind is None or value in free[0].kind.words)):
            chosen = self._by_word(name, fields, str(value), argument)
        elif isinstance(value, InputValue | NodeValue | Poison) and not (
            free and free[0].kind is None
        ):
            given.values.append((value, argument.span))
            return
        elif free:
            chosen = free[0]
        else:
            self._surplus(name, fields, by_position, argument, value, given)
            return
        self._set(name, chosen, argument, value, given)

    def _by_word(self, name: str, fields: tuple[Field, ...], word: str, argument: Arg) -> Field:
        fitting = [item for item in fields if item.kind is not None and word in item.kind.words]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            choices = " or ".join(f"`{item.name}={word}`" for item in fitting)
            self.report.fail(
                "E0215",
                f"`{word}` fits several arguments of `{name}`",
                self.source,
                argument.span,
                help=f"say which: {choices}",
            )
        words = {each for item in fields if item.kind for each in item.kind.words}
        names = [n for n in self.evaluator.scope.visible() if n[0].islower()]
        if not words:
            meant = nearest(word, names)
            self.report.fail(
                "E0211",
                f"`{word}` is not the name of a value that exists here",
                self.source,
                argument.span,
                help=f"did you mean `{meant}`?" if meant else "name it first: `name = Conv2D(...)`",
                fix=replacement(argument.span, meant) if meant else None,
            )
        meant = nearest(word, [*words, *names])
        self.report.fail(
            "E0202",
            f"`{name}` does not know the word `{word}`, and nothing here has this name",
            self.source,
            argument.span,
            help=f"did you mean `{meant}`?" if meant else _known(words),
            fix=replacement(argument.span, meant) if meant else None,
        )

    def _surplus(
        self,
        name: str,
        fields: tuple[Field, ...],
        by_position: list[Field],
        argument: Arg,
        value: Any,
        given: Given,
    ) -> None:
        fitting = [
            item.name for item in fields if item.name not in given.fields and _accepts(item, value)
        ]
        helped: str | None
        if len(fitting) == 1:
            helped = f"name it: `{fitting[0]}=...`"
        else:
            named = fitting or [item.name for item in fields if item not in by_position]
            listed = ", ".join(f"`{each}`" for each in named)
            helped = f"the rest go by name: {listed}" if listed else None
        count = len(by_position)
        takes = "no argument" if not count else f"{count} argument{'s' * (count > 1)}"
        self.report.fail(
            "E0208",
            f"`{name}` takes {takes} by position",
            self.source,
            argument.span,
            found=describe(value),
            help=helped,
        )

    def _set(self, name: str, chosen: Field, argument: Arg, value: Any, given: Given) -> None:
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
                name, chosen.name, chosen.kind, value, argument.value.span
            )

    def accept(self, owner: str, name: str, kind: Kind, value: Any, span: Span) -> Any:
        """What the field holds for a value, or a report of why it cannot."""
        if isinstance(kind, TermOf) and isinstance(value, Pending):
            return self.term(kind.category, value.call)
        try:
            return kind.accept(value)
        except Mismatch as mismatch:
            words = kind.words
            meant = nearest(value, words) if isinstance(value, str) and words else None
            code = "E0206" if mismatch.out_of_range else "E0205"
            problem = "is out of range" if mismatch.out_of_range else "has the wrong kind of value"
            self.report.fail(
                code,
                f"`{name}` of `{owner}` {problem}",
                self.source,
                span,
                expected=mismatch.expected,
                found=describe(value),
                help=f"did you mean `{meant}`?" if meant else None,
                fix=replacement(span, meant) if meant else None,
            )


def _accepts(item: Field, value: Any) -> bool:
    if item.kind is None:
        return True
    try:
        item.kind.accept(value)
    except Mismatch:
        return False
    return True


def _known(words: set[str]) -> str:
    return (
        "it knows " + ", ".join(f"`{word}`" for word in sorted(words))
        if words
        else "it takes no bare word"
    )


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _example(name: str, fields: tuple[Field, ...], missing: list[str]) -> str | None:
    expected = [
        f"{item.name}: {item.kind.expected}"
        for item in fields
        if item.name in missing and item.kind
    ]
    return "; ".join(expected) or None
