"""Binds `data { }` and `train { }`: settings to IR fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from specc import ir
from specc.bind.arguments import Binder
from specc.bind.names import nearest, replacement
from specc.bind.report import Failed, Report
from specc.bind.scope import Scope
from specc.bind.values import Evaluator, Pending, describe
from specc.diagnostics.model import Related
from specc.kinds import Kind, Many, Percent, Quantity, Quoted, Range, Text, Whole, Word
from specc.nested import TermOf
from specc.source import Source, Span
from specc.syntax import Call, Chain, Ident, Section, Setting, Value
from specc.terms import Term

NOT_BUILT = {
    "data": ("augment",),
    "train": (
        "l1",
        "l2",
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
        "path": "source",
    },
    "train": {
        "batch_size": "batch",
        "num_epochs": "epochs",
        "max_epochs": "epochs",
        "criterion": "loss",
        "metric": "metrics",
        "random_seed": "seed",
        "optim": "optimizer",
        "lr": "optimizer",
        "learning_rate": "optimizer",
    },
}
LARGEST_SEED = 2**32 - 1


@dataclass
class Bound:
    """The settings of one section as far as they could be bound, and where each value stands."""

    section: Section
    source: Source
    values: dict[str, Any] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    arguments: dict[str, dict[str, Span]] = field(default_factory=dict)
    failed: bool = False


class Sections:
    """Binds the sections of one file."""

    def __init__(self, source: Source, scope: Scope, report: Report) -> None:
        self.source, self.report = source, report
        self.binder = Binder(source, Evaluator(source, scope, report), report)

    def bind(self, section: Section) -> Bound:
        bound = Bound(section, self.source)
        readers = _DATA if section.kind.text == "data" else _TRAIN
        if section.name is not None:
            self.report.error(
                "E0901",
                "sections with names are not built yet",
                self.source,
                section.name.span,
                help="one `data` and one `train` section without a name",
            )
        for entry in section.entries:
            try:
                self._entry(entry, bound, readers)
            except Failed:
                bound.failed = True
        return bound

    def _entry(
        self, entry: Setting | Section | Chain, bound: Bound, readers: dict[str, _Reader]
    ) -> None:
        kind = bound.section.kind.text
        if isinstance(entry, Chain):
            self.report.fail(
                "E0402",
                f"a layer does not belong in `{kind}`",
                self.source,
                entry.span,
                help="layers stand in `model NAME { ... }`",
            )
        word = entry.kind if isinstance(entry, Section) else entry.name
        name = word.text
        if name in NOT_BUILT[kind] or (isinstance(entry, Section) and name in ("loss", "metrics")):
            self.report.fail(
                "E0901",
                f"`{name}` in this form is part of the language but not built yet",
                self.source,
                word.span,
                help="leave it out for now",
            )
        if name not in readers:
            self._unknown(name, word.span, kind, readers)
        if isinstance(entry, Section):
            self.report.fail(
                "E0402",
                f"`{name}` takes a value, not braces",
                self.source,
                entry.span,
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
            )
        bound.spans[name] = entry.values[0].span.to(entry.values[-1].span)
        bound.values[name] = readers[name](self, name, entry, bound)

    def _unknown(self, name: str, span: Span, kind: str, readers: dict[str, _Reader]) -> None:
        elsewhere = "train" if kind == "data" else "data"
        meant = FOREIGN[kind].get(name) or nearest(name, readers)
        if name in (_TRAIN if kind == "data" else _DATA):
            helped = f"`{name}` belongs in `{elsewhere} {{ ... }}`"
        elif name in ("lr", "learning_rate"):
            helped = "the learning rate is an argument: `optimizer = adam(learning_rate=1e-3)`"
        else:
            helped = (
                f"did you mean `{meant}`?"
                if meant
                else "it knows " + ", ".join(f"`{r}`" for r in readers)
            )
        replaced = replacement(span, meant) if meant and meant != "optimizer" else None
        self.report.fail(
            "E0402",
            f"`{kind}` has no setting `{name}`",
            self.source,
            span,
            help=helped,
            fix=replaced,
        )

    # ---- readers of single settings

    def one(self, name: str, entry: Setting) -> Value:
        if len(entry.values) > 1:
            self.report.fail(
                "E0405",
                f"`{name}` takes one value",
                self.source,
                entry.values[1].span,
                found=str(len(entry.values)),
            )
        return entry.values[0]

    def accept(self, name: str, kind: Kind, node: Value) -> Any:
        value = self.binder.evaluator.value(node)
        if isinstance(kind, TermOf):
            return self.term(name, kind, value, node.span)
        return self.binder.accept(self._section_of(name), name, kind, value, node.span)

    def term(self, name: str, kind: TermOf, value: Any, span: Span) -> Term:
        if isinstance(value, Pending):
            return self.binder.term(kind.category, value.call)
        if isinstance(value, str) and not isinstance(value, Text):
            return self.binder.term(kind.category, Call(span, (Ident(span, value),)))
        return self.binder.accept(self._section_of(name), name, kind, value, span)  # type: ignore[no-any-return]

    def _section_of(self, name: str) -> str:
        return "data" if name in _DATA else "train"


_Reader = Callable[[Sections, str, Setting, Bound], Any]


def _of(kind: Kind) -> _Reader:
    def read(sections: Sections, name: str, entry: Setting, bound: Bound) -> Any:
        return sections.accept(name, kind, sections.one(name, entry))

    return read


def _each(kind: Kind) -> _Reader:
    def read(sections: Sections, name: str, entry: Setting, bound: Bound) -> Any:
        return tuple(sections.accept(name, kind, value) for value in entry.values)

    return read


def _scale(sections: Sections, name: str, entry: Setting, bound: Bound) -> Any:
    node = sections.one(name, entry)
    value = sections.binder.evaluator.value(node)
    if isinstance(value, Range):
        if (value.low, value.high) != (0, 1):
            sections.report.fail(
                "E0405",
                "pictures are scaled to `0..1`",
                sections.source,
                node.span,
                found=describe(value),
                help="write `scale = 0..1` or `scale = standardize`",
            )
        value = "unit_range"
    return sections.term(name, TermOf("scaling"), value, node.span)


def _split(sections: Sections, name: str, entry: Setting, bound: Bound) -> ir.Split:
    shares = {"train": 0.0, "validation": 0.0, "test": 0.0}
    seen: set[str] = set()
    for node in entry.values:
        value = sections.binder.evaluator.value(node)
        if not isinstance(value, Quantity) or not isinstance(value.amount, Percent):
            sections.report.fail(
                "E0405",
                "a split is made of shares",
                sections.source,
                node.span,
                found=describe(value),
                help="write `split = 80% train, 10% validation, 10% test`",
            )
        if value.unit not in shares:
            meant = {
                "val": "validation",
                "valid": "validation",
                "training": "train",
                "dev": "validation",
            }.get(value.unit) or nearest(value.unit, shares)
            sections.report.fail(
                "E0405",
                f"there is no part `{value.unit}`",
                sections.source,
                node.span,
                expected="`train`, `validation` or `test`",
                help=f"did you mean `{meant}`?" if meant else None,
            )
        if value.unit in seen:
            sections.report.fail(
                "E0403", f"the part `{value.unit}` is given twice", sections.source, node.span
            )
        seen.add(value.unit)
        shares[value.unit] = value.amount.number
    total = sum(shares.values())
    if abs(total - 100) > 1e-9:
        sections.report.fail(
            "E0410",
            "the parts of a split must add up to 100 %",
            sections.source,
            bound.spans[name],
            expected="100 %",
            found=f"{total:g} %",
        )
    if shares["train"] <= 0:
        sections.report.fail(
            "E0410",
            "nothing is left to train on",
            sections.source,
            bound.spans[name],
            help="write `split = 80% train, 10% validation, 10% test`",
        )
    return ir.Split(**shares)


_DATA: dict[str, _Reader] = {
    "source": _of(TermOf("source")),
    "split": _split,
    "scale": _scale,
    "labels": _of(Word("integers", "onehot", "none")),
    "classes": _of(Many(Quoted(), 2)),
}
_TRAIN: dict[str, _Reader] = {
    "loss": _of(TermOf("loss")),
    "optimizer": _of(TermOf("optimizer")),
    "metrics": _each(TermOf("metric")),
    "batch": _of(Whole(1)),
    "epochs": _of(Whole(1)),
    "seed": _of(Whole(0, LARGEST_SEED)),
}
