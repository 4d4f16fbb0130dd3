"""Reports of arguments that a call has no place for."""

from __future__ import annotations

from typing import Any, NoReturn

from specc.bind.absent import FOREIGN_BOOLS, elsewhere, moved
from specc.bind.describe import describe
from specc.bind.fields import Field, Given, Signature
from specc.bind.names import nearest, replacement
from specc.bind.report import Report
from specc.bind.values import Evaluator, Pending
from specc.kinds import Number, Text
from specc.nested import TermOf
from specc.registry import find
from specc.source import Source, Span
from specc.syntax import Arg, Call, Ident, Value

_WORKED_OUT = frozenset({"in_channels", "in_features", "num_features", "input_dim", "input_shape"})


def missing(report: Report, source: Source, signature: Signature, given: Given, call: Call) -> None:
    needed = [i for i in signature.fields if i.required and i.name not in given.fields]
    named = " and ".join(f"`{item.name}`" for item in needed)
    expected = "; ".join(f"`{i.name}`: {i.kind.expected}" for i in needed if i.kind)
    report.error(
        "E0207",
        f"`{signature.name}` needs {named}",
        source,
        call.path[0].span.to(call.path[-1].span),
        expected=expected or None,
        help=_example(signature),
    )


def _example(signature: Signature) -> str | None:
    """A layer's first tested case shows how it is written."""
    cls = find("layer", signature.name)
    cases = getattr(cls, "cases", ())
    return f"for example `{cases[0].text}`" if cases else None


def unknown_argument(
    report: Report, source: Source, signature: Signature, name: Ident, value: Value
) -> NoReturn:
    wanted = name.text
    fields = signature.fields
    near = next((item.name for item in fields if wanted in item.foreign), None)
    near = near or nearest(wanted, [item.name for item in fields])
    names = ", ".join(f"`{item.name}`" for item in fields)
    if wanted in _WORKED_OUT:
        helped = "leave it out: the size of what comes in is worked out"
    elif wanted == "name":
        helped = "write the name before the layer: `name = ...`"
    elif near:
        helped = f"did you mean `{near}`?"
    else:
        helped = f"it takes {names}" if names else "it takes none"
    report.fail(
        "E0203",
        f"`{signature.name}` has no argument `{wanted}`",
        source,
        name.span,
        help=helped,
        fix=replacement(name.span, near) if near and wanted not in _WORKED_OUT else None,
    )


def quoted_word(
    report: Report, source: Source, signature: Signature, word: str, span: Span
) -> NoReturn:
    report.fail(
        "E0205",
        f"`{word}` is a word of `{signature.name}`, and words have no quotes",
        source,
        span,
        found=describe(Text(word)),
        help=f"write `{word}`",
        fix=replacement(span, word),
    )


def several(
    report: Report,
    source: Source,
    signature: Signature,
    word: str,
    fitting: list[Field],
    span: Span,
) -> NoReturn:
    choices = " or ".join(f"`{item.name}={word}`" for item in fitting)
    report.fail(
        "E0215",
        f"`{word}` fits several arguments of `{signature.name}`",
        source,
        span,
        help=f"say which: {choices}",
    )


def unknown_word(
    report: Report,
    evaluator: Evaluator,
    signature: Signature,
    word: str,
    argument: Arg,
) -> NoReturn:
    """A bare word that is no word of the call: a name that is not in force, or a misspelling."""
    head = Ident(argument.value.span, word)
    place = evaluator.scope.elsewhere(word)
    names = [name for name in evaluator.scope.visible() if not name[0].isupper()]
    words = signature.words
    near = None if place else nearest(word, [*words, *names])
    helped = moved(place, head)
    if near:
        helped = f"did you mean `{near}`?"
    elif word in FOREIGN_BOOLS or word == "None":
        helped = "give it by name, as in `bias=false`"
    elif helped is None and words:
        helped = "it knows " + ", ".join(f"`{each}`" for each in sorted(words))
    elif helped is None and not signature.fields:
        helped = "name a value before it is used: `name = Conv2D(...)`"
    message = (
        f"there is no `{word}` here"
        if place is not None or not words
        else f"`{signature.name}` does not know the word `{word}`, and nothing here has this name"
    )
    report.fail(
        "E0202",
        message,
        evaluator.source,
        argument.span,
        related=elsewhere(evaluator.scope, place, head),
        help=helped,
        fix=replacement(argument.span, near) if near else None,
    )


def surplus(
    report: Report,
    source: Source,
    signature: Signature,
    argument: Arg,
    value: Any,
    given: Given,
) -> NoReturn:
    count = len(signature.by_position)
    takes = "no argument" if not count else f"{count} argument{'s' * (count > 1)}"
    report.fail(
        "E0208",
        f"`{signature.name}` takes {takes} by position",
        source,
        argument.span,
        found=describe(value),
        help=_place_for(signature, argument, value, given),
    )


def _place_for(signature: Signature, argument: Arg, value: Any, given: Given) -> str | None:
    comma = _decimal_comma(signature, value, given)
    if comma is not None:
        return comma
    if isinstance(value, Pending) and find("layer", value.name) is not None:
        return f"name its value first, `name = {value}`, and give the name"
    fitting = [
        item for item in signature.fields if item.name not in given.fields and _fits(item, value)
    ]
    if len(fitting) == 1:
        return f"name it: `{fitting[0].name}=...`"
    named = fitting or [item for item in signature.fields if item not in signature.by_position]
    listed = ", ".join(f"`{item.name}`" for item in named)
    return f"the rest go by name: {listed}" if listed else None


def _fits(item: Field, value: Any) -> bool:
    if isinstance(value, Pending):
        kind = item.kind
        return isinstance(kind, TermOf) and find(kind.category, value.name) is not None
    return item.accepts(value)


def _decimal_comma(signature: Signature, value: Any, given: Given) -> str | None:
    """`Dropout(0,5)`: a zero and a whole number where one number is taken."""
    if type(value) is not int or not signature.by_position:
        return None
    last = signature.by_position[-1]
    before = given.fields.get(last.name)
    if isinstance(last.kind, Number) and before in (0, 1):
        return f"a decimal number has a point: `{int(before)}.{value}`"
    return None
