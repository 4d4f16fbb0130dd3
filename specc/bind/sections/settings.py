"""Reads the values of single settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from specc import ir
from specc.bind.advice.near_misses import foreign_term, nearest, replacement
from specc.bind.ground.describe import describe
from specc.bind.ground.report import Failed, Report
from specc.bind.values.arguments import Binder
from specc.diagnostics.model import Related
from specc.kinds import Kind, Many, Number, Percent, Quantity, Quoted, Range, Text, Whole, Word
from specc.nested import TermOf
from specc.source import Source, Span
from specc.syntax import Section, Setting, Value

LARGEST_SEED = 2**32 - 1
_PARTS = ("train", "validation", "test")
_FOREIGN_PARTS = {
    "val": "validation",
    "valid": "validation",
    "training": "train",
    "dev": "validation",
    "testing": "test",
}


@dataclass
class BoundSection:
    """The settings of one section as far as they could be bound, and where each value stands.

    items: where each of a setting's several values stands.
    """

    section: Section
    source: Source
    values: dict[str, Any] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    items: dict[str, list[Span]] = field(default_factory=dict)
    failed: bool = False

    def value(self, setting: str, name: str, default: Any = None) -> Any:
        """What a setting is for the input or output of a name."""
        value = self.values.get(setting, default)
        return value.values.get(name, default) if isinstance(value, Each) else value

    def place(self, setting: str, name: str) -> Span:
        """Where that stands."""
        return self.spans.get(f"{setting}.{name}", self.spans[setting])


@dataclass
class Each:
    """A setting in braces: its values by the names of inputs or outputs, and where those stand."""

    values: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Span] = field(default_factory=dict)


@dataclass
class Reading:
    """One setting of a section, to be read. key: under which its places are noted."""

    name: str
    entry: Setting
    bound: BoundSection
    binder: Binder
    report: Report
    key: str

    @property
    def source(self) -> Source:
        return self.bound.source

    def accept(self, kind: Kind, node: Value) -> Any:
        value = self.binder.evaluator.value(node)
        return self.binder.accept(self.bound.section.kind.text, self.name, kind, value, node)

    def one(self) -> Value:
        values = self.entry.values
        if len(values) > 1:
            written = [self.source.text[v.span.start : v.span.end] for v in values]
            decimal = len(written) == 2 and written[0] == "0" and written[1].isdecimal()
            self.report.fail(
                "E0405",
                f"`{self.name}` takes one value",
                self.source,
                values[1].span,
                found=str(len(values)),
                help=self._advice(written) if decimal else None,
            )
        return values[0]

    def _advice(self, written: list[str]) -> str:
        if self.name == "scale":
            return "a range has two points: `0..1`"
        return f"a decimal number has a point: `{'.'.join(written)}`"

    def wrong(self, message: str, node: Value, value: Any, helped: str | None) -> None:
        self.report.fail(
            "E0405", message, self.source, node.span, found=describe(value), help=helped
        )


Reader: TypeAlias = Callable[[Reading], Any]


def _of(kind: Kind) -> Reader:
    return lambda reading: reading.accept(kind, reading.one())


def _metrics(reading: Reading) -> tuple[Any, ...]:
    found: list[Any] = []
    failed = False
    for node in reading.entry.values:
        try:
            metric = reading.accept(TermOf("metric"), node)
        except Failed:
            failed = True
            continue
        keys = [each.key() for each in found]
        if metric.key() in keys:
            first = reading.bound.items[reading.key][keys.index(metric.key())]
            reading.report.fail(
                "E0403",
                f"the metric `{metric.key()}` is listed twice",
                reading.source,
                node.span,
                label="again here",
                related=(Related(reading.source, first, "first listed here"),),
                help="leave one of them out",
            )
        found.append(metric)
    if failed:
        raise Failed
    return tuple(found)


def _classes(reading: Reading) -> tuple[str, ...]:
    node = reading.one()
    names: tuple[str, ...] = reading.accept(Many(Quoted(), 2), node)
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        reading.report.fail(
            "E0403",
            f'two classes have the name "{twice}"',
            reading.source,
            node.span,
            help="give each class a name of its own",
        )
    return names


def _scale(reading: Reading) -> Any:
    node = reading.one()
    value = reading.binder.evaluator.value(node)
    if isinstance(value, Range):
        if (value.low, value.high) != (0, 1):
            helped = "write `scale = 0..1` or `scale = standardize`"
            reading.wrong("pictures are scaled to `0..1`", node, value, helped)
        value = "unit_range"
    elif isinstance(value, str):
        term = None if isinstance(value, Text) else foreign_term("scaling", value)
        if term == "unit_range" or value == "0..1":
            reading.wrong("pictures are scaled to `0..1`", node, value, "write `scale = 0..1`")
    return reading.binder.accept("data", "scale", TermOf("scaling"), value, node)


def _split(reading: Reading) -> ir.Split:
    shares: dict[str, float] = {}
    for node in reading.entry.values:
        value = reading.binder.evaluator.value(node)
        if not isinstance(value, Quantity) or not isinstance(value.amount, Percent):
            helped = "write `split = 80% train, 10% validation, 10% test`"
            reading.wrong("a split is made of shares", node, value, helped)
        _check_part(reading, node, value.unit, shares)
        shares[value.unit] = value.amount.number
    train, validation, test = (shares.get(part, 0.0) for part in _PARTS)
    whole = reading.bound.spans[reading.name]
    total = train + validation + test
    if abs(total - 100) > 1e-9:
        reading.report.fail(
            "E0410",
            "the parts of a split must add up to 100 %",
            reading.source,
            whole,
            expected="100%",
            found=f"{total:g}%",
            help=_rest(shares, 100 - total),
        )
    if train <= 0:
        reading.report.fail(
            "E0410",
            "nothing is left to train on",
            reading.source,
            whole,
            help="write `split = 80% train, 10% validation, 10% test`",
        )
    return ir.Split(train=train, validation=validation, test=test)


def _rest(shares: dict[str, float], rest: float) -> str | None:
    absent = [part for part in _PARTS if part not in shares]
    return f"add `{rest:g}% {absent[-1]}`" if absent and rest > 0 else None


def _check_part(reading: Reading, node: Value, part: str, shares: dict[str, float]) -> None:
    if part in shares:
        reading.report.fail(
            "E0403",
            f"the part `{part}` is given twice",
            reading.source,
            node.span,
            help="the parts are `train`, `validation` and `test`",
        )
    if part not in _PARTS:
        near = _FOREIGN_PARTS.get(part) or nearest(part, _PARTS)
        end = node.span.end
        unit = Span(end - len(part), end)
        reading.report.fail(
            "E0405",
            f"there is no part `{part}`",
            reading.source,
            unit,
            expected="`train`, `validation` or `test`",
            help=f"did you mean `{near}`?" if near else None,
            fix=replacement(unit, near) if near else None,
        )


IN_BRACES = {"data": ("scale", "labels", "classes"), "train": ("loss", "metrics")}
"""Settings that may have a line for each input or output."""
DATA: dict[str, Reader] = {
    "source": _of(TermOf("source")),
    "split": _split,
    "scale": _scale,
    "labels": _of(Word("integers", "onehot", "none")),
    "classes": _classes,
}
TRAIN: dict[str, Reader] = {
    "loss": _of(TermOf("loss")),
    "optimizer": _of(TermOf("optimizer")),
    "metrics": _metrics,
    "batch": _of(Whole(1)),
    "epochs": _of(Whole(1)),
    "l1": _of(Number(0)),
    "l2": _of(Number(0)),
    "seed": _of(Whole(0, LARGEST_SEED)),
}
