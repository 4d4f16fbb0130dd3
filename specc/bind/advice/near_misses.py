"""Near misses: what a wrong name was meant to be."""

from __future__ import annotations

from collections.abc import Iterable

from specc.diagnostics.model import Edit, Fix
from specc.registry import CATEGORIES, every, known
from specc.source import Span

_LONGEST = 60
"""A longer name is no slip of a finger, and comparing it would take its time."""


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """The choice that is the same but for case and underscores, or else spelt most alike."""
    if len(name) > _LONGEST:
        return None
    pool = sorted(choices)
    folded = {choice.replace("_", "").lower(): choice for choice in pool}
    exact = folded.get(name.replace("_", "").lower())
    if exact is not None:
        return exact
    from difflib import get_close_matches  # only a file with an error pays for it

    close = get_close_matches(name, pool, n=1, cutoff=0.7)
    return close[0] if close else None


def meant(name: str, choices: Iterable[str]) -> str | None:
    """The choice that a name with or without a module before it means: `nn.ReLU` is `relu`."""
    return nearest(name.rpartition(".")[2], choices)


def foreign_term(category: str, name: str) -> str | None:
    """The specc name of what Keras or PyTorch calls `name` (`nn.Conv2d` -> `Conv2D`)."""
    last = name.rpartition(".")[2]
    for cls in every(category):
        if name in cls.foreign or last in cls.foreign or last == cls.word():
            return cls.word()
    return None


def as_layer(name: str, words: Iterable[str], args: str | None = None) -> str | None:
    """The advice to write a layer, where its name stands for an activation: `prelu`, `elu(0.1)`."""
    folded = name.replace("_", "").lower()
    layer = {each.lower(): each for each in known("layer")}.get(folded)
    plain = {word.replace("_", "") for word in words}
    if layer is None or "relu" not in plain or (args is None and folded in plain):
        return None
    why = "is a layer of its own" if args is None else "takes arguments as a layer of its own"
    return f"`{layer}` {why}: write `-> {layer}{args or ''}` behind this one"


def other_category(category: str, name: str) -> str | None:
    """The category that does know `name`, for "`adam` is an optimizer"."""
    return next((other for other in CATEGORIES if other != category and name in known(other)), None)


def replacement(span: Span, text: str) -> Fix:
    return Fix(f"replace by `{text}`", (Edit(span, text),))


def article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"
