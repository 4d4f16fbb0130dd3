"""Every code has a page, each page's example gives its code, and what is shown is as committed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from specs_in_text import compiled

from specc.compile import Result, compile_text
from specc.diagnostics.codes import all_codes, explain
from specc.diagnostics.render import render
from specc.source import Source

HERE = Path(__file__).parent
SOURCES = HERE.parent / "specc"
# The parser's own examples are in test_syntax_errors.py.
EXPLAINED = [
    code
    for code in all_codes()
    if not code.startswith("E01") and (page := explain(code)) and page.bad
]


def compile_page(code: str, text: str) -> Result:
    needs_all = "train {" in text
    return compiled_as(f"{code}.cnn", text, buildable=needs_all)


def compiled_as(path: str, text: str, buildable: bool) -> Result:
    compiled(text, buildable=buildable)  # checks all places
    source = Source(path, text)
    return compile_text(source, name=path, buildable=buildable)


@pytest.mark.parametrize("code", EXPLAINED)
def test_bad_example_gives_its_code_and_good_one_none(
    code: str, golden: Callable[[Path, str], None]
) -> None:
    page = explain(code)
    assert page and page.bad and page.good and page.text
    found = compile_page(code, page.bad).diagnostics
    assert [diagnostic.code for diagnostic in found] == [code]
    assert compile_page(code, page.good).diagnostics == []
    golden(HERE / "errors" / f"{code}.stderr", render(found))


@pytest.mark.parametrize("code", EXPLAINED)
def test_fix_leaves_no_error_at_its_place(code: str) -> None:
    page = explain(code)
    assert page and page.bad
    (found,) = compile_page(code, page.bad).diagnostics
    if found.fix is None:
        return
    (edit,) = found.fix.edits
    mended = page.bad[: edit.span.start] + edit.text + page.bad[edit.span.end :]
    assert all(d.span.start > found.span.end for d in compile_page(code, mended).diagnostics)


def test_codes_and_pages_are_the_same() -> None:
    emitted: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        emitted |= set(re.findall('"([EW]0[0-9]{3})"', path.read_text("utf-8")))
    assert emitted == set(all_codes())


@pytest.mark.parametrize("code", all_codes())
def test_page_without_example_says_why(code: str) -> None:
    page = explain(code)
    assert page is not None
    assert (page.bad is None) == (page.good is None)
    assert page.bad is not None or re.search("^no example: ", page.text, re.MULTILINE)
    assert page.title and not page.title.endswith(".")


def test_no_snapshot_is_left_over() -> None:
    kept = {path.stem for path in (HERE / "errors").glob("*.stderr")}
    assert kept <= set(all_codes())
