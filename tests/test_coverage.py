"""docs/coverage.md has a row for every layer, and its figures are those that a run gives.

How far a figure may be from the page: its tolerance is that of specc/parity/tolerances.py. Beyond
that it keeps its order of magnitude, within a factor of 10 (`SLACK`). The figures are rounding
errors, and other processors add in another order: with oneDNN and the vector instructions of
PyTorch and MKL switched off (`TF_ENABLE_ONEDNN_OPTS=0 ONEDNN_MAX_CPU_ISA=SSE41
ATEN_CPU_CAPABILITY=default MKL_CBWR=COMPATIBLE`) the largest change of any figure of any layer was
a factor of 3, and a figure of one digit is rounded by up to a factor of 1.5.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import coverage_terms
import pytest
from coverage_page import HINT, PAGE, Row, apart, layers, page, read
from harness.figures import PRECISIONS, Figures, measure

from specc.parity import Probes
from specc.parity.protocol import write

TEXT = PAGE.read_text("utf-8")
COVERAGE = read(TEXT)
DRAWN = 2


# ---- the page


def test_every_layer_has_a_row() -> None:
    assert {name: len(op.cases) for name, op in layers().items()} == {
        name: row.cases for name, row in COVERAGE.rows.items()
    }, HINT


def test_every_term_has_a_row() -> None:
    rows = {key: row.cases for key, row in COVERAGE.terms.items()}
    assert rows == coverage_terms.cases(), HINT
    wrong = [coverage_terms.beyond(key[0], row) for key, row in COVERAGE.terms.items()]
    assert not any(wrong), wrong


def test_names_and_refusals_are_those_of_the_lowerings() -> None:
    """They are found by lowering every case and every use that is listed as refusable."""
    assert page(COVERAGE) == TEXT, HINT


def test_every_figure_is_within_its_tolerance() -> None:
    beyond = {
        name: found
        for name, row in COVERAGE.rows.items()
        for found in [[each for p in PRECISIONS for each in row.figures[p].beyond(p)]]
        if found
    }
    assert beyond == {}


def test_a_figure_that_moved_is_seen() -> None:
    written = Row(1, {p: Figures(4e-16, 0.0, 3e-16, 2e-17) for p in PRECISIONS})

    def moved(**changed: float) -> list[str]:
        figures = dict(written.figures)
        figures["float64"] = replace(figures["float64"], **changed)
        return apart(written, Row(1, figures))

    assert moved() == moved(eval=3e-15, train=2e-17, step=1.8e-16) == []
    assert moved(eval=5e-15) == ["float64 eval: 4.0e-16 and 5.0e-15"]
    assert moved(eval=3e-17) == ["float64 eval: 4.0e-16 and 3.0e-17"]
    assert len(moved(train=3e-16, gradients=4e-15, step=3e-16)) == 3
    assert moved(eval=float("inf")) and moved(eval=float("nan"))


# ---- the figures


@pytest.mark.parity
@pytest.mark.slow
def test_drawn_rows_are_as_written(request: pytest.FixtureRequest, probes: Probes) -> None:
    seed = request.config.getoption("--rows-seed") or random.randrange(1, 10**6)
    names = random.Random(seed).sample(sorted(layers()), DRAWN)
    print(f"measured anew: {', '.join(names)}; again with --rows-seed {seed}")
    for name in names:
        op, row = layers()[name], COVERAGE.rows[name]
        found = measure(op, probes)
        beyond = [each for p in PRECISIONS for each in found[p].beyond(p)]
        moved = apart(row, Row(row.cases, found))
        assert not beyond and not moved, f"{name}, --rows-seed {seed}: {beyond + moved}; {HINT}"


@pytest.mark.parity
@pytest.mark.slow
def test_a_wrong_script_has_other_figures(probes: Probes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A constant that differs by a thousandth."""

    def edited(texts: Mapping[str, str], folder: Path, given: Any) -> dict[str, Path]:
        assert "eps=0.001" in texts["torch"]
        return write({**texts, "torch": texts["torch"].replace("0.001", "0.001001")}, folder, given)

    monkeypatch.setattr("harness.figures.write", edited)
    found = measure(layers()["GroupNorm"], probes)
    assert found["float64"].beyond("float64")
    assert apart(COVERAGE.rows["GroupNorm"], Row(0, found))
