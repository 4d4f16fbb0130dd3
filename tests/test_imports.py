"""Which package of specc imports which: no circle, and nothing below the compiler reaches up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "specc"
Graph = dict[str, set[str]]

KNOWN = {
    # Bodies hold chains, chains hold blocks, and blocks have bodies: the walk over them recurs.
    "the expansion": {
        f"specc.bind.model.{name}" for name in ("blocks", "chains", "expand", "inputs")
    },
}
"""Circles of modules that are there, by what they do together."""


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST, modules: set[str]) -> Iterator[str]:
    """The modules among those given that a source imports, at its top, within a function or for
    types alone.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            home = node.module or ""
            for alias in node.names:
                full = f"{home}.{alias.name}"
                if full in modules or home in modules:
                    yield full if full in modules else home


@cache
def imports() -> Graph:
    paths = {name_of(path): path for path in ROOT.rglob("*.py")}
    return {
        name: {*imported(ast.parse(path.read_text(encoding="utf-8")), {*paths})} - {name}
        for name, path in paths.items()
    }


def package_of(module: str) -> str:
    """The package that a module lies in; what lies beside packages stands for itself."""
    home, _, name = module.rpartition(".")
    folder = ROOT.parent / home.replace(".", "/")
    if (ROOT.parent / module.replace(".", "/")).is_dir():
        return module
    beside = any((path / "__init__.py").is_file() for path in folder.iterdir())
    return module if beside else home


def joined(graph: Graph, whole: dict[str, str]) -> Graph:
    """The graph of what the nodes belong to."""
    found: Graph = {}
    for node, others in graph.items():
        found.setdefault(whole[node], set()).update(whole[other] for other in others)
    return {node: others - {node} for node, others in found.items()}


def circle(graph: Graph) -> list[str]:
    """The nodes of a circle, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_the_imports_are_read() -> None:
    found = imports()
    assert "specc.bind.file.items" in found["specc.compile"]
    assert "specc.codegen.script.context" in found["specc.weights.initial"]


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    assert circle({"a": {"b", "c"}, "b": {"c"}}) == []


def test_packages_import_each_other_in_no_circle() -> None:
    packages = {module: package_of(module) for module in imports()}
    assert circle(joined(imports(), packages)) == []


def test_rooms_at_the_top_import_each_other_in_no_circle() -> None:
    """The same for whole trees of packages: all of `bind`, all of `codegen`."""
    trees = {module: ".".join(module.split(".")[:2]) for module in imports()}
    assert circle(joined(imports(), trees)) == []


def test_modules_import_each_other_in_no_circle_but_the_known_ones() -> None:
    modules = {module: module for module in imports()}
    for name, members in KNOWN.items():
        modules |= dict.fromkeys(members, name)
    assert circle(joined(imports(), modules)) == []


@pytest.mark.parametrize(
    ("upper", "users"),
    [
        ("specc.compile", {"specc.building", "specc.cli", "specc.data_check", "specc.lacking"}),
        ("specc.cli", {"specc.__main__"}),
    ],
)
def test_nothing_below_reaches_up(upper: str, users: set[str]) -> None:
    trees = {module: ".".join(module.split(".")[:2]) for module in imports()}
    graph = joined(imports(), trees)
    assert {node for node, others in graph.items() if upper in others} <= users
