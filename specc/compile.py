"""The front end: from text to the IR, what is wrong, and where every name is made and used.

`compile_text` is a pure function of the text and of what `load` returns for imports: it imports no
framework and reads no file, so an editor or a page can call it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specc import ir, syntax
from specc.bind.checks import check_training
from specc.bind.expand import BlockDefinition, Expander, Frame
from specc.bind.finish import finish
from specc.bind.graph import Origin
from specc.bind.imports import Importer, Loader, Unit
from specc.bind.names import nearest
from specc.bind.report import Failed, Report
from specc.bind.scope import Definition, Scope
from specc.bind.sections import Bound, Sections
from specc.bind.unused import report_unknown_layers, report_unused
from specc.bind.values import Evaluator
from specc.diagnostics.model import Diagnostic, Related, error
from specc.files import read_source
from specc.parse import parse
from specc.source import Source, Span

NEWEST_VERSION = 1


@dataclass(frozen=True)
class Result:
    """All that is known of a spec. `spec` is None when there are errors (warnings do not count)."""

    source: Source
    file: syntax.File | None
    spec: ir.Spec | None
    diagnostics: list[Diagnostic]
    origins: dict[str, Origin] = field(default_factory=dict)
    """Where each node of the graph stands in the text."""
    definitions: list[Definition] = field(default_factory=list)


def compile_file(
    path: Path,
    *,
    model: str | None = None,
    settings: Mapping[str, str] | None = None,
    buildable: bool = False,
) -> Result:
    """Compile a spec file. `buildable` asks for all that a script needs: model, data, training."""
    source = read_source(path)
    if isinstance(source, Diagnostic):
        return Result(source.source, None, None, [source])
    folder = path.parent

    def load(name: str) -> Source | Diagnostic:
        return read_source(folder / name)

    return compile_text(
        source, name=path.name, load=load, model=model, settings=settings, buildable=buildable
    )


def _nothing(name: str) -> Source | Diagnostic:
    source = Source(name, "")
    return error("E0521", "there are no other files here", source, Span(0, 0))


def compile_text(
    source: Source,
    *,
    name: str = "spec.cnn",
    load: Loader = _nothing,
    model: str | None = None,
    settings: Mapping[str, str] | None = None,
    buildable: bool = False,
) -> Result:
    """Compile a text that is in memory already; `load` reads what it imports."""
    report = Report()
    unit = Importer(load, report).unit(name, source)
    if unit is None:
        return Result(source, None, None, report.sorted())
    compiler = _Compiler(unit, name, report)
    spec = compiler.run(model, dict(settings or {}), buildable)
    return Result(
        source,
        unit.file,
        None if report.has_errors else spec,
        report.sorted(),
        compiler.origins,
        list(compiler.log.values()),
    )


class _Compiler:
    def __init__(self, unit: Unit, name: str, report: Report) -> None:
        self.unit, self.name, self.report = unit, name, report
        self.log: dict[tuple[str, int], Definition] = {}
        self.origins: dict[str, Origin] = {}
        self.scopes: dict[str, Scope] = {}

    def run(self, wanted: str | None, settings: dict[str, str], buildable: bool) -> ir.Spec | None:
        syntax_errors = self.report.has_errors
        self._version()
        scope = self._file_scope(self.unit)
        report_unused(self.unit.file, self.unit.source, self.report)
        sections = self._sections(scope)
        model = self._choose(wanted, buildable)
        if model is None:
            report_unknown_layers(self.unit.file, self.unit.source, scope, set(), self.report)
            return None
        expander = Expander(self.report)
        expander.settings = self._settings(model, settings)
        frame = Frame(self.unit.source, scope.child(), expander.graph.root, top=True)
        try:
            value = expander.body(model.body, None, frame)
        except Failed:
            return None
        report_unknown_layers(
            self.unit.file, self.unit.source, scope, expander.expanded, self.report
        )
        built = finish(model, value, expander, self.unit.source, self.report, quiet=syntax_errors)
        if buildable and not syntax_errors:
            self._complete(sections)
        if built is None:
            return None
        self.origins = expander.graph.origins()
        return check_training(self.name, built, expander.graph, sections, self.report)

    # ---- the items of the file

    def _version(self) -> None:
        for index, item in enumerate(self.unit.file.items):
            if isinstance(item, syntax.Version):
                if index:
                    self.report.error(
                        "E0224",
                        "`cnn` with the version stands first in a file",
                        self.unit.source,
                        item.span,
                    )
                elif item.number.value != NEWEST_VERSION:
                    self.report.error(
                        "E0224",
                        f"there is no version {item.number.value} of the language",
                        self.unit.source,
                        item.number.span,
                        expected=f"`cnn {NEWEST_VERSION}`",
                        found=f"`cnn {item.number.value}`",
                    )

    def _file_scope(self, unit: Unit) -> Scope:
        if unit.name in self.scopes:
            return self.scopes[unit.name]
        imported = Scope(unit.source, None, self.log)
        scope = self.scopes[unit.name] = Scope(unit.source, imported, self.log)
        for statement, other in unit.imports:
            for name, bound in self._file_scope(other).names.items():
                earlier = imported.names.get(name)
                if earlier is not None and earlier.value != bound.value:
                    self.report.error(
                        "E0209",
                        f"two imports bring in `{name}`",
                        unit.source,
                        statement.path.span,
                        related=(
                            Related(
                                earlier.definition.source, earlier.definition.span, "the other one"
                            ),
                        ),
                    )
                imported.names[name] = bound
        for item in unit.file.items:
            if isinstance(item, syntax.Block):
                scope.define(
                    item.name, "block", BlockDefinition(item, unit.source, scope), self.report
                )
        return scope

    def _sections(self, scope: Scope) -> dict[str, Bound]:
        binder = Sections(self.unit.source, scope, self.report)
        found: dict[str, Bound] = {}
        for item in self.unit.file.items:
            if not isinstance(item, syntax.Section):
                continue
            kind = item.kind.text
            if kind not in ("data", "train"):
                self.report.error(
                    "E0402",
                    f"there is no section `{kind}`",
                    self.unit.source,
                    item.kind.span,
                    expected="`model`, `block`, `data` or `train`",
                )
            elif kind in found:
                self.report.error(
                    "E0403",
                    f"there are two sections `{kind}`",
                    self.unit.source,
                    item.kind.span,
                    related=(
                        Related(self.unit.source, found[kind].section.kind.span, "the first one"),
                    ),
                )
            else:
                found[kind] = binder.bind(item)
        return found

    def _models(self) -> list[syntax.Model]:
        models: dict[str, syntax.Model] = {}
        scope = Scope(self.unit.source, None, self.log)
        for item in self.unit.file.items:
            if isinstance(item, syntax.Model):
                scope.define(item.name, "model", item, self.report)
                models.setdefault(item.name.text, item)
        return list(models.values())

    def _choose(self, wanted: str | None, buildable: bool) -> syntax.Model | None:
        models = self._models()
        names = ", ".join(f"`{model.name.text}`" for model in models)
        end = Span(len(self.unit.source.text.rstrip()), len(self.unit.source.text.rstrip()))
        if wanted is not None:
            chosen = next((model for model in models if model.name.text == wanted), None)
            if chosen is None:
                self.report.error(
                    "E0212",
                    f"there is no model `{wanted}` in this file",
                    self.unit.source,
                    end,
                    help=f"it has {names}" if names else None,
                )
            return chosen
        if len(models) == 1:
            return models[0]
        if len(models) > 1:
            self.report.error(
                "E0212",
                "the file has several models",
                self.unit.source,
                models[1].name.span,
                help=f"say which with `--model`: {names}",
            )
        elif not self.report.has_errors and (
            buildable or any(isinstance(item, syntax.Section) for item in self.unit.file.items)
        ):
            self.report.error(
                "E0401",
                "the file has no model",
                self.unit.source,
                end,
                help="add `model NAME { ... }` with an input and layers",
            )
        return None

    def _complete(self, sections: dict[str, Bound]) -> None:
        needed = {
            "data": "data {\n  source = digits\n}",
            "train": "train {\n  loss = ...\n  optimizer = adam\n}",
        }
        end = len(self.unit.source.text.rstrip())
        for kind, example in needed.items():
            if kind not in sections:
                shown = " ".join(example.split())
                self.report.error(
                    "E0401",
                    f"a script needs a `{kind}` section",
                    self.unit.source,
                    Span(end, end),
                    help=f"add `{shown}`",
                )

    # ---- --set name=value

    def _settings(self, model: syntax.Model, settings: dict[str, str]) -> dict[str, object]:
        params = {
            item.name.text for item in model.body.statements if isinstance(item, syntax.Param)
        }
        values: dict[str, object] = {}
        for name, text in settings.items():
            source = Source("--set", f"{name}={text}")
            start = len(name) + 1
            if name not in params:
                near = nearest(name, params)
                known = ", ".join(f"`{param}`" for param in sorted(params)) or "none"
                self.report.error(
                    "E0218",
                    f"the model has no param `{name}`",
                    source,
                    Span(0, len(name)),
                    help=f"did you mean `{near}`?" if near else f"its params: {known}",
                )
                continue
            value = _value(text)
            if value is None:
                self.report.error(
                    "E0218",
                    f"`{text}` is not a value",
                    source,
                    Span(start, start + len(text)),
                    help="a number, a size such as `3x3`, a word, or `true` or `false`",
                )
                continue
            try:
                values[name] = Evaluator(
                    Source("--set", f"let v = {text}"), Scope(source, None, {}), self.report
                ).value(value)
            except Failed:
                continue
        return values


def _value(text: str) -> syntax.Value | None:
    """A value that stands alone, read with the language's own parser."""
    if "\n" in text or "\r" in text:
        return None
    file, problems = parse(Source("--set", f"data {{\n value = {text}\n}}"))
    if (
        problems
        or file is None
        or len(file.items) != 1
        or not isinstance(file.items[0], syntax.Section)
    ):
        return None
    entries = file.items[0].entries
    if (
        len(entries) != 1
        or not isinstance(entries[0], syntax.Setting)
        or len(entries[0].values) != 1
    ):
        return None
    return entries[0].values[0]
