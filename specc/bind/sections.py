"""Binds `data { }` and `train { }`: settings to IR fields."""

from __future__ import annotations

from specc.bind.arguments import Binder
from specc.bind.names import nearest, replacement
from specc.bind.readers import DATA, TRAIN, Bound, Reader, Reading
from specc.bind.regularizers import weight_decay
from specc.bind.report import Failed, Report
from specc.bind.scope import Scope
from specc.bind.values import Evaluator
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

    def bind(self, section: Section) -> Bound:
        bound = Bound(section, self.source)
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
        self, entry: Setting | Section | Chain, bound: Bound, readers: dict[str, Reader]
    ) -> None:
        kind = bound.section.kind.text
        if isinstance(entry, Chain):
            self._no_setting(entry, kind, readers)
            return
        word = entry.kind if isinstance(entry, Section) else entry.name
        name = word.text
        if name in NOT_BUILT[kind] or (isinstance(entry, Section) and name in ("loss", "metrics")):
            bound.spans[name] = word.span
            form = " in braces" if name in ("loss", "metrics") else ""
            self.report.fail(
                "E0901",
                f"`{name}`{form} is part of the language but not built yet",
                self.source,
                word.span,
                help="leave it out for now",
            )
        if name not in readers:
            value = entry.values[0] if isinstance(entry, Setting) else None
            self._unknown(name, word.span, value, kind, readers)
        if isinstance(entry, Section):
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
        bound.spans[name] = entry.values[0].span.to(entry.values[-1].span)
        bound.items[name] = [value.span for value in entry.values]
        reading = Reading(name, entry, bound, self.binder, self.report)
        bound.values[name] = readers[name](reading)

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

    def missing(self, bound: Bound) -> None:
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
