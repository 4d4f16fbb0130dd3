"""The arithmetic of the language: exact where it can be, and never out of range."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

LARGEST_NUMBER = 2**63 - 1
"""Results beyond this are errors; so no number is infinite, and none is long to write."""


def whole(value: float) -> int | float:
    """A quotient that comes out whole is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def divide(left: int | float, right: int | float) -> int | float:
    # Exact for integers: their quotient as floats would lose digits beyond 2**53.
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return whole(left / right)


def round_to(x: float, multiple: float) -> int | float:
    """The nearest multiple, halves up."""
    return whole(math.floor(x / multiple + 0.5) * multiple)


def divisible(x: float, multiple: float) -> int | float:
    """The nearest multiple, at least one and never under 90 % of x: the rule of the MobileNets."""
    result = max(multiple, round_to(x, multiple))
    return whole(result + multiple if result < 0.9 * x else result)


FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (min, 2, 99),
    "max": (max, 2, 99),
    "floor": (math.floor, 1, 1),
    "ceil": (math.ceil, 1, 1),
    "mod": (operator.mod, 2, 2),
    "round": (round_to, 2, 2),
    "divisible": (divisible, 2, 2),
}
"""Each with the fewest and the most numbers it takes."""

ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide,
}
COMPARISON: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def finite(function: Callable[..., Any], *numbers: int | float) -> int | float | None:
    """The function's value, or None where it is beyond all range."""
    try:
        result = function(*numbers)
    except OverflowError:  # floor of a quotient that is infinite
        return None
    return result if abs(result) <= LARGEST_NUMBER else None
