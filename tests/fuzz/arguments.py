"""Arguments of any term, drawn from the kinds of its fields alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Any

from specc import kinds
from specc.kinds import Kind, Mismatch
from specc.nested import TermOf
from specc.ops.base import Dims
from specc.registry import every
from specc.spelling import number
from specc.terms import Term, kind_of

_NUMBERS = (0.0, 1e-3, 0.01, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 1.0, 1.5, 2.0, -0.3, -1.0)
_FACTORS = (0.25, 0.5, 2.0, 3.0)


class Unknown(Exception):
    """A kind that nothing can be drawn of: the term's cases must do."""


def call(random: Random, cls: type[Term], dims: Dims = ()) -> str:
    """A call of a term. dims: what it works on, of which sizes that divide are tried."""
    given = []
    for name, field in cls.model_fields.items():
        if not field.is_required() and random.random() < 0.6:
            continue
        try:
            text = value(random, kind_of(field), dims, field.default)
        except Unknown:
            if field.is_required():
                raise
            continue
        given.append(f"{name}={text}")
    return f"{cls.word()}({', '.join(given)})" if given else cls.word()


def term(random: Random, category: str, dims: Dims = ()) -> str:
    """A call of any term of a category: one of its cases, or one drawn."""
    return of(random, random.choice(list(every(category))), dims)


def of(random: Random, cls: type[Term], dims: Dims = ()) -> str:
    if cls.cases and random.random() < 0.4:
        return random.choice(cls.cases).text
    try:
        return call(random, cls, dims)
    except Unknown:
        if not cls.cases:
            raise
        return random.choice(cls.cases).text


def value(random: Random, kind: Kind, dims: Dims, default: Any = None) -> str:
    """A value that a kind takes, as a spec writes it."""
    for known, draw in _DRAWS.items():
        if isinstance(kind, known):
            return draw(random, kind, dims, default)
    raise Unknown(type(kind).__name__)


def _whole(random: Random, kind: Any, dims: Dims, default: Any) -> str:
    whole = [n for n in range(1, 7) if dims and dims[-1] % n == 0]
    chosen = random.choice([*range(kind.low, kind.low + 6), *whole, *whole])
    return str(min(max(chosen, kind.low), kind.high))


def _number(random: Random, kind: Any, dims: Dims, default: Any) -> str:
    scaled = [default * factor for factor in _FACTORS] if isinstance(default, float) else []
    # A default says of what size such a number is; 0 says that there need be none.
    near = [n for n in scaled if n] and random.random() < 0.8
    return number(random.choice([n for n in (scaled if near else _NUMBERS) if _takes(kind, n)]))


def _takes(kind: Kind, given: Any) -> bool:
    try:
        kind.accept(given)
    except Mismatch:
        return False
    return True


def _boolean(random: Random, kind: Any, dims: Dims, default: Any) -> str:
    return random.choice(("true", "false"))


def _word(random: Random, kind: Any, dims: Dims, default: Any) -> str:
    return str(random.choice(kind.words))


def _extent(random: Random, kind: Any, dims: Dims, default: Any) -> str:
    numbers = [random.randint(kind.low, kind.low + 2) for _ in range(kind.rank)]
    return str(numbers[0]) if random.random() < 0.4 else "x".join(map(str, numbers))


def _pads(random: Random, kind: Any, dims: Dims, default: Any) -> str:
    if kind.words and random.random() < 0.6:
        return str(random.choice(kind.words))
    sides = [(random.randint(0, 2), random.randint(0, 2)) for _ in range(kind.rank)]
    match random.randint(0, 2):
        case 0:
            return str(sides[0][0])
        case 1 if kind.rank > 1:
            return f"({', '.join(str(one) for one, _ in sides)})"
    written = ", ".join(f"({one}, {other})" for one, other in sides)
    return written if kind.rank == 1 else f"({written})"


def _sizes(random: Random, kind: Any, dims: Dims, default: Any) -> str:
    """An order of the axes, or another shape of as many numbers."""
    axes = list(range(1, len(dims) + 1))
    random.shuffle(axes)
    if random.random() < 0.5 and axes:
        return "x".join(map(str, axes))
    rest, found = math.prod(dims), list[int]()
    for _ in range(random.randint(0, 2)):
        part = random.choice([n for n in range(1, rest + 1) if rest % n == 0])
        rest, found = rest // part, [*found, part]
    return "x".join(map(str, [*found, rest]))


def _many(random: Random, kind: Any, dims: Dims, default: Any) -> str:
    count = dims[-1] if dims and random.random() < 0.5 else 1
    return f"[{', '.join(value(random, kind.item, dims) for _ in range(count))}]"


def _maybe(random: Random, kind: Any, dims: Dims, default: Any) -> str:
    return value(random, kind.item, dims)


def _term_of(random: Random, kind: Any, dims: Dims, default: Any) -> str:
    return term(random, kind.category)


_DRAWS: dict[type[Kind], Callable[[Random, Any, Dims, Any], str]] = {
    kinds.Whole: _whole, kinds.Number: _number, kinds.Boolean: _boolean, kinds.Word: _word,
    kinds.Extent: _extent, kinds.Pads: _pads, kinds.Sizes: _sizes, kinds.Many: _many,
    kinds.Maybe: _maybe, TermOf: _term_of,
}  # fmt: skip
