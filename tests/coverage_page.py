"""docs/coverage.md: what a run measured of every layer and term, and what the backends say.

The page is also where the figures are kept: it is read again to measure some of its rows anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, fields
from itertools import groupby
from pathlib import Path

import coverage_terms
from coverage_terms import Terms
from harness.backends import BACKENDS
from harness.figures import KINDS, PRECISIONS, Figures
from harness.layers import lowerings
from harness.networks import dead

from specc.called import Called, called, refusals
from specc.codegen.backend import get_backend
from specc.ops.base import Case, Layer
from specc.ops.ranks import written
from specc.parity.tolerances import table
from specc.reference import use_of
from specc.registry import every

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"
HINT = "run `make coverage LAYERS=--new`, or with names of layers, or without any for all"
SLACK = 10
EPSILON = {"float64": 2.0**-52, "float32": 2.0**-23}
_NAMES = [field.name for field in fields(Figures)]
_MEASURED = "Measured with "

_HEAD = f"""\
# Coverage

Written by `make coverage`, which runs every case of every layer in both frameworks;
`make coverage LAYERS="Conv2D Dense"` measures some rows anew, `make coverage LAYERS=--terms` those
of losses, optimizers, metrics and scalings. The cases stand in [layers.md](layers.md) as examples.

The cases of a layer are branches of one network, whose two generated scripts take one update with
the same weights and the same batch. The figures are relative L2 errors, Keras against PyTorch, the
largest of any case and of the network as a whole: what is made in eval mode and in train mode (the
masks of dropout are the same), the gradients, and after the update the parameters and the running
statistics. [parity.md](parity.md#tolerances) says how float64 is had where a framework keeps
something in float32.

A test measures rows that are drawn at random: each figure must keep its tolerance, and must be
within a factor of {SLACK} of what stands here. Other processors round otherwise: with the vector
instructions of this one switched off, no figure moved by more than a factor of 3.
"""


@dataclass(frozen=True)
class Row:
    """A layer's number of cases and its figures by precision."""

    cases: int
    figures: Mapping[str, Figures]


@dataclass(frozen=True)
class Coverage:
    """versions: of what the rows were measured with. terms: losses, optimizers and so on."""

    versions: str
    rows: Mapping[str, Row]
    terms: Terms


def layers() -> dict[str, type[Layer]]:
    """The layers of specc itself, family by family."""
    found = [
        op for op in every("layer") if issubclass(op, Layer) and op.__module__[:10] == "specc.ops."
    ]
    return {op.word(): op for op in sorted(found, key=lambda op: (op.__module__, op.word()))}


def apart(row: Row, other: Row) -> list[str]:
    """The figures that are of another order of magnitude. Below a tenth of a unit in the last
    place all are alike: exactly 0, for instance.
    """
    found = []
    for precision in PRECISIONS:
        least = EPSILON[precision] / 10
        pairs = zip(astuple(row.figures[precision]), astuple(other.figures[precision]), strict=True)
        for name, (one, two) in zip(_NAMES, pairs, strict=True):
            low, high = sorted((max(one, least), max(two, least)))
            if not high <= SLACK * low:
                found.append(f"{precision} {name}: {one:.1e} and {two:.1e}")
    return found


# ---- writing


def page(coverage: Coverage) -> str:
    """The text of the page; KeyError where a layer or a term has no row."""
    parts = [_HEAD, _tolerances(), f"{_MEASURED}{coverage.versions}.\n"]
    for family, ops in groupby(layers().values(), key=lambda op: op.__module__.rpartition(".")[2]):
        rows = [_row(op, coverage.rows[op.word()]) for op in ops]
        heads = ["layer", "cases", *_heads(), *(get_backend(name).title for name in BACKENDS)]
        parts.append(f"## {family.replace('_', ' ').capitalize()}\n\n{_table(heads, rows)}")
    parts.append(_refusals())
    parts.append(_dead())
    parts.append(coverage_terms.section(coverage.terms))
    return "\n".join(parts)


def _heads() -> list[str]:
    return [name if n else f"{p}: {name}" for p in PRECISIONS for n, name in enumerate(_NAMES)]


def _tolerances() -> str:
    limits = [
        [precision, *(f"{table(precision)[KINDS[name]].limit:.0e}" for name in _NAMES)]
        for precision in PRECISIONS
    ]
    return _table(["tolerance", *_NAMES], limits)


def _row(op: type[Layer], row: Row) -> list[str]:
    name = op.word()
    numbers = [f"{number:.0e}" for p in PRECISIONS for number in astuple(row.figures[p])]
    names = [_called(called(lowerings(backend), op)) for backend in BACKENDS]
    return [f"[{name}](layers.md#{name.lower()})", str(row.cases), *numbers, *names]


def _called(found: Called | None) -> str:
    if found is None:
        return "-"
    return ", ".join(f"`{name}`" for name in found.names or (found.form,))


def _refusals() -> str:
    rows = [
        [_use(op, each.case), get_backend(backend).title, each.argument or "-", each.reason]
        for op in layers().values()
        for backend in BACKENDS
        for each in refusals(lowerings(backend), op)
    ]
    text = (
        "Uses that a backend has no exact code for: an error at the argument, before any file is"
        " written. Every place in the backends' code that refuses a layer is reached by one."
    )
    heads = ["use", "backend", "argument", "reason"]
    return f"## What a backend refuses\n\n{text}\n\n{_table(heads, rows)}"


def _dead() -> str:
    rows = [
        [_use(op, case), dead(op, case)]
        for op in layers().values()
        for case in op.cases
        if dead(op, case)
    ]
    text = (
        "In these cases some tensor learns nothing whatever it is given. They are in the figures"
        " above, but prove less than the others."
    )
    return f"## Cases that show less\n\n{text}\n\n{_table(['use', 'why'], rows)}"


def _use(op: type[Layer], case: Case) -> str:
    return f"`{use_of(op, case)}` of {' and '.join(map(written, case.inputs))}"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# ---- reading


def read(text: str) -> Coverage:
    """What a run wrote."""
    (versions,) = (line for line in text.splitlines() if line.startswith(_MEASURED))
    layers_part = text.partition(coverage_terms.HEADING)[0]
    return Coverage(
        versions.removeprefix(_MEASURED).removesuffix("."),
        dict(_rows(layers_part)),
        coverage_terms.read(text),
    )


def _rows(text: str) -> Iterator[tuple[str, Row]]:
    for line in text.splitlines():
        if line.startswith("| ["):
            link, cases, *cells = line.strip("| ").split(" | ")
            numbers = [float(cell) for cell in cells[: len(PRECISIONS) * len(_NAMES)]]
            halves = zip(PRECISIONS, (numbers[: len(_NAMES)], numbers[len(_NAMES) :]), strict=True)
            yield link[1:].partition("]")[0], Row(int(cases), {p: Figures(*n) for p, n in halves})
