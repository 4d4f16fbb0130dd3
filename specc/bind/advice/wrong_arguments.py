"""Reports of arguments that a call has no place for."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from specc.bind.advice.near_misses import as_layer, nearest, replacement
from specc.bind.advice.regularizers import advice, unlikely
from specc.bind.advice.unbuilt import ARGUMENTS, unbuilt
from specc.bind.advice.unknown_names import FOREIGN_BOOLS, FOREIGN_WORDS, elsewhere, moved
from specc.bind.ground.describe import describe
from specc.bind.ground.report import Report
from specc.bind.ground.scope import Context, Pending
from specc.bind.ground.signature import Field, Given, Signature
from specc.kinds import Extent, Number, Sizes, Text
from specc.nested import TermOf
from specc.registry import find
from specc.source import Source, Span
from specc.syntax import Arg, Call, Ident, Value

_WORKED_OUT = frozenset({"in_channels", "in_features", "num_features", "input_dim", "input_shape"})
_NUMBERS = re.compile(r"[0-9]+([ \t]*,[ \t]*[0-9]+)+")


def missing(report: Report, source: Source, signature: Signature, given: Given, call: Call) -> None:
    needed = signature.missing(given)
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
    known = advice(signature, source, name, value)
    if known is not None:
        helped, fix = known
        message = f"`{signature.name}` has no argument `{wanted}`"
        report.fail("E0203", message, source, name.span, help=helped, fix=fix)
    near = next((item.name for item in fields if wanted in item.foreign), None)
    if near is None and wanted in ARGUMENTS:
        what = f"the argument `{wanted}` of `{signature.name}`"
        unbuilt(report, what, source, name.span, "leave it out for now")
    near = near or nearest(wanted, [item.name for item in fields])
    names = ", ".join(f"`{item.name}`" for item in fields)
    if wanted in _WORKED_OUT:
        helped = "leave it out: the size of what comes in is worked out"
    elif wanted in (lacking := getattr(find("layer", signature.name), "lacking", {})):
        near, helped = None, lacking[wanted]
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
    context: Context, signature: Signature, word: str, argument: Arg, *, number: bool
) -> NoReturn:
    """A bare word that is no word of the call: a name that is not in force, or a misspelling."""
    head = Ident(argument.value.span, word)
    place = context.scope.elsewhere(head)
    # Where a number is due, or a value of the graph, the word was to be a name.
    named = number or _is_merge(signature)
    names = [name for name in context.scope.visible() if not name[:1].isupper()]
    words = signature.words
    near = None if place else FOREIGN_WORDS.get(word)
    if near not in words:
        near = None if place else nearest(word, [*words, *names])
    helped = moved(place, head)
    layer = None if place or word in FOREIGN_WORDS else as_layer(word, words)
    if layer:
        near, helped = None, layer
    elif near:
        helped = f"did you mean `{near}`?"
    elif word in FOREIGN_BOOLS or word == "None":
        helped = "give it by name, as in `bias=false`"
    elif helped is None and words and not named:
        helped = "it knows " + ", ".join(f"`{each}`" for each in sorted(words))
    elif helped is None and _is_merge(signature):
        helped = "name a value before it is used: `name = Conv2D(...)`"
    message = f"there is no `{word}` here"
    if near in words:
        message = f"`{signature.name}` has no word `{word}`"
    elif near is None and place is None and words and not named:
        message = f"`{signature.name}` has no word `{word}`, and nothing here has this name"
    context.report.fail(
        "E0202",
        message,
        context.source,
        argument.span,
        related=elsewhere(context.scope, place, head),
        help=helped,
        fix=replacement(argument.span, near) if near else None,
    )


def _is_merge(signature: Signature) -> bool:
    """Whether it takes values of the graph, so that a name is more likely meant than a word."""
    arity = getattr(find("layer", signature.name), "arity", (1, 1))
    return arity[1] != 1


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
        help=_place_for(source, signature, argument, value, given),
    )


def _place_for(
    source: Source, signature: Signature, argument: Arg, value: Any, given: Given
) -> str | None:
    comma = _split_value(source, signature, value, given)
    if comma is not None:
        return comma
    if isinstance(value, Pending) and find("layer", value.name) is not None:
        return f"name its value first, `name = {value}`, and give the name"
    if isinstance(value, Pending) and (layer := as_layer(value.name, signature.words, value.args)):
        return layer
    fitting = [
        item
        for item in signature.fields
        if item.name not in given.fields and _fits(item, value) and not unlikely(item.name, value)
    ]
    if 0 < len(fitting) <= 3:
        written = source.text[argument.span.start : argument.span.end]
        return "name it: " + " or ".join(f"`{item.name}={written}`" for item in fitting)
    named = fitting or [item for item in signature.fields if item not in signature.by_position]
    listed = ", ".join(f"`{item.name}`" for item in named)
    return f"the rest go by name: {listed}" if listed else None


def _fits(item: Field, value: Any) -> bool:
    if isinstance(value, Pending):
        kind = item.kind
        return isinstance(kind, TermOf) and find(kind.category, value.name) is not None
    return item.accepts(value)


def _split_value(source: Source, signature: Signature, value: Any, given: Given) -> str | None:
    """`Dropout(0,5)`, `Conv2D(8, 3, 3)`: a comma inside what is one value."""
    if type(value) is not int or not signature.by_position:
        return None
    last = signature.by_position[-1]
    before = given.fields.get(last.name)
    if isinstance(last.kind, Extent | Sizes):
        return _one_size(source, last, given)
    if isinstance(last.kind, Number) and before in (0, 1):
        return f"a decimal number has a point: `{int(before)}.{value}`"
    return None


def _one_size(source: Source, last: Field, given: Given) -> str | None:
    numbers = _NUMBERS.match(source.text, given.spans[last.name].start)
    if numbers is None:
        return None
    return f"a size is one value: `{re.sub(r'[^0-9]+', 'x', numbers[0])}`"
