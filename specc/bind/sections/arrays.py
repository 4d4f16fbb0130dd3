"""The arrays that a source names for the inputs and outputs of a model."""

from __future__ import annotations

from typing import Any

from specc import ir
from specc.bind.advice.near_misses import nearest, replacement
from specc.bind.ground.signature import signature_of
from specc.bind.sections.check import BoundSpec
from specc.diagnostics.model import Related
from specc.source import Span
from specc.syntax import Arg, Call, Setting
from specc.terms import Term


def named(spec: BoundSpec, source: Any) -> bool:
    """Whether each input and output is fed; reports what is missing or left over."""
    if not spec.model.several:
        return _plain(spec, source)
    if not source.unnamed:
        _one_only(spec, source.word())
        return False
    names = [given.name for given in spec.model.inputs]
    names += [output.name for output in spec.model.outputs]
    if not _distinct(spec, source, names):
        return False
    given = {argument.name.text: argument for argument in _arguments(spec) if argument.name}
    for name, argument in given.items():
        if name in source.fed() and name not in names:
            _unknown(spec, source, argument, names)
    for name, place in source.unnamed.items():
        field = type(source).model_fields.get(place)
        if name in names or field is None:
            continue
        if place in given or getattr(source, place) != field.default:
            _not_needed(spec, name, place, given.get(place))
    for name in names:
        if name in source.unnamed:
            absent = source.feeding(name) in (None, (None,))
        else:
            absent = name not in source.fed()
        if absent:
            _absent(spec, source, name)
    return not spec.report.has_errors


def _distinct(spec: BoundSpec, source: Any, names: list[str]) -> bool:
    """Whether no input and no output is called like an argument of the source itself."""
    cls: type[Term] = type(source)
    own = [name for name in names if signature_of(cls).get(name) is not None]
    if own:
        kind, place = _place(spec, own[0])
        spec.report.error(
            "E0433",
            f"`{own[0]}` is an argument of `{source.word()}` itself, so the {kind} cannot be fed",
            place.source,
            place.span,
            help=f"give the {kind} another name",
        )
    return not own


def _place(spec: BoundSpec, name: str) -> tuple[str, Related]:
    """`input` or `output`, and where it is made."""
    inputs = {given.name: given.origin.span for given in spec.graph.inputs}
    kind = "input" if name in inputs else "output"
    spans = inputs | {out: place for out, _, place in spec.graph.outputs}
    # Inputs and outputs stand in the same model; a layer may come from a block of another file.
    return kind, Related(spec.graph.inputs[0].origin.source, spans[name], f"the {kind} `{name}`")


def at(spec: BoundSpec, name: str) -> Span:
    """Where the source says what feeds an input or output."""
    places = {name, spec.sections["data"].values["source"].unnamed.get(name)}
    found = (a for a in _arguments(spec) if a.name is not None and a.name.text in places)
    argument = next(found, None)
    return argument.span if argument else spec.sections["data"].spans["source"]


def columns(spec: BoundSpec, source: Any, train: ir.Train | None) -> None:
    """Whether each input and output has as many columns as it takes numbers."""
    wanted = {given.name: given.shape[0] for given in spec.model.inputs if len(given.shape) == 1}
    taken: dict[str, str] = {}
    for number, learned in enumerate(train.losses if train else ()):
        each = spec.at(output=number)
        if len(each.shape) == 1:
            onehot = each.value("data", "labels") == "onehot"
            loss: Any = learned.loss
            shape = each.shape if onehot else loss.label_shape(each.shape)
            wanted[each.made.name] = shape[0] if shape else 1
    bound = spec.sections["data"]
    for name, count in wanted.items():
        found = source.feeding(name)
        if found and len(found) != count:
            spec.report.error(
                "E0411",
                f"`{name}` has another number of columns than the model wants for it",
                bound.source,
                at(spec, name),
                expected=f"{count} column{'s' * (count > 1)}",
                found=str(len(found)),
            )
        for column in found:
            if taken.setdefault(column, name) != name:
                spec.report.error(
                    "E0411",
                    f"the column `{column}` is for `{taken[column]}` already",
                    bound.source,
                    at(spec, name),
                    help="what is to be predicted must not be known before",
                )


def _arguments(spec: BoundSpec) -> tuple[Arg, ...]:
    """The arguments of the source, as they are written."""
    for entry in spec.sections["data"].section.entries:
        if isinstance(entry, Setting) and entry.name.text == "source":
            call = entry.values[0]
            return (call.args or ()) if isinstance(call, Call) else ()
    raise AssertionError("a section of data has a source")


def _plain(spec: BoundSpec, source: Any) -> bool:
    """A model of one input and one output: no argument has a name of the user's own."""
    for argument in _arguments(spec):
        if argument.name is not None and argument.name.text in source.fed():
            from specc.bind.advice.wrong_arguments import unknown_argument
            from specc.bind.ground.report import Failed

            cls: type[Term] = type(source)
            bound, signature = spec.sections["data"], signature_of(cls)
            try:
                unknown_argument(
                    spec.report, bound.source, signature, argument.name, argument.value
                )
            except Failed:
                return False
    return True


def _one_only(spec: BoundSpec, kind: str) -> None:
    inputs, outputs = len(spec.model.inputs), len(spec.model.outputs)
    several = [f"{count} {noun}s" for count, noun in ((inputs, "input"), (outputs, "output"))
               if count > 1]  # fmt: skip
    spec.error(
        "E0433",
        f"`{kind}` feeds one input and one output, the model has {' and '.join(several)}",
        "data",
        "source",
        help="read the data from `npz`, with an array for each:"
        ' `npz("data.npz", picture="pictures", price="prices")`',
    )


def _unknown(spec: BoundSpec, source: Any, argument: Arg, names: list[str]) -> None:
    assert argument.name is not None
    name, span = argument.name.text, argument.name.span
    near = nearest(name, [each for each in names if each not in source.fed()])
    spec.report.error(
        "E0431",
        f"the model has no input or output `{name}`",
        spec.sections["data"].source,
        span,
        expected=", ".join(f"`{each}`" for each in names),
        help=f"did you mean `{near}`?" if near else None,
        fix=replacement(span, near) if near else None,
    )


def _not_needed(spec: BoundSpec, kind: str, place: str, argument: Arg | None) -> None:
    bound = spec.sections["data"]
    spec.report.error(
        "E0431",
        f"`{place}` is for an {kind} without a name, and the model has none",
        bound.source,
        argument.span if argument else bound.spans["source"],
        help=f"write the name of the {kind} in its place",
    )


def _absent(spec: BoundSpec, source: Any, name: str) -> None:
    if any(diagnostic.code == "E0431" for diagnostic in spec.report.sorted()):
        return  # it is the misspelt one
    kind, related = _place(spec, name)
    place = source.unnamed.get(name, name)
    spec.error(
        "E0433",
        f"`{source.word()}` names no {source.holds} for the {kind} `{name}`",
        "data",
        "source",
        related=(related,),
        help=f'add `{place}="{name}"`, with the name of its {source.holds} in the file',
    )
