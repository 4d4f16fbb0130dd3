"""The front end: from text to the IR, what is wrong, and where every name is made and used.

`compile_text` is a pure function of the text and of what `load` returns for imports: it imports no
framework and reads no file, so an editor or a page can call it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specc import ir, syntax
from specc.bind.file.imports import Importer, Loader
from specc.bind.file.items import Items
from specc.bind.file.unused import report_unknown_layers, report_unused
from specc.bind.ground.graph import Origin
from specc.bind.ground.report import Failed, Report, Stopped
from specc.bind.ground.scope import Definition, Scope
from specc.bind.model.close import close
from specc.bind.model.expand import Expander
from specc.bind.model.frames import Frame
from specc.bind.sections.check import BoundSpec
from specc.bind.sections.data import data
from specc.bind.sections.penalties import penalized
from specc.bind.sections.settings import BoundSection
from specc.bind.sections.train import origins, training
from specc.diagnostics.model import Diagnostic, error
from specc.files import read_source
from specc.source import Source, Span


@dataclass(frozen=True)
class Result:
    """All that is known of a spec. `spec` is None when there are errors (warnings do not count)."""

    source: Source
    file: syntax.File | None
    spec: ir.Spec | None
    diagnostics: list[Diagnostic]
    origins: dict[str, Origin] = field(default_factory=dict)
    """Where each node of the graph stands in the text, and each term of the training."""
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
        file = folder / name
        if not file.resolve().is_relative_to(folder.resolve()):  # by way of a symbolic link
            return _no_file(name, "it lies outside the folder of the spec")
        return read_source(file)

    return compile_text(
        source, name=path.name, load=load, model=model, settings=settings, buildable=buildable
    )


def _no_file(name: str, why: str = "there are no other files here") -> Diagnostic:
    return error("E0521", why, Source(name, ""), Span(0, 0))


def compile_text(
    source: Source,
    *,
    name: str = "spec.cnn",
    load: Loader = _no_file,
    model: str | None = None,
    settings: Mapping[str, str] | None = None,
    buildable: bool = False,
) -> Result:
    """Compile a text that is in memory already; `load` reads what it imports."""
    report = Report()
    unit = Importer(load, report).unit(name, source)
    if unit is None:
        return Result(source, None, None, report.sorted())
    compiler = _Compiler(Items(unit, report), report)
    spec = compiler.run(name, model, settings or {}, buildable)
    return Result(
        source,
        unit.file,
        None if report.has_errors else spec,
        report.sorted(),
        compiler.origins,
        list(compiler.items.log.values()),
    )


class _Compiler:
    """Runs the phases; each is silent about what an earlier one has reported."""

    def __init__(self, items: Items, report: Report) -> None:
        self.items, self.report = items, report
        self.unit, self.source = items.unit, items.source
        self.origins: dict[str, Origin] = {}

    def run(
        self, name: str, wanted: str | None, settings: Mapping[str, str], buildable: bool
    ) -> ir.Spec | None:
        # After an error of syntax a part that seems missing may only not have been read.
        readable = not self.report.has_errors
        self.items.version()
        scope = self.items.scope()
        sections = self.items.sections(scope)
        chosen = self.items.choose(wanted, buildable)
        expanded = self._expand(chosen, settings, scope, readable) if chosen else None
        report_unknown_layers(self.unit.file, self.source, scope, self.report)
        if readable:
            self.items.complete(scope, sections, buildable and chosen is not None)
        spec = self._checked(expanded, sections, name)
        # A name that is spelt wrong where it is used is no unused name.
        if not self.report.has_errors:
            report_unused(self.unit.file, self.source, self.report)
        return spec

    def _expand(
        self, model: syntax.Model, settings: Mapping[str, str], scope: Scope, readable: bool
    ) -> tuple[Expander, ir.Model | None] | None:
        expander = Expander(self.report, models=self.items.model_names())
        if settings:
            from specc.bind.file.overrides import read_settings

            expander.settings = read_settings(model, settings, self.report)
        frame = Frame(self.source, scope.child(item=model), expander.graph.root, top=True)
        try:
            value = expander.body(model.body, None, frame)
        except (Failed, Stopped):
            return None
        built = close(model, value, expander, self.source, self.report, quiet=not readable)
        return expander, built

    def _checked(
        self,
        expanded: tuple[Expander, ir.Model | None] | None,
        sections: dict[str, BoundSection],
        name: str,
    ) -> ir.Spec | None:
        expander, model = expanded or (None, None)
        if expander is None or model is None:
            return None
        self.origins = expander.graph.origins()
        if self.report.has_errors:
            return None
        spec = BoundSpec(model, expander.graph, sections, self.report)
        made = _agree(name, spec)
        if made is not None and made.train is not None:
            self.origins |= origins(spec)
        return made


def _agree(name: str, spec: BoundSpec) -> ir.Spec | None:
    """The IR of a file whose parts are whole; None with a report where they do not fit."""
    model, sections = spec.model, spec.sections
    trained = training(spec) if "train" in sections else None
    train = None
    if trained is not None:
        train, outputs = trained
        nodes = penalized(spec)
        model = model.model_copy(update={"outputs": outputs, "nodes": nodes})
    fed = data(spec, train) if "data" in sections else None
    if spec.report.has_errors:
        return None
    if fed is not None and train is not None:
        return ir.Buildable(file=name, model=model, data=fed, train=train)
    return ir.Spec(file=name, model=model, data=fed, train=train)
