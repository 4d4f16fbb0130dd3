"""The arrays that a source names for the inputs and outputs of a model."""

from __future__ import annotations

from typing import Any

from specc.bind.fields import signature_of
from specc.bind.names import nearest, replacement
from specc.bind.whole import Whole
from specc.diagnostics.model import Related
from specc.syntax import Arg, Call, Setting
from specc.terms import Term

_LATER = ("csv",)


def named(whole: Whole, source: Any) -> bool:
    """Whether each input and output is fed; reports what is missing or left over."""
    if not whole.model.several:
        return _plain(whole, source)
    if source.word() in _LATER:
        what = f"`{source.word()}` for several inputs or outputs"
        message = f"{what} is part of the language but not built yet"
        whole.error("E0901", message, "data", "source", help="read the arrays from `npz`")
        return False
    if not source.unnamed:
        _one_only(whole, source.word())
        return False
    names = [given.name for given in whole.model.inputs]
    names += [output.name for output in whole.model.outputs]
    given = {argument.name.text: argument for argument in _arguments(whole) if argument.name}
    for name, argument in given.items():
        if name in source.arrays() and name not in names:
            _unknown(whole, source, argument, names)
    for name, place in source.unnamed.items():
        if place in given and name not in names:
            _unknown(whole, source, given[place], names)
    for name in names:
        if name not in source.unnamed and name not in source.arrays():
            _absent(whole, source, name)
    return not whole.report.has_errors


def _arguments(whole: Whole) -> tuple[Arg, ...]:
    """The arguments of the source, as they are written."""
    for entry in whole.sections["data"].section.entries:
        if isinstance(entry, Setting) and entry.name.text == "source":
            call = entry.values[0]
            return (call.args or ()) if isinstance(call, Call) else ()
    raise AssertionError("a section of data has a source")


def _plain(whole: Whole, source: Any) -> bool:
    """A model of one input and one output: no argument has a name of the user's own."""
    for argument in _arguments(whole):
        if argument.name is not None and argument.name.text in source.arrays():
            from specc.bind.misfit import unknown_argument
            from specc.bind.report import Failed

            cls: type[Term] = type(source)
            bound, signature = whole.sections["data"], signature_of(cls)
            try:
                unknown_argument(
                    whole.report, bound.source, signature, argument.name, argument.value
                )
            except Failed:
                return False
    return True


def _one_only(whole: Whole, kind: str) -> None:
    inputs, outputs = len(whole.model.inputs), len(whole.model.outputs)
    several = [f"{count} {noun}s" for count, noun in ((inputs, "input"), (outputs, "output"))
               if count > 1]  # fmt: skip
    whole.error(
        "E0433",
        f"`{kind}` feeds one input and one output, the model has {' and '.join(several)}",
        "data",
        "source",
        help="read the data from `npz`, with an array for each:"
        ' `npz("data.npz", picture="pictures", price="prices")`',
    )


def _unknown(whole: Whole, source: Any, argument: Arg, names: list[str]) -> None:
    assert argument.name is not None
    name, span = argument.name.text, argument.name.span
    place = next((place for place, field in source.unnamed.items() if field == name), None)
    near = nearest(name, [each for each in names if each not in source.arrays()])
    helped = f"did you mean `{near}`?" if near else None
    message = f"the model has no input or output `{name}`"
    if place is not None:
        message = f"`{name}` is for an {place} without a name, and the model has none"
        helped = "leave it out"
    whole.report.error(
        "E0431",
        message,
        whole.sections["data"].source,
        span,
        expected=", ".join(f"`{each}`" for each in names),
        help=helped,
        fix=replacement(span, near) if near and place is None else None,
    )


def _absent(whole: Whole, source: Any, name: str) -> None:
    if any(diagnostic.code == "E0431" for diagnostic in whole.report.sorted()):
        return  # it is the misspelt one
    number = [given.name for given in whole.model.inputs]
    kind = "input" if name in number else "output"
    span = (
        next(given.origin.span for given in whole.graph.inputs if given.name == name)
        if (kind == "input")
        else next(place for out, _, place in whole.graph.outputs if out == name)
    )
    origin = whole.graph.inputs[0].origin
    whole.error(
        "E0433",
        f"`{source.word()}` names no array for the {kind} `{name}`",
        "data",
        "source",
        related=(Related(origin.source, span, f"the {kind} `{name}`"),),
        help=f'add `{name}="{name}"`, with the name of its array in the file',
    )
