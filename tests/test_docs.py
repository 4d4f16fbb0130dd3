"""The documentation is true: its commands give what it shows, and its specs compile."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from pages import DOCS, PAGES, ROOT, Block, blocks, refreshed

from specc.compile import compile_text
from specc.diagnostics import codes
from specc.registry import CATEGORIES, known
from specc.source import Source

RUN = [page for page in PAGES if any(b.language == "console" or b.info for b in blocks(page))]
BODY = "model shown {{\n input 32x32x3\n{}\n}}\n"


def specs(info: str) -> list[tuple[Path, Block]]:
    return [
        (page, block)
        for page in PAGES
        for block in blocks(page)
        if block.language == "cnn" and block.info == info
    ]


def place(value: object) -> str:
    return value.name if isinstance(value, Path) else f"{getattr(value, 'line', '')}"


def found(text: str) -> list[str]:
    result = compile_text(Source("page.cnn", text))
    return [f"{d.code}: {d.message}" for d in result.diagnostics]


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_a_page_shows_what_really_comes_out(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == refreshed(page), "make it anew with `make generated`"


@pytest.mark.parametrize(("page", "block"), specs(""), ids=place)
def test_whole_specs_have_no_errors(page: Path, block: Block) -> None:
    assert found(block.text) == []


@pytest.mark.parametrize(("page", "block"), specs("body"), ids=place)
def test_bodies_have_no_errors(page: Path, block: Block) -> None:
    assert found(BODY.format(block.text)) == []


@pytest.mark.parametrize(("page", "block"), specs("later"), ids=place)
def test_what_is_not_built_yet_is_refused(page: Path, block: Block) -> None:
    """When it is built, the page must say so."""
    assert [message[:5] for message in found(block.text)] == ["E0901"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[\w-]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_pages_speak_of_codes_that_exist() -> None:
    for page in PAGES:
        for code in set(re.findall(r"\b[EW]\d{4}\b", page.read_text(encoding="utf-8"))):
            assert codes.explain(code), f"{page.name}: {code}"


def test_the_settings_that_are_not_built_are_all_named() -> None:
    from specc.bind.sections.read import NOT_BUILT

    text = (DOCS / "language.md").read_text(encoding="utf-8")
    listed = text[text.index("## Not built yet") :]
    for names in NOT_BUILT.values():
        for name in names:
            assert f"`{name}" in listed, name


def test_the_reference_has_every_name() -> None:
    text = (DOCS / "layers.md").read_text(encoding="utf-8")
    for category in CATEGORIES:
        for name in known(category):
            assert f"### {name}\n" in text, name


def test_what_a_layer_takes_is_counted() -> None:
    text = (DOCS / "adding-a-layer.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w/]+\.py)` \| `(\w+)` \| (\d+) \|$", text, re.MULTILINE)
    assert len(rows) == 5
    for file, name, lines in rows:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        (made,) = (node for node in tree.body if getattr(node, "name", None) == name)
        assert isinstance(made, ast.ClassDef | ast.FunctionDef) and made.end_lineno
        first = min([made.lineno, *(each.lineno for each in made.decorator_list)])
        assert made.end_lineno - first + 1 == int(lines), file
    assert f"That is {sum(int(lines) for *_, lines in rows)} lines of code" in text
    # Nothing else in the compiler knows the layer by its name.
    files = [
        path for folder in ("specc", "backends", "grammar") for path in ROOT.glob(f"{folder}/**/*")
    ]
    code = [path for path in files if path.suffix in (".py", ".j2", ".lark", ".md", ".cnn")]
    naming = {
        path.relative_to(ROOT).as_posix()
        for path in code
        if re.search("dynamic_?tanh", path.read_text(encoding="utf-8"), re.IGNORECASE)
    }
    assert naming == {file for file, *_ in rows}


def test_the_readme_names_every_command() -> None:
    from specc.cli.main import app

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert command.callback
        name = command.name or command.callback.__name__
        assert f"specc {name}" in text, name
