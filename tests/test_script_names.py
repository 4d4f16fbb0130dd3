"""Names in generated scripts: none hides another, and none is a private word of this project."""

from __future__ import annotations

import ast

import pytest
import regenerate
from harness.python_names import functions, local_names

SCRIPTS = {
    f"{path.parent.name}/{path.name}": text
    for spec in regenerate.specs()
    for path, text in regenerate.scripts(spec).items()
    if path.suffix == ".py"
}
PRIVATE = {"by", "room", "wild", "sweep"}


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_no_local_name_hides_a_name_of_the_script(text: str) -> None:
    tree = ast.parse(text)
    own = {s.name for s in tree.body if isinstance(s, ast.FunctionDef | ast.ClassDef)}
    hidden = {(f.name, name) for f in functions(tree) for name in local_names(f) & own}
    assert not hidden


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_names_are_the_fields(text: str) -> None:
    tree = ast.parse(text)
    named = {function.name for function in functions(tree)}
    assert not named & {*PRIVATE, "test"}  # pytest would take `test` for one of its own
    assert not {name for f in functions(tree) for name in local_names(f)} & PRIVATE
