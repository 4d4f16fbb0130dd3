"""Finds the terms of the language by name, importing only the module that holds the one asked for.

In a module of terms every public class at the top level is a term, so a look at the source text
tells which names it holds. A third party adds terms through entry points of the groups
`specc.layers`, `specc.losses`, `specc.optimizers` and so on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from specc.points import points
from specc.terms import Term, snake

_CLASS = re.compile(r"^class ([A-Z]\w*)\(", re.MULTILINE)
_HOMES = {
    "layer": ("specc.ops", ()),
    "initializer": ("specc.train", ("initializers",)),
    "loss": ("specc.train", ("losses",)),
    "optimizer": ("specc.train", ("optimizers",)),
    "metric": ("specc.train", ("metrics",)),
    "source": ("specc.data", ("sources",)),
    "scaling": ("specc.data", ("scalings",)),
}
CATEGORIES = tuple(_HOMES)
_NOT_LAYERS = ("__init__", "base", "geometry")


@cache
def names(category: str) -> dict[str, str]:
    """The built-in names of a category, each with its module and class as `module:Class`."""
    package, modules = _HOMES[category]
    found: dict[str, str] = {}
    folder = files(package)
    chosen = modules or sorted(
        path.name[:-3]
        for path in folder.iterdir()
        if path.name.endswith(".py") and path.name[:-3] not in _NOT_LAYERS
    )
    for module in chosen:
        text = (folder / f"{module}.py").read_text(encoding="utf-8")
        for name in _CLASS.findall(text):
            found[name if category == "layer" else snake(name)] = f"{package}.{module}:{name}"
    return found


def group(category: str) -> str:
    """The entry points of a category: `specc.losses`."""
    return f"specc.{category}{'es' if category.endswith('s') else 's'}"


@cache
def _third_party(category: str) -> dict[str, Any]:
    return {point.name: point for point in points(group(category))}


def find(category: str, name: str) -> type[Term] | None:
    """The class of a name, or None."""
    target = names(category).get(name)
    if target is not None:
        module, _, cls = target.partition(":")
        return getattr(import_module(module), cls)  # type: ignore[no-any-return]
    point = _third_party(category).get(name)
    return None if point is None else point.load()


def known(category: str) -> list[str]:
    """Every name of a category, third parties' too."""
    return sorted({*names(category), *_third_party(category)})


def every(category: str) -> Iterator[type[Term]]:
    """Every class of a category, in the order of names."""
    for name in known(category):
        cls = find(category, name)
        assert cls is not None
        yield cls
