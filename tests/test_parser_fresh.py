"""The table that is walked at run time is the one of the grammar."""

from __future__ import annotations

import runpy
import sys
from importlib.resources import files
from pathlib import Path

import lark
import pytest

GRAMMAR = files("specc.grammar")


def test_tables_are_fresh() -> None:
    build = runpy.run_path(str(Path(str(GRAMMAR)) / "build.py"))
    fresh = build["tables"]()
    committed = GRAMMAR.joinpath("tables.py").read_text("utf-8")
    assert fresh == committed, f"the grammar has changed: run `{build['COMMAND']}`"


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    # Lark settles a shift/reduce conflict on its own and only logs it.
    with caplog.at_level("DEBUG", logger=lark.logger.name):
        lark.Lark(GRAMMAR.joinpath("cnn.lark").read_text("utf-8"), parser="lalr", debug=True)
    assert "conflict" not in caplog.text.lower()


def test_the_conflict_test_can_fail(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger=lark.logger.name):
        lark.Lark('start: "a" | start start', parser="lalr", debug=True)
    assert "conflict" in caplog.text.lower()


def test_parsing_does_not_import_lark() -> None:
    import subprocess

    code = (
        "import sys; from specc.parse import parse; from specc.source import Source;"
        "parse(Source('a', 'model a { Flatten() }'));"
        "sys.exit('lark' in sys.modules or 'specc.diagnostics.codes' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
