"""Values for a model's `param`s from outside: `--set name=value`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specc.bind.advice.near_misses import nearest
from specc.bind.ground.describe import describe
from specc.bind.ground.report import Failed, Report
from specc.bind.ground.scope import Pending, Scope
from specc.bind.values.evaluator import Evaluator
from specc.kinds import Text
from specc.parse import parse
from specc.source import Source, Span
from specc.syntax import Bool, Float, Int, Model, Param, Section, Setting, Value

_OPTION = "--set"
_KINDS = {Int: "a number", Float: "a number", Bool: "`true` or `false`"}


def read_settings(model: Model, settings: Mapping[str, str], report: Report) -> dict[str, object]:
    """The values by param; what is wrong is reported in the text of the option."""
    params = {item.name.text: item for item in model.body.statements if isinstance(item, Param)}
    values: dict[str, object] = {}
    for name, text in settings.items():
        source = Source(_OPTION, f"{name}={text}")
        if name not in params:
            near = nearest(name, params)
            known = ", ".join(f"`{param}`" for param in sorted(params))
            report.error(
                "E0218",
                f"the model has no param `{name}`",
                source,
                Span(0, len(name)),
                help=f"did you mean `{near}`?"
                if near
                else (f"its params are {known}" if known else "it has none"),
            )
            continue
        try:
            values[name] = _value(source, Span(len(name) + 1, len(source.text)), text, report)
            _alike(
                params[name], values[name], source, Span(len(name) + 1, len(source.text)), report
            )
        except Failed:
            values.pop(name, None)
    return values


def _value(source: Source, span: Span, text: str, report: Report) -> Any:
    node = _parsed(text)
    made = None
    if node is not None:
        inner = Report()
        try:
            made = Evaluator(Source(_OPTION, ""), Scope(source, None, {}), inner).value(node)
        except Failed:
            made = None
    if made is None or isinstance(made, Pending):
        report.fail(
            "E0218",
            "this is not a value",
            source,
            span,
            help="write a number, a size such as `3x3`, a word, or `true` or `false`",
        )
    return made


def _alike(param: Param, value: Any, source: Source, span: Span, report: Report) -> None:
    """A number stays a number: its default says what the param is."""
    wanted = _KINDS.get(type(param.value))
    number = type(value) in (int, float)
    if wanted is None or (number if wanted == "a number" else isinstance(value, bool)):
        return
    report.fail(
        "E0218",
        f"the param `{param.name.text}` is {wanted}",
        source,
        span,
        found=describe(value) if value != "" else describe(Text("")),
    )


def _parsed(text: str) -> Value | None:
    """A value that stands alone, read with the language's own parser."""
    if "\n" in text or "\r" in text:
        return None
    file, problems = parse(Source(_OPTION, f"data {{\n value = {text}\n}}"))
    items = file.items if file is not None and not problems else ()
    if len(items) != 1 or not isinstance(items[0], Section) or len(items[0].entries) != 1:
        return None
    entry = items[0].entries[0]
    if not isinstance(entry, Setting) or len(entry.values) != 1:
        return None
    return entry.values[0]
