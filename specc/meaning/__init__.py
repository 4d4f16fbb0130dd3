"""What the terms of data and training mean, in NumPy: the arbiter between backends.

Each function says in float64 what its term computes, written from the definition and not from any
backend's code. Tests and `specc.parity` alone import this; checking and building a spec never do.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from specc.terms import Term

Array: TypeAlias = NDArray[np.float64]
_Function = TypeVar("_Function", bound=Callable[..., Any])

HOMES = {
    "initializer": "initializers",
    "loss": "losses",
    "metric": "metrics",
    "optimizer": "optimizers",
    "scaling": "scalings",
}
"""The modules by category; each says what its functions are given and give back."""
_known: dict[type[Term], Callable[..., Any]] = {}


def means(cls: type[Term]) -> Callable[[_Function], _Function]:
    """The decorated function is the meaning of a class."""

    def keep(function: _Function) -> _Function:
        _known[cls] = function
        return function

    return keep


def meaning(cls: type[Term]) -> Callable[..., Any]:
    """The function that says what a term of this class computes; KeyError where there is none."""
    import_module(f"{__name__}.{HOMES[cls.category]}")
    return _known[cls]
