"""The part of docs/coverage.md on losses, optimizers, metrics and scalings: written and read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.term_figures import QUANTITIES, errors
from harness.terms import CATEGORIES, Arrays, backends, run, terms, uses

from specc.codegen.backend import get_backend
from specc.reference import TITLES

HEADING = "## Terms of data and training"
EPSILON = 2.0**-52
SLACK = 10

_HEAD = f"""\
{HEADING}

Every case of [layers.md](layers.md) is a small generated script for each framework. What it
computes in float64 is held against the NumPy meaning of the term, in `specc/meaning`, and Keras
against PyTorch: the largest relative L2 errors of any case. `value` is a loss of all answers at
once, `slope` its derivative for each of them, `pass` the loss of a pass in batches, the last of
which is smaller; `weights` are those after each of six updates in two epochs; `figure` is a metric
of a pass; `samples` are those of a batch, which scripts scale in float32. Beside each name stands
what is allowed. Wrong meanings of every term, in `tests/harness/term_wrong.py`, are off by a
thousand times that at least.
"""


@dataclass(frozen=True)
class TermRow:
    """The number of cases, and for each quantity what each backend and each pair is off by."""

    cases: int
    figures: tuple[float, ...]


Terms = Mapping[tuple[str, str], TermRow]
"""By category and word: `mae` is a loss and a metric."""


def cases() -> dict[tuple[str, str], int]:
    """All terms of these categories with their number of cases."""
    return {(category, cls.word()): len(cls.cases) for category, cls in terms()}


def measured() -> Terms:
    """The rows of all terms: they share a process of each framework."""
    every_use = list(uses())
    with TemporaryDirectory() as folder:
        return rows(run(every_use, Path(folder)))


def rows(found: Mapping[str, Arrays]) -> Terms:
    """found: what the scripts of each backend computed."""
    worst: dict[tuple[str, str], list[float]] = {}
    for use in uses():
        apart = errors(use, found)
        own = [apart[q][who] for q in QUANTITIES[use.category] for who in _sides()]
        key = (use.category, use.cls.word())
        worst[key] = [max(pair) for pair in zip(own, worst.get(key, own), strict=True)]
    return {key: TermRow(count, tuple(worst[key])) for key, count in cases().items()}


def moved(row: TermRow, other: TermRow) -> list[str]:
    """The figures that are of another order of magnitude. Below one unit in the last place all are
    alike: a loss is one number, and another processor may round it once more or less."""
    pairs_of = zip(row.figures, other.figures, strict=True)
    low_high = [sorted((max(one, EPSILON), max(two, EPSILON))) for one, two in pairs_of]
    return [f"{low:.1e} and {high:.1e}" for low, high in low_high if not high <= SLACK * low]


def beyond(category: str, row: TermRow) -> list[str]:
    """The figures that are larger than their tolerance."""
    limits = [tolerance.limit for tolerance in QUANTITIES[category].values() for _ in _sides()]
    both = zip(row.figures, limits, strict=True)
    return [f"{error:.1e} is above {limit:g}" for error, limit in both if not error <= limit]


def _sides() -> list[str]:
    return [*backends(), *(f"{one} {other}" for one, other in combinations(backends(), 2))]


# ---- writing and reading


def section(found: Terms) -> str:
    """KeyError where a term has no row."""
    return "\n".join([_HEAD, *(_table(category, found) for category in CATEGORIES)])


def _table(category: str, found: Terms) -> str:
    heads = [category, "cases"]
    for quantity, tolerance in QUANTITIES[category].items():
        names = [get_backend(name).title for name in backends()]
        apart = [" and ".join(pair) for pair in combinations(names, 2)]
        sides = [*names, *(apart if len(apart) > 1 else ["apart"])]
        heads += [f"{quantity} ({tolerance.limit:.0e}): {sides[0]}", *sides[1:]]
    lines = [heads, ["---"] * len(heads)]
    for (where, word), count in cases().items():
        if where == category:
            row = found[where, word]
            link = f"[{word}](layers.md#{TITLES[category].lower().replace(' ', '-')})"
            lines.append([link, str(count), *(f"{figure:.0e}" for figure in row.figures)])
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"### {TITLES[category]}\n\n{table}"


def read(text: str) -> Terms:
    """What a run wrote."""
    return dict(_rows(text.partition(HEADING)[2]))


def _rows(text: str) -> Iterator[tuple[tuple[str, str], TermRow]]:
    category = ""
    for line in text.splitlines():
        if line.startswith("### "):
            category = next(name for name, title in TITLES.items() if title == line[4:])
        if line.startswith("| ["):
            link, count, *cells = line.strip("| ").split(" | ")
            word = link[1:].partition("]")[0]
            yield (category, word), TermRow(int(count), tuple(map(float, cells)))
