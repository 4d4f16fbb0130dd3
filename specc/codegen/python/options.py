"""Keyword arguments of a framework's call, without those that say what it does anyway."""

from __future__ import annotations

from typing import Any


def options(**pairs: tuple[Any, Any]) -> dict[str, Any]:
    """Of `name=(value, the framework's own default)`, the values that differ from the default."""
    return {name: value for name, (value, default) in pairs.items() if value != default}
