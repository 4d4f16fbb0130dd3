"""The entry points of installed packages: what third parties bring, and specc's own backends."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any


@cache
def _every() -> Any:
    return entry_points()


def points(group: str, name: str | None = None) -> list[EntryPoint]:
    """Those of a group, or of a name in it. All packages are read once for all groups."""
    return [p for p in _every().select(group=group) if name is None or p.name == name]
