"""What was checked of scripts in use, and the first thing that is not as it must be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from specc.parity.case import Array
from specc.parity.report import Check, Difference
from specc.parity.tolerances import Tolerance

COUNTED = 0.5
"""The tolerance of what is counted: none may differ."""
_BITS = "bits are equal or they are not"


@dataclass
class Findings:
    """Checks in the order in which they are made: what comes first may be why another fails."""

    checks: list[Check] = field(default_factory=list)
    first: Difference | None = None

    def equal(self, what: str, found: Iterable[Difference | None]) -> bool:
        """Note what differs though it must not; whether nothing does."""
        apart = [each for each in found if each is not None]
        self.checks.append(Check(what, float(len(apart)), COUNTED, _BITS))
        self.first = self.first or next(iter(apart), None)
        return not apart

    def near(self, what: str, tolerance: Tolerance, found: Difference | None) -> bool:
        """Note the largest difference of numbers; whether it is within a tolerance."""
        error = 0.0 if found is None else found.error
        self.checks.append(Check(what, error, tolerance.limit, tolerance.origin))
        if error > tolerance.limit:
            self.first = self.first or found
        return error <= tolerance.limit


def apart(
    quantity: str,
    name: str,
    cause: str,
    values: Mapping[str, float] | None = None,
    index: tuple[int, ...] = (),
    error: float = 1.0,
) -> Difference:
    return Difference("", quantity, name, index, dict(values or {}), error, cause)


def unlike(
    quantity: str,
    ones: Mapping[str, Array],
    others: Mapping[str, Array],
    names: tuple[str, str],
    cause: str,
) -> Difference | None:
    """The first tensor whose bits differ. names: of the two sides."""
    for name in {**ones, **others}:
        one, other = ones.get(name), others.get(name)
        if one is None or other is None:
            return apart(quantity, name, f"only {names[other is not None]} has it")
        if one.shape != other.shape or one.tobytes() != other.tobytes():
            index: tuple[int, ...] = ()
            values: dict[str, float] = {}
            if one.shape == other.shape:
                places = np.argwhere(one != other)
                index = tuple(map(int, places[0])) if len(places) else ()
                values = dict(zip(names, (float(one[index]), float(other[index])), strict=True))
            return apart(quantity, name, cause, values, index)
    return None


def farthest(
    quantity: str,
    ones: Mapping[str, float],
    others: Mapping[str, float],
    names: tuple[str, str],
    cause: str,
) -> Difference | None:
    """The figure that is farthest apart, relative to its size where that is above 1."""
    found: Difference | None = None
    for name in {**ones, **others}:
        one, other = ones.get(name, np.inf), others.get(name, np.inf)
        both_missing = np.isnan(one) and np.isnan(other)
        error = 0.0 if both_missing else abs(one - other) / max(1.0, abs(one))
        error = float(error) if np.isfinite(error) else float("inf")
        if found is None or error > found.error:
            values = dict(zip(names, (one, other), strict=True))
            found = apart(quantity, name, cause, values, error=error)
    return found


def weights(tensors: Mapping[str, Array]) -> dict[str, Array]:
    """Those of the model in a checkpoint, under the names that files of weights have."""
    return {
        name.removeprefix("model."): array
        for name, array in tensors.items()
        if name.startswith("model.")
    }
