"""Binds `data { }` and `train { }`: settings to IR fields."""

from __future__ import annotations

from typing import Any

from specc.bind.advice.near_misses import nearest, replacement
from specc.bind.advice.regularizers import weight_decay
from specc.bind.ground.report import Failed, Report
from specc.bind.ground.scope import Scope
from specc.bind.sections.settings import DATA, IN_BRACES, TRAIN, BoundSection, Each, Reader, Reading
from specc.bind.values.arguments import Binder
from specc.bind.values.evaluator import Evaluator
from specc.diagnostics.model import Related
from specc.source import Source, Span
from specc.syntax import Chain, Section, Setting, Value

NOT_BUILT = {
    "data": ("augment",),
    "train": (
        "schedule",
        "precision",
        "clip",
        "average",
        "stop",
        "steps",
        "stage",
        "freeze",
        "rate",
    ),
}
FOREIGN = {
    "data": {
        "dataset": "source",
        "validation_split": "split",
        "rescale": "scale",
        "normalize": "scale",
        "path": "source",
    },
    "train": {
        "batch_size": "batch",
        "num_epochs": "epochs",
        "max_epochs": "epochs",
        "criterion": "loss",
        "loss_fn": "loss",
        "metric": "metrics",
        "random_seed": "seed",
        "optim": "optimizer",
        "lr_scheduler": "schedule",
        "early_stopping": "stop",
        "kernel_regularizer": "l2",
    },
}
READERS = {"data": DATA, "train": TRAIN}
NEEDED = {
    "data": {"source": "source = digits"},
    "train": {
        "loss": "loss = categorical_crossentropy",
        "optimizer": "optimizer = adam",
        "batch": "batch = 32",
        "epochs": "epochs = 10",
    },
}
_OTHER = {"data": "train", "train": "data"}


