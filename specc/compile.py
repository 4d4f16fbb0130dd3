"""The front end: from text to the IR, what is wrong, and where every name is made and used.

text -> tokens, syntax tree -> names bound -> graph, blocks expanded -> IR, checked

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
from specc.bind.ground.graph import Graph, Origin
from specc.bind.ground.report import Failed, Report, Stopped
from specc.bind.ground.scope import Definition, Scope
from specc.bind.model.close import close
from specc.bind.model.expand import Expander
from specc.bind.model.frames import Frame
from specc.bind.sections.check import BoundSpec
from specc.bind.sections.data import data
from specc.bind.sections.penalties import penalized
from specc.bind.sections.places import term_places
from specc.bind.sections.settings import BoundSection
from specc.bind.sections.train import training
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
    """Where each node of the graph and each term of the training stands in the text."""
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
    """Compile a text that is in memory already; `load` reads what it imports.

    Every phase is silent about what an earlier one has reported.
    """
    report = Report()
    unit = Importer(load, report).unit(name, source)
    if unit is None:
        return Result(source, None, None, report.sorted())
    # After an error of syntax a part that seems missing may only not have been read.
    readable = not report.has_errors
    items = Items(unit, report)
    bound = _bind(items, model, buildable)
    expanded = _expand(bound, settings or {}, readable)
    _report_lacking(bound, buildable, readable)
    spec, origins = _check(name, bound, expanded)
    _report_unused(items)
    return Result(
        source,
        unit.file,
        None if report.has_errors else spec,
        report.sorted(),
        origins,
        list(items.log.values()),
    )


@dataclass(frozen=True)
class _Bound:
    """A file with its names bound: the blocks in force, the sections, the model to compile."""

    items: Items
    scope: Scope
    sections: dict[str, BoundSection]
    model: syntax.Model | None


@dataclass(frozen=True)
class _Expanded:
    """A model without blocks and repeats, as a graph and as the IR of it."""

    graph: Graph
    model: ir.Model


def _bind(items: Items, wanted: str | None, buildable: bool) -> _Bound:
    """Syntax tree -> names and the arguments of the sections."""
    items.version()
    scope = items.scope()
    sections = items.sections(scope)
    return _Bound(items, scope, sections, items.choose(wanted, buildable))


def _expand(bound: _Bound, settings: Mapping[str, str], readable: bool) -> _Expanded | None:
    """The chosen model -> its graph: layers with their arguments and shapes, blocks expanded."""
    items, model = bound.items, bound.model
    if model is None:
        return None
    expander = Expander(items.report, models=items.model_names())
    if settings:
        from specc.bind.file.overrides import read_settings

        expander.settings = read_settings(model, settings, items.report)
    frame = Frame(items.source, bound.scope.child(item=model), expander.graph.root, top=True)
    try:
        value = expander.body(model.body, None, frame)
    except (Failed, Stopped):
        return None
    closed = close(model, value, expander, items.source, items.report, quiet=not readable)
    return None if closed is None else _Expanded(expander.graph, closed)


def _report_lacking(bound: _Bound, buildable: bool, readable: bool) -> None:
    """What layers there are not, and what the sections leave out."""
    items = bound.items
    report_unknown_layers(items.unit.file, items.source, bound.scope, items.report)
    if readable:
        needed = buildable and bound.model is not None
        items.complete(bound.scope, bound.sections, needed)


def _check(
    name: str, bound: _Bound, expanded: _Expanded | None
) -> tuple[ir.Spec | None, dict[str, Origin]]:
    """Graph and sections -> the IR if they fit each other, and where its parts stand."""
    if expanded is None:
        return None, {}
    origins = expanded.graph.origins()
    report = bound.items.report
    if report.has_errors:
        return None, origins
    whole = BoundSpec(expanded.model, expanded.graph, bound.sections, report)
    spec = _agree(name, whole)
    return spec, origins if spec is None else origins | term_places(whole)


def _agree(name: str, spec: BoundSpec) -> ir.Spec | None:
    """The IR of a file whose parts are whole; None with a report where they do not fit."""
    trained = training(spec) if "train" in spec.sections else None
    model, train = spec.model, None
    if trained is not None:
        train, outputs = trained
        nodes = penalized(spec)
        model = model.model_copy(update={"outputs": outputs, "nodes": nodes})
    fed = data(spec, train) if "data" in spec.sections else None
    if spec.report.has_errors:
        return None
    if fed is not None and train is not None:
        return ir.Buildable(file=name, model=model, data=fed, train=train)
    return ir.Spec(file=name, model=model, data=fed, train=train)


def _report_unused(items: Items) -> None:
    # A name that is spelt wrong where it is used is no unused name.
    if not items.report.has_errors:
        report_unused(items.unit.file, items.source, items.report)
