"""Level L2: the gradient of every tensor, those that are small beside others each for itself."""

from __future__ import annotations

import numpy as np

from specc.parity import causes, compare, locate
from specc.parity.case import Answer, Array
from specc.parity.pair import Pair
from specc.parity.report import Difference, Level
from specc.parity.tolerances import ROUNDING

_NO_GRADIENT = 1e-10
"""A network without a gradient above it learns nothing."""
_SMALL = 1e-6
"""Beside the largest: the distance of all tensors together would not show what is wrong here."""
_FLOOR = 1e-2
"""Beside the largest. A small gradient is a sum of larger numbers: sums of some 10^6 leave 1e-13 of
them, which the tolerance of 1e-11 allows for at this size."""


def gradients(pair: Pair) -> Level:
    """L2. In float64 it says which tensors' gradients are rounding (`pair.idle`)."""
    ones = pair.a.group("gradient/")
    wrong = locate.missing(pair.a, pair.b, "gradient/", "gradient")
    if pair.exact and not wrong:
        pair.idle = _rounding(pair.a) & _rounding(pair.b)
    names = pair.learning
    sizes = {name: _size(ones[name]) for name in names if name in ones}
    least = min(sizes, key=lambda name: sizes[name], default="")
    alive = f"{len(names)} tensors, least gradient {sizes.get(least, 0):.1e} of `{least}`"
    if dead := "" if wrong else _dead(pair, sizes):
        return pair.level(2, "gradients", lambda: None, dead=dead)

    pair.check("gradients", float("inf") if wrong else pair.compared("gradient/"), "gradients")
    most = max(map(compare.norm, ([one] for one in ones.values())), default=0.0)
    small = [name for name, size in sizes.items() if size <= _SMALL * max(sizes.values())]
    if pair.exact and small and not wrong:
        error = max(_apart(pair, name, most) for name in small)
        pair.check("small gradients, each for itself", error, "gradients")
    return pair.level(2, "gradients", lambda: wrong or first_gradient(pair), alive=alive)


def _size(gradient: Array) -> float:
    return float(np.abs(gradient).max(initial=0))


def _rounding(answer: Answer) -> frozenset[str]:
    """The tensors whose gradient is nothing but rounding beside the largest one."""
    sizes = {name: _size(gradient) for name, gradient in answer.group("gradient/").items()}
    most = max(sizes.values(), default=0.0)
    return frozenset(name for name, size in sizes.items() if size <= ROUNDING * most)


def _dead(pair: Pair, sizes: dict[str, float]) -> str:
    """Why the network proves nothing; both sides are asked, as one may have a bug."""
    if not pair.a.trainable:
        return "the network has nothing to train"
    if absent := [name for name in pair.learning if name not in sizes]:
        return f"`{absent[0]}` has no gradient"
    every = [g for answer in (pair.a, pair.b) for g in answer.group("gradient/").values()]
    most = max(map(_size, every))
    return "" if most > _NO_GRADIENT else f"no gradient is above {_NO_GRADIENT:g}: {most:.1e}"


def _apart(pair: Pair, name: str, most: float) -> float:
    """The distance of one tensor's gradients, of a very small one relative to the largest."""
    one, other = (answer.group("gradient/")[name] for answer in (pair.a, pair.b))
    size = max(compare.norm([one]), _FLOOR * most)
    return compare.norm([one - other]) / size


def first_gradient(pair: Pair) -> Difference | None:
    size = len(pair.a.arrays[pair.a.outputs("logits")[0]])
    # Back from the loss: what is wrong there makes all that comes before it wrong.
    return locate.in_tensors(
        pair.a,
        pair.b,
        "gradient/",
        "gradient",
        pair.limit("gradients"),
        lambda _, one, other: causes.of_gradient(one, other, size),
        reversed(pair.learning),
    )
