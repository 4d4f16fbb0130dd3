"""The items of a file: its version, the blocks in force, its sections, and the model to compile."""

from __future__ import annotations

from specc.bind.advice.near_misses import nearest
from specc.bind.file.imports import Unit
from specc.bind.ground.report import Report
from specc.bind.ground.scope import Definition, Scope
from specc.bind.model.frames import BlockDefinition
from specc.bind.sections.read import READERS, Sections
from specc.bind.sections.settings import BoundSection
from specc.diagnostics.model import Related
from specc.source import Span
from specc.syntax import Block, Model, Section, Version

NEWEST_VERSION = 1
_ITEMS = ("model", "block", "import", "data", "train")


class Items:
    """Reads the items of one file and of those that it imports."""

    def __init__(self, unit: Unit, report: Report) -> None:
        self.unit, self.report = unit, report
        self.source = unit.source
        self.log: dict[tuple[str, int], Definition] = {}
        self._scopes: dict[str, Scope] = {}

    @property
    def end(self) -> Span:
        end = len(self.source.text.rstrip())
        return Span(end, end)

    def version(self) -> None:
        first = self.unit.file.items[0] if self.unit.file.items else None
        if isinstance(first, Version) and first.number.value != NEWEST_VERSION:
            self.report.error(
                "E0224",
                f"there is no version {first.number.value} of the language",
                self.source,
                first.number.span,
                expected=f"`cnn {NEWEST_VERSION}`",
                found=f"`cnn {first.number.value}`",
                help="a newer specc may know it",
            )

    # ---- blocks

    def scope(self) -> Scope:
        """The names in force at the top of the file: imported blocks, then its own."""
        return self._scope(self.unit)

    def _scope(self, unit: Unit) -> Scope:
        if unit.name in self._scopes:
            return self._scopes[unit.name]
        imported = Scope(unit.source, None, self.log)
        scope = self._scopes[unit.name] = Scope(unit.source, imported, self.log)
        for statement, other in unit.imports:
            for name, bound in self._scope(other).names.items():
                earlier = imported.names.get(name)
                if earlier is not None and earlier.value != bound.value:
                    place = earlier.definition
                    self.report.error(
                        "E0209",
                        f"two imports bring in `{name}`",
                        unit.source,
                        statement.path.span,
                        related=(
                            Related(place.source, place.span, "the first one"),
                            Related(bound.definition.source, bound.definition.span, "the other"),
                        ),
                        help="rename one of the blocks",
                    )
                imported.names[name] = bound
        for item in unit.file.items:
            if isinstance(item, Block):
                made = BlockDefinition(item, unit.source, scope)
                scope.define(item.name, "block", made, self.report)
        return scope

    # ---- sections

    def sections(self, scope: Scope) -> dict[str, BoundSection]:
        binder = Sections(self.source, scope, self.report)
        found: dict[str, BoundSection] = {}
        for item in self.unit.file.items:
            if not isinstance(item, Section):
                continue
            kind = item.kind.text
            if kind not in READERS:
                near = nearest(kind, _ITEMS)
                self.report.error(
                    "E0402",
                    f"there is no section `{kind}`",
                    self.source,
                    item.kind.span,
                    expected="`model`, `block`, `data` or `train`",
                    help=f"did you mean `{near}`?" if near else None,
                )
            elif kind in found and item.name is None:
                self.report.error(
                    "E0403",
                    f"there are two sections `{kind}`",
                    self.source,
                    item.kind.span,
                    label="again here",
                    related=(Related(self.source, found[kind].section.kind.span, "the first"),),
                    help="make one of the two",
                )
            else:
                bound = binder.bind(item)
                found.setdefault(kind, bound)
        return found

    def complete(self, scope: Scope, sections: dict[str, BoundSection], buildable: bool) -> None:
        """Report what the sections leave out; `buildable`: that a script needs."""
        needed = {"data": "data { source = digits }", "train": "train { loss = ... }"}
        binder = Sections(self.source, scope, self.report)
        for bound in sections.values():
            binder.missing(bound)
        for kind, example in needed.items():
            if kind not in sections and buildable:
                self.report.error(
                    "E0401",
                    f"a script needs a `{kind}` section",
                    self.source,
                    self.end,
                    help=f"add `{example}`",
                )
                return

    # ---- models

    def choose(self, wanted: str | None, buildable: bool) -> Model | None:
        """The model to compile, or None: without a word where only blocks are asked for."""
        models = self._models()
        names = ", ".join(f"`{model.name.text}`" for model in models)
        if wanted is not None:
            chosen = next((model for model in models if model.name.text == wanted), None)
            if chosen is None:
                near = nearest(wanted, [model.name.text for model in models])
                helped = f"did you mean `--model {near}`?" if near else f"it has {names}"
                self.report.error(
                    "E0212",
                    f"there is no model `{wanted}` in this file",
                    self.source,
                    models[0].name.span if models else self.end,
                    help=helped if names else None,
                )
            return chosen
        if len(models) == 1:
            return models[0]
        if models:
            self.report.error(
                "E0212",
                "the file has several models",
                self.source,
                models[1].name.span,
                related=(Related(self.source, models[0].name.span, "the first one"),),
                help=f"say which with `--model {models[0].name.text}`",
            )
        elif not self.report.has_errors and (buildable or self._trains()):
            self.report.error(
                "E0401",
                "the file has no model",
                self.source,
                self.end,
                help="add `model name { ... }` with an input and layers",
            )
        return None

    def model_names(self) -> frozenset[str]:
        """The models of the file and of what it imports."""
        units, found = [self.unit], set()
        for unit in units:
            found |= {item.name.text for item in unit.file.items if isinstance(item, Model)}
            units += [other for _, other in unit.imports if other not in units]
        return frozenset(found)

    def _models(self) -> list[Model]:
        models: dict[str, Model] = {}
        scope = Scope(self.source, None, self.log)
        for item in self.unit.file.items:
            if isinstance(item, Model):
                scope.define(item.name, "model", item, self.report)
                models.setdefault(item.name.text, item)
        return list(models.values())

    def _trains(self) -> bool:
        return any(isinstance(item, Section) for item in self.unit.file.items)
