"""Names in generated scripts: none hides another, and none is a private word of this project."""

from __future__ import annotations

import ast

import pytest
import regenerate

SCRIPTS = {
    f"{path.parent.name}/{path.name}": text
    for spec in regenerate.specs()
    for path, text in regenerate.scripts(spec).items()
    if path.suffix == ".py"
}
PRIVATE = {"by", "room", "wild", "sweep"}


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def local_names(function: ast.FunctionDef) -> set[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    stored = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return stored | {argument.arg for argument in every}


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
