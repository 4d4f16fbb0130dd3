"""What a backend says about one term: how a layer is made, what a loss is in code, and so on.

A backend's package has one module per family of terms, with the family's name (`conv.py` lowers
specc.ops.conv, `losses.py` specc.train.losses), and in it one function for each term, registered by
`@lowers(Conv2D)`. A third party registers through entry points of the group `specc.lowerings`,
named `BACKEND.Layer`, or `BACKEND.CATEGORY.word` for what is no layer: `torch.loss.pinball`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, TypeAlias

from specc.codegen.python.expressions import Expr, LayerName, Raw
from specc.ops.base import Dims
from specc.points import points
from specc.terms import Term

PREVIOUS = Raw("<previous>")
"""In the later expressions of a Lowered: the value of the one before."""
MODULE = Raw("<module>")
"""In a Lowered's expressions: the layer object that `module` makes (`self.conv1`, or the
constructor itself)."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a layer stands: shapes without the batch axis, channels last, and expressions of its
    inputs' values."""

    inputs: tuple[Dims, ...]
    shape: Dims
    args: tuple[Expr, ...]
    name: LayerName
    path: str
    """The layer's full dotted name: the key of its weights and of its random stream."""
    gradient: bool = True
    """Whether its inputs need one in every use: not where nothing before the layer learns."""

    @property
    def x(self) -> Expr:
        return self.args[0]


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a backend keeps a canonical weight.

    attribute: of the layer object, perhaps of one in it (`cell.kernel`). axes: the transpose from
    the canonical array, which is first reshaped so that the transposed array has the stored shape;
    None where both layouts agree. merged: of how many axes of that reshaped array each canonical
    axis is made, where it is not one of each.
    """

    canonical: str
    attribute: str
    axes: tuple[int, ...] | None = None
    merged: tuple[int, ...] = ()

    @property
    def layout(self) -> tuple[int, ...] | tuple[tuple[int, ...], ...] | None:
        """The same for the table of a script: `axes`, or for each canonical axis the stored axes it
        is made of."""
        if self.axes is None or not self.merged:
            return self.axes
        places = iter(sorted(range(len(self.axes)), key=self.axes.__getitem__))
        return tuple(tuple(next(places) for _ in range(count)) for count in self.merged)


@dataclass(frozen=True, slots=True)
class Lowered:
    """module: makes the layer object; None for a layer without one. steps: each computes a value,
    the last one the layer's output; the first reads `Site.args`, the later ones PREVIOUS too."""

    module: Expr | None
    steps: tuple[Expr, ...]
    stored: tuple[Stored, ...] = ()
    comment: str = ""
    """Stands behind the last step, after the shape, where a reader would wonder."""


class Refused(Exception):
    """The backend cannot express a term exactly. `argument` is the field at fault, or None for the
    term as a whole."""

    def __init__(
        self, reason: str, *, argument: str | None = None, help: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason, self.argument, self.help = reason, argument, help


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a backend cannot express exactly. node: the node or use, or the place of another term as
    specc.places names it; argument: the field at fault, if it is one.
    """

    node: str
    argument: str | None
    reason: str
    help: str | None = None


Lower: TypeAlias = Callable[[Any, Any], Any]
"""A term and the site where it stands, to what the category's lowerings give."""
_HOMES = ("specc.ops", "specc.train", "specc.data")
_LOWERS = re.compile(r"^@lowers\(([\w., ]+)\)$", re.MULTILINE)


@dataclass
class Lowerings:
    """The lowering functions of one backend, imported family by family when first needed."""

    backend: str
    package: str
    functions: dict[type[Term], Lower] = field(default_factory=dict)

    def lowers(self, *terms: type[Term]) -> Callable[[Lower], Lower]:
        def register(function: Lower) -> Lower:
            self.functions.update(dict.fromkeys(terms, function))
            return function

        return register

    def has(self, term: type[Term]) -> bool:
        """Whether there is a function for a term. What a module's text says of it is enough: the
        functions themselves, and all that they write code with, need not be imported."""
        home, _, family = term.__module__.rpartition(".")
        if home in _HOMES and term.__name__ in _registered(self.package, family):
            return True
        return self.find(term) is not None

    def find(self, term: type[Term]) -> Lower | None:
        if term not in self.functions:
            self._load(term)
        return self.functions.get(term)

    def lower(self, term: Term, site: Any) -> Any:
        """What the backend makes of a term at a site; raises Refused."""
        function = self.find(type(term))
        if function is None:
            raise Refused(self.absent(term))
        return function(term, site)

    def absent(self, term: Term) -> str:
        """The reason where there is no function for a term."""
        return f"the {self.backend} backend has no `{term.word()}`"

    def _load(self, term: type[Term]) -> None:
        home, _, family = term.__module__.rpartition(".")
        if home in _HOMES:
            # A backend may leave a whole family out: its terms are then refused one by one.
            if find_spec(f"{self.package}.{family}") is not None:
                import_module(f"{self.package}.{family}")
            return
        word = term.word() if term.category == "layer" else f"{term.category}.{term.word()}"
        for point in points("specc.lowerings", f"{self.backend}.{word}"):
            self.functions[term] = point.load()


@cache
def _registered(package: str, family: str) -> frozenset[str]:
    """The classes that a module of lowerings names behind `@lowers`."""
    module = files(package) / f"{family}.py"
    text = module.read_text(encoding="utf-8") if module.is_file() else ""
    named = (name for found in _LOWERS.findall(text) for name in found.split(","))
    return frozenset(name.strip().rpartition(".")[2] for name in named)