class Sections:
    """Binds the sections of one file."""

    def __init__(self, source: Source, scope: Scope, report: Report) -> None:
        self.source, self.report = source, report
        self.binder = Binder(source, Evaluator(source, scope, report), report)

    def bind(self, section: Section) -> BoundSection:
        bound = BoundSection(section, self.source)
        if section.name is not None:
            self.report.error(
                "E0901",
                "sections with names are not built yet",
                self.source,
                section.name.span,
                help="write one `data` and one `train` section without a name",
            )
        readers = READERS[section.kind.text]
        for entry in section.entries:
            try:
                self._entry(entry, bound, readers)
            except Failed:
                bound.failed = True
        return bound

    def _entry(
        self, entry: Setting | Section | Chain, bound: BoundSection, readers: dict[str, Reader]
    ) -> None:
        kind = bound.section.kind.text
        if isinstance(entry, Chain):
            self._no_setting(entry, kind, readers)
            return
        word = entry.kind if isinstance(entry, Section) else entry.name
        name = word.text
        if name in NOT_BUILT[kind]:
            bound.spans[name] = word.span
            self.report.fail(
                "E0901",
                f"`{name}` is part of the language but not built yet",
                self.source,
                word.span,
                help="leave it out for now",
            )
        if name not in readers:
            value = entry.values[0] if isinstance(entry, Setting) else None
            self._unknown(name, word.span, value, kind, readers)
        if isinstance(entry, Section) and name not in IN_BRACES[kind]:
            bound.spans[name] = word.span
            self.report.fail(
                "E0402",
                f"`{name}` takes a value, not braces",
                self.source,
                word.span,
                help=f"write `{name} = ...`",
            )
        if name in bound.spans:
            self.report.fail(
                "E0403",
                f"`{name}` is set twice",
                self.source,
                word.span,
                label="again here",
                related=(Related(self.source, bound.spans[name], "first set here"),),
                help="leave one of them out",
            )
        if isinstance(entry, Section):
            bound.spans[name] = word.span
            bound.values[name] = self._each(entry, bound, readers[name])
        else:
            bound.values[name] = self._value(name, name, entry, bound, readers[name])

    def _value(
        self, name: str, key: str, entry: Setting, bound: BoundSection, reader: Reader
    ) -> Any:
        bound.spans[key] = entry.values[0].span.to(entry.values[-1].span)
        bound.items[key] = [value.span for value in entry.values]
        return reader(Reading(name, entry, bound, self.binder, self.report, key))

    def _each(self, section: Section, bound: BoundSection, reader: Reader) -> Each:
        """The lines of a setting in braces, each for the input or output that it names."""
        setting, each, failed = section.kind.text, Each(), False
        if section.name is not None:
            self.report.fail(
                "E0402",
                f"`{setting}` has no name",
                self.source,
                section.name.span,
                help=f"write `{setting} {{`, and in it a line for each input or output",
            )
        for entry in section.entries:
            try:
                self._line(setting, entry, each, bound, reader)
            except Failed:
                failed = True
        if failed:
            raise Failed
        return each

    def _line(
        self,
        setting: str,
        entry: Setting | Section | Chain,
        each: Each,
        bound: BoundSection,
        reader: Reader,
    ) -> None:
        if not isinstance(entry, Setting):
            self.report.fail(
                "E0402",
                f"`{setting}` holds a line for each input or output",
                self.source,
                entry.span,
                help=f"write `name = ...`, or `{setting} = ...` where there is only one",
            )
        name = entry.name.text
        if name in each.names:
            self.report.fail(
                "E0403",
                f"`{name}` is set twice",
                self.source,
                entry.name.span,
                label="again here",
                related=(Related(self.source, each.names[name], "first set here"),),
                help="leave one of them out",
            )
        each.names[name] = entry.name.span
        each.values[name] = self._value(setting, f"{setting}.{name}", entry, bound, reader)

    def _no_setting(self, entry: Chain, kind: str, readers: dict[str, Reader]) -> None:
        name = entry.calls[0].path[0].text
        helped = "layers stand in `model name { ... }`"
        if name in readers:
            helped = f"a setting has a `=`: `{name} = ...`"
        self.report.fail(
            "E0402",
            f"`{name}` is no setting of `{kind}`",
            self.source,
            entry.span,
            help=helped,
        )

    def _unknown(
        self, name: str, span: Span, value: Value | None, kind: str, readers: dict[str, Reader]
    ) -> None:
        near = FOREIGN[kind].get(name) or nearest(name, [*readers, *NOT_BUILT[kind]])
        if name in (*READERS[_OTHER[kind]], *NOT_BUILT[_OTHER[kind]]):
            helped, near = f"`{name}` belongs in `{_OTHER[kind]} {{ ... }}`", None
        elif name == "weight_decay" and value is not None:
            helped, near = weight_decay(value), None
        elif name in ("lr", "learning_rate", "momentum"):
            near = None
            helped = "it is an argument of the optimizer: `optimizer = sgd(0.1, momentum=0.9)`"
        elif near:
            helped = f"did you mean `{near}`?"
        else:
            helped = "it knows " + ", ".join(f"`{reader}`" for reader in readers)
        self.report.fail(
            "E0402",
            f"`{kind}` has no setting `{name}`",
            self.source,
            span,
            help=helped,
            fix=replacement(span, near) if near else None,
        )

    def missing(self, bound: BoundSection) -> None:
        """Report what the section must say and does not, unless something else in it is wrong."""
        kind = bound.section.kind
        needed = NEEDED[kind.text]
        absent = [setting for setting in needed if setting not in bound.spans]
        if absent and not bound.failed:
            bound.failed = True
            lines = "\n".join(needed[setting] for setting in absent)
            self.report.error(
                "E0404",
                f"`{kind.text}` does not say its {_listed(absent)}",
                bound.source,
                kind.span,
                help=f"add, for example:\n{lines}",
            )


def _listed(names: list[str]) -> str:
    *before, last = (f"`{name}`" for name in names)
    return f"{', '.join(before)} and {last}" if before else last
