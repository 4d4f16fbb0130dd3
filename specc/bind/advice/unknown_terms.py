"""Reports of names that mean nothing where they stand."""

from __future__ import annotations

from typing import NoReturn

from specc.bind.advice.foreign import ADVICE, INPUTS_FIRST
from specc.bind.advice.near_misses import (
    article,
    foreign_term,
    nearest,
    other_category,
    replacement,
)
from specc.bind.advice.unbuilt import TERMS, unbuilt
from specc.bind.ground.report import Report
from specc.library.shipped import shipped_blocks
from specc.registry import known
from specc.source import Source, Span


def unknown_term(
    report: Report,
    category: str,
    name: str,
    source: Source,
    span: Span,
    extra: tuple[str, ...] = (),
) -> NoReturn:
    """Report a name that no term of the category (nor any of `extra`) has."""
    last = name.rpartition(".")[2]
    if name in TERMS.get(category, ()):
        unbuilt(report, f"the {category} `{name}`", source, span, "take another one for now")
    meant = foreign_term(category, name)
    advice = None if meant or category != "layer" else ADVICE.get(last) or _shipped(name)
    if meant is None and advice is None:
        meant = nearest(name, [*known(category), *extra])
    report.fail(
        "E0201",
        f"unknown {category} `{name}`",
        source,
        span,
        help=advice or _helped(category, name, meant),
        fix=replacement(span, meant) if meant and advice is None else None,
    )


def _helped(category: str, name: str, meant: str | None) -> str:
    other = other_category(category, name)
    if meant is None and other is not None:
        return f"`{name}` is {article(other)} {other}"
    if meant is None:
        return (
            listed(known(category))
            if len(known(category)) < 15
            else "`specc layers` lists what there is"
        )
    if name.rpartition(".")[2] in INPUTS_FIRST:
        return f"write `{meant}`; the number of input channels is worked out and left out"
    return f"did you mean `{meant}`?"


def _shipped(name: str) -> str | None:
    block = shipped_blocks().get(name)
    if block is None:
        return None
    return f"`{block.signature}` is a block of the library: write `{block.needs}` first"


def listed(names: list[str]) -> str:
    return "there are " + ", ".join(f"`{name}`" for name in names)
