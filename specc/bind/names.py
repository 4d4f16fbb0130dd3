"""Near misses: what a wrong name was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from specc.diagnostics.model import Edit, Fix
from specc.registry import every, known
from specc.source import Span

CATEGORIES = ("layer", "loss", "optimizer", "metric", "source", "scaling", "initializer")


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """The choice that is the same but for case and underscores, or else spelt most alike."""
    pool = list(choices)
    folded = {choice.replace("_", "").lower(): choice for choice in pool}
    exact = folded.get(name.replace("_", "").lower())
    if exact is not None:
        return exact
    close = get_close_matches(name, pool, n=1, cutoff=0.7)
    return close[0] if close else None


def foreign_term(category: str, name: str) -> str | None:
    """The specc name of what Keras or PyTorch calls `name` (`nn.Conv2d` -> `Conv2D`)."""
    last = name.rpartition(".")[2]
    for cls in every(category):
        if name in cls.foreign or last in cls.foreign:
            return cls.word()
    return None


def other_category(category: str, name: str) -> str | None:
    """The category that does know `name`, for "`adam` is an optimizer"."""
    return next((other for other in CATEGORIES if other != category and name in known(other)), None)


def replacement(span: Span, text: str) -> Fix:
    return Fix(f"replace by `{text}`", (Edit(span, text),))
