"""Every loss, optimizer, metric and scaling means the same in every backend, and what it should.

Each case is a small generated script. What it computes in float64 is held against the NumPy meaning
of the term (specc/meaning) and against the other backends; specc/parity/tolerances.py says how far
apart they may be, and why. A wrong meaning, one that a person might have written, must be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import coverage_terms
import pytest
from coverage_page import PAGE
from harness.term_figures import QUANTITIES, errors
from harness.term_wrong import WRONG
from harness.terms import Arrays, Use, able, backends, refusable, run, uses

pytestmark = [pytest.mark.parity, pytest.mark.slow]
USES = [*uses(), *refusable()]
HINT = "run `make coverage LAYERS=--terms`"
SEEN = 1e3
"""A mistake is seen where it is off by so many times what is allowed."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Arrays]:
    return run(USES, tmp_path_factory.mktemp("terms"))


@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.key} {use.case.about}")
def test_scripts_compute_what_is_meant(found: dict[str, Arrays], use: Use) -> None:
    limits = QUANTITIES[use.category]
    apart = errors(use, found)
    assert apart.keys() == limits.keys()
    for quantity, by_backend in apart.items():
        assert {*able(use)} <= {*by_backend}
        beyond = {name: e for name, e in by_backend.items() if not e <= limits[quantity].limit}
        assert not beyond, f"{quantity} of {use.title}: {limits[quantity].origin}"


def test_the_page_has_these_figures(found: dict[str, Arrays]) -> None:
    """Within a factor of ten, as those of layers."""
    written = coverage_terms.read(PAGE.read_text("utf-8"))
    measured = coverage_terms.rows(found)
    assert measured.keys() == written.keys(), HINT
    apart = {key: coverage_terms.moved(row, measured[key]) for key, row in written.items()}
    assert not any(apart.values()), (apart, HINT)


@pytest.mark.parametrize(
    ("category", "word", "title", "wrong"),
    WRONG,
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_wrong_meaning_is_seen(
    found: dict[str, Arrays], category: str, word: str, title: str, wrong: Callable[..., Any]
) -> None:
    seen = {backend: False for backend in backends()}
    for use in USES:
        if (use.category, use.cls.word()) == (category, word):
            for quantity, apart in errors(use, found, wrong).items():
                limit = SEEN * QUANTITIES[category][quantity].limit
                seen |= {backend: True for backend in able(use) if apart[backend] > limit}
    assert all(seen.values()), seen
