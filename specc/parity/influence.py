"""Whether tensors without a gradient have an influence, or what follows removes it.

A bias before a normalization has the true gradient 0: only rounding is left of it. That is seen at
other weights than the initial ones, moved by a tenth of themselves, as a factor that begins at 0
hides a gradient there. A tensor is excused where its gradient is rounding at both places, and where
moving it alone leaves outputs and loss of a training batch where they were, in every backend.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from specc.parity import compare, gradient, levels
from specc.parity.case import Answer, Move
from specc.parity.pair import Pair
from specc.parity.report import Level
from specc.parity.trajectory import kept

ELSEWHERE = Move(0.1, 41)
_VISIBLE = 0.1
_SAME = 1e-10
"""How far outputs may go where a tensor has no influence. Rounding: 1e-15 to 1e-13."""
_ALONE = 43

Ask = Callable[[tuple[Move, ...]], list[Answer]]
"""Has the first batch of every script computed from moved weights."""
Join = Callable[[list[Answer]], list[Pair]]


def settled(found: Level, pairs: Sequence[Pair], ask: Ask, join: Join) -> Level:
    """L2 with a word on each tensor without a gradient."""
    idle = [name for name in pairs[0].a.trainable if any(name in pair.idle for pair in pairs)]
    if not idle:
        return found
    base = ask((ELSEWHERE,))
    first = [pairs[0].a, *(pair.b for pair in pairs)]
    if stuck := _stuck(first, base, pairs[0].a.trainable):
        return replace(found, status="did not run", note=stuck)
    others = join(base)
    for level in map(gradient.gradients, others):
        if not level.passed:
            note = f"with all weights moved by a tenth: {level.note}".removesuffix(": ")
            return replace(level, note=note)
    still = tuple(name for name in idle if all(name in pair.idle for pair in others))
    late = [name for name in idle if name not in still]
    if still and (why := _felt(still, base, ask)):
        return replace(found, status="did not run", note=why)
    return replace(found, removed=still, late=tuple(late))


def _felt(names: tuple[str, ...], base: list[Answer], ask: Ask) -> str:
    """What speaks against tensors that have no influence; empty where nothing does."""
    shifted = ask((ELSEWHERE, Move(_VISIBLE, _ALONE, names)))
    if stuck := _stuck(base, shifted, names):
        return stuck
    if all(_same(*pair) for pair in zip(base, shifted, strict=True)):
        return ""
    half = len(names) // 2
    if not half:
        return f"`{names[0]}` gets no gradient, although the outputs depend on it"
    return _felt(names[:half], base, ask) or _felt(names[half:], base, ask)


def _stuck(before: list[Answer], after: list[Answer], names: Sequence[str]) -> str:
    """Whether a weight stands where it stood: then its move has shown nothing."""
    for one, other in zip(before, after, strict=True):
        for name in (f"parameter/0/{name}" for name in names):
            if np.array_equal(one.arrays[name], other.arrays[name]):
                tensor = name.rpartition("/")[2]
                return f"`{tensor}` of {one.backend} was not moved: its influence is not known"
    return ""


def _same(one: Answer, other: Answer) -> bool:
    apart = [compare.relative(one.arrays[n], other.arrays[n]) for n in one.outputs("logits")]
    return max(*apart, compare.numbers(one.losses[:1], other.losses[:1])) <= _SAME


def unlearnt(level: Level, pairs: Sequence[Pair], late: Sequence[str]) -> Level:
    """L4, whose updates must have moved what had no gradient in the first of them."""
    step = kept(pairs[0].a)[-1]
    for pair in pairs:
        if dead := levels.movement(pair, step, late)[1]:
            return replace(level, status="did not run", note=f"{dead} in {step} updates")
    return level


def varying(level: Level, ask: Ask) -> Level:
    """L1, where the outputs are rounding at the initial weights: whether they can be more."""
    alive, still = levels.varied(ask((ELSEWHERE,))[0], "logits")
    if not still:
        return replace(level, note=f"{level.note}; with other weights {alive}")
    said = level.note.replace("are rounding", "cannot depend on the inputs: they are rounding")
    return replace(level, note=f"{said}, and vary by no more with other weights")
