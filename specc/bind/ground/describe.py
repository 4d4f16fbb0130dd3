"""Values as a reader of a message would call them."""

from __future__ import annotations

from typing import Any

from specc.bind.ground.graph import InputValue, NodeValue
from specc.kinds import Text

_LONG = 60


def describe(value: Any) -> str:
    """A value as found: short, whatever its length."""
    if isinstance(value, Text):
        return f'the string "{_cut(value)}"'
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f"the word `{_cut(value)}`"
    if isinstance(value, tuple):
        if 1 < len(value) < 10 and all(type(item) is int and item >= 0 for item in value):
            return f"`{dims(value)}`"
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, InputValue | NodeValue):
        return f"a value of shape {dims(value.shape)}"
    noun = getattr(value, "noun", None)
    return noun if isinstance(noun, str) else f"`{value}`"


def dims(shape: tuple[int, ...]) -> str:
    """`64x64x3`."""
    return "x".join(map(str, shape))


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}..."
