"""Bugs in a generated script are caught at the promised level, and the right place is blamed.

How far a caught bug must be off is the tolerance of its check, in specc/parity/tolerances.py.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from mutations.mutant import FOLDER, IN_USE, Later, Mutant, later
from mutations.page import PAGE, SEEDS, is_blamed, is_caught, promises
from mutations.suite import BUGS, MUTANTS, SPECS, Suite, Verdict, built, suite

from specc.compile import compile_file
from specc.parity import Probes

HINT = "run `python tests/mutations/run.py --write`"


@cache
def program(script: str) -> str:
    """What a script says, without its comments and layout."""
    return ast.unparse(ast.parse(script))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_another_program(mutant: Mutant) -> None:
    script = built(mutant.bug.spec).scripts[mutant.backend]
    assert ast.unparse(ast.parse(mutant.of(script))) != program(script)


def test_each_bug_is_in_both_backends_or_says_why_not() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS)
    for bug in BUGS:
        assert (len(bug.edits) == 2) != bool(bug.absent), bug.name


def test_the_page_names_all_mutants() -> None:
    wanted = {(m.bug.name, m.backend, m.bug.spec, f"L{m.bug.level}") for m in MUTANTS}
    text = PAGE.read_text("utf-8")
    assert promises(text) == wanted, HINT
    for bug in later():
        assert f"- {bug.name}: `{bug.needs}`" in text, HINT


@pytest.mark.parametrize("bug", later(), ids=lambda bug: bug.name)
def test_what_is_not_tried_is_not_built(bug: Later, tmp_path: Path) -> None:
    """Otherwise the bugs of a feature must become mutants."""
    text = (FOLDER / "specs" / f"{bug.spec}.cnn").read_text("utf-8")
    assert text.count(bug.edit.old) == 1
    spec = tmp_path / "later.cnn"
    spec.write_text(text.replace(bug.edit.old, bug.edit.new), "utf-8")
    found = compile_file(spec, buildable=True).diagnostics
    assert [each.code for each in found if each.severity == "error"] == ["E0901"], found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, probes: Probes) -> Iterator[Suite]:
    with suite(tmp_path_factory.mktemp("mutations"), probes) as opened:
        yield opened


@pytest.fixture(scope="module")
def verdicts(run: Suite) -> dict[str, Verdict]:
    return run.mutants(mutant for mutant in MUTANTS if mutant.often)


@pytest.mark.parity
@pytest.mark.slow
def test_scripts_without_a_bug_pass_with_other_seeds(run: Suite) -> None:
    """Each spec has two of the seeds, each seed two of the specs; the page has all with all."""
    turned = zip(SPECS, SEEDS, (*SEEDS[1:], SEEDS[0]), strict=True)
    cases = [(spec, seed) for spec, *seeds in turned for seed in seeds]
    for verdict in run.originals(cases):
        assert verdict.passed, verdict


@pytest.mark.parity
@pytest.mark.slow
def test_scripts_are_taken_as_a_user_does_by_default(run: Suite) -> None:
    verdict = run.original("used")
    assert verdict.passed and verdict.level == IN_USE, verdict


@pytest.mark.parity
@pytest.mark.slow
@pytest.mark.parametrize(
    "mutant", [each for each in MUTANTS if each.often], ids=lambda mutant: mutant.name
)
def test_a_bug_is_caught(mutant: Mutant, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[mutant.name]
    assert not verdict.broken, "a mutant must run: what crashes needs no proof"
    assert is_caught(mutant, verdict), verdict
    assert is_blamed(mutant, verdict), verdict
