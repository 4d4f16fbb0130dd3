"""Awkward names for what a drawn network names: words of scripts, frameworks and the language."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable
from functools import cache
from keyword import kwlist, softkwlist
from pathlib import Path
from random import Random

from specc.registry import CATEGORIES, known
from specc.terms import snake

TOKEN = re.compile(r"\b[zZ][a-z]\d+\b")
_WORD = re.compile(r"\b[A-Za-z]\w*")
_GENERATED = Path(__file__).parents[2] / "generated"


@cache
def awkward() -> tuple[str, ...]:
    """Names that mean something already: to Python, to scripts, to frameworks, or to specc."""
    found = {*dir(builtins), *kwlist, *softkwlist}
    for path in sorted(_GENERATED.rglob("*.py")):
        found.update(_WORD.findall(path.read_text("utf-8")))
    for category in CATEGORIES:
        for word in map(snake, known(category)):
            found |= {word, f"{word}1", f"{word}_1", f"{word}2"}
    return tuple(sorted({name[:1].lower() + name[1:] for name in found if name[:1].isalpha()}))


def renamed(random: Random, text: str, compiles: Callable[[str], bool]) -> str:
    """The spec with other names, those of some things awkward ones; each that the language does not
    take, which the compiler says, stays plain."""
    tokens = sorted(set(TOKEN.findall(text)))
    chosen = {token: random.choice(awkward()) for token in tokens if random.random() < 0.5}
    text = _with(text, plain(tokens))
    for token, name in chosen.items():
        old, new = plain([token])[token], name
        if token[0] == "Z":
            new = name[:1].upper() + name[1:]
        if re.search(rf"\b{new}\b", text) and token[1] in "vkl" and random.random() < 0.5:
            continue  # a word of this spec: half of the time it is tried all the same
        tried = _with(text, {old: new})
        if compiles(tried):
            text = tried
    return text


def plain(tokens: list[str]) -> dict[str, str]:
    """`v1` for `zv1`, `B2` for `Zb2`."""
    return {t: (t[1].upper() if t[0] == "Z" else t[1]) + t[2:] for t in tokens}


def _with(text: str, names: dict[str, str]) -> str:
    if not names:
        return text
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
    return pattern.sub(lambda found: names[found[0]], text)
