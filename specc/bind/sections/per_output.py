"""Settings for several inputs or outputs: a line in braces for each."""

from __future__ import annotations

from specc.bind.advice.near_misses import nearest, replacement
from specc.bind.sections.check import OF_INPUTS, Whole
from specc.bind.sections.settings import IN_BRACES, Each
from specc.diagnostics.model import Related
from specc.source import Span

_RUN_PARTS = "val"
"""`val_loss` is the loss of the validation part."""


def sorted_out(whole: Whole, section: str) -> bool:
    """Whether each setting says for which input or output it is; reports what does not."""
    bound = whole.sections[section]
    for setting in IN_BRACES[section]:
        if setting in bound.values:
            _setting(whole, section, setting)
    if section == "train" and len(whole.model.outputs) > 1:
        _named_apart(whole)
    return not whole.report.has_errors


def _setting(whole: Whole, section: str, setting: str) -> None:
    kind = "input" if setting in OF_INPUTS else "output"
    values = whole.model.inputs if kind == "input" else whole.model.outputs
    names = [value.name for value in values]
    bound = whole.sections[section]
    held = bound.values[setting]
    if isinstance(held, Each):
        for name, span in held.names.items():
            if name not in names:
                _unknown(whole, section, name, kind, names, span)
        absent = [name for name in names if name not in held.names]
        # A misspelt name is not absent as well.
        if setting == "loss" and absent and not whole.report.has_errors:
            _without_loss(whole, absent[0])
    elif len(names) > 1:
        text = bound.source.text[bound.spans[setting].start : bound.spans[setting].end]
        lines = "\n".join(f"  {name} = {text}" for name in names)
        whole.report.error(
            "E0430",
            f"`{setting}` is for one {kind}, and the model has {len(names)}",
            bound.source,
            bound.spans[setting],
            related=(_place(whole, kind, 1),),
            help=f"write a line for each:\n{setting} {{\n{lines}\n}}",
        )


def _unknown(
    whole: Whole, section: str, name: str, kind: str, names: list[str], span: Span
) -> None:
    near = nearest(name, names)
    known = ", ".join(f"`{each}`" for each in names)
    whole.report.error(
        "E0431",
        f"the model has no {kind} `{name}`",
        whole.sections[section].source,
        span,
        expected=known,
        help=f"did you mean `{near}`?" if near else None,
        fix=replacement(span, near) if near else None,
    )


def _without_loss(whole: Whole, name: str) -> None:
    bound = whole.sections["train"]
    number = [output.name for output in whole.model.outputs].index(name)
    whole.report.error(
        "E0432",
        f"the output `{name}` has no loss",
        bound.source,
        bound.spans["loss"],
        related=(_place(whole, "output", number),),
        help=f"add a line such as `{name} = mse`, or take the output out",
    )


def _named_apart(whole: Whole) -> None:
    """Figures are called `price_loss` and `val_price_loss`: no output may take one of another."""
    for number, output in enumerate(whole.model.outputs):
        if output.name.partition("_")[0] == _RUN_PARTS:
            place = _place(whole, "output", number)
            whole.report.error(
                "E0434",
                f"figures of the output `{output.name}` would be called like those of the"
                " validation part",
                place.source,
                place.span,
                help="a name that does not begin with `val_` tells them apart",
            )


def _place(whole: Whole, kind: str, number: int) -> Related:
    if kind == "input":
        origin = whole.graph.inputs[number].origin
        return Related(origin.source, origin.span, "another input")
    name, _, span = whole.graph.outputs[number]
    # Inputs and outputs stand in the same model; a layer may come from a block of another file.
    return Related(whole.graph.inputs[0].origin.source, span, f"the output `{name}`")
