"""Settings for several inputs or outputs: a line in braces for each."""

from __future__ import annotations

from specc.bind.advice.near_misses import nearest, replacement
from specc.bind.sections.check import OF_INPUTS, BoundSpec
from specc.bind.sections.settings import IN_BRACES, Each
from specc.diagnostics.model import Related
from specc.source import Span

_RUN_PARTS = "val"
"""`val_loss` is the loss of the validation part."""


def sorted_out(spec: BoundSpec, section: str) -> bool:
    """Whether each setting says for which input or output it is; reports what does not."""
    bound = spec.sections[section]
    for setting in IN_BRACES[section]:
        if setting in bound.values:
            _setting(spec, section, setting)
    if section == "train" and len(spec.model.outputs) > 1:
        _named_apart(spec)
    return not spec.report.has_errors


def _setting(spec: BoundSpec, section: str, setting: str) -> None:
    kind = "input" if setting in OF_INPUTS else "output"
    values = spec.model.inputs if kind == "input" else spec.model.outputs
    names = [value.name for value in values]
    bound = spec.sections[section]
    held = bound.values[setting]
    if isinstance(held, Each):
        for name, span in held.names.items():
            if name not in names:
                _unknown(spec, section, name, kind, names, span)
        absent = [name for name in names if name not in held.names]
        # A misspelt name is not absent as well.
        if setting == "loss" and absent and not spec.report.has_errors:
            _without_loss(spec, absent[0])
    elif len(names) > 1:
        text = bound.source.text[bound.spans[setting].start : bound.spans[setting].end]
        lines = "\n".join(f"  {name} = {text}" for name in names)
        spec.report.error(
            "E0430",
            f"`{setting}` is for one {kind}, and the model has {len(names)}",
            bound.source,
            bound.spans[setting],
            related=(_place(spec, kind, 1),),
            help=f"write a line for each:\n{setting} {{\n{lines}\n}}",
        )


def _unknown(
    spec: BoundSpec, section: str, name: str, kind: str, names: list[str], span: Span
) -> None:
    near = nearest(name, names)
    known = ", ".join(f"`{each}`" for each in names)
    spec.report.error(
        "E0431",
        f"the model has no {kind} `{name}`",
        spec.sections[section].source,
        span,
        expected=known,
        help=f"did you mean `{near}`?" if near else None,
        fix=replacement(span, near) if near else None,
    )


def _without_loss(spec: BoundSpec, name: str) -> None:
    bound = spec.sections["train"]
    number = [output.name for output in spec.model.outputs].index(name)
    spec.report.error(
        "E0432",
        f"the output `{name}` has no loss",
        bound.source,
        bound.spans["loss"],
        related=(_place(spec, "output", number),),
        help=f"add a line such as `{name} = mse`, or take the output out",
    )


def _named_apart(spec: BoundSpec) -> None:
    """Figures are called `price_loss` and `val_price_loss`: no output may take one of another."""
    for number, output in enumerate(spec.model.outputs):
        if output.name.partition("_")[0] == _RUN_PARTS:
            place = _place(spec, "output", number)
            spec.report.error(
                "E0434",
                f"figures of the output `{output.name}` would be called like those of the"
                " validation part",
                place.source,
                place.span,
                help="a name that does not begin with `val_` tells them apart",
            )


def _place(spec: BoundSpec, kind: str, number: int) -> Related:
    if kind == "input":
        origin = spec.graph.inputs[number].origin
        return Related(origin.source, origin.span, "another input")
    name, _, span = spec.graph.outputs[number]
    # Inputs and outputs stand in the same model; a layer may come from a block of another file.
    return Related(spec.graph.inputs[0].origin.source, span, f"the output `{name}`")
