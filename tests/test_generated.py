"""What is committed in generated/ and docs/ is what the sources make, and is clean."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import regenerate
from pages import ROOT

GENERATED = sorted(path for path in (ROOT / "generated").glob("*/*") if path.is_file())
HINT = "make it anew with `make generated` and read the diff"


@pytest.mark.parametrize("spec", regenerate.specs(), ids=lambda path: path.stem)
def test_scripts_are_fresh(spec: Path) -> None:
    for path, text in regenerate.scripts(spec).items():
        assert path.is_file(), HINT
        assert path.read_text(encoding="utf-8") == text, HINT


@pytest.mark.parametrize("page", regenerate.pages(), ids=lambda path: path.name)
def test_pages_are_fresh(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == regenerate.pages()[page], HINT


def test_nothing_is_left_over() -> None:
    made = {path for spec in regenerate.specs() for path in regenerate.scripts(spec)}
    assert set(GENERATED) == made


def clean(*tool: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_scripts_are_formatted_and_free_of_lint() -> None:
    clean("ruff", "format", "--check", "generated")
    clean("ruff", "check", "generated")


@pytest.mark.slow
def test_scripts_are_typed() -> None:
    # As modules of packages, so that one process takes them all in spite of their names.
    clean("mypy", "--strict", "--namespace-packages", "--explicit-package-bases", "generated")
