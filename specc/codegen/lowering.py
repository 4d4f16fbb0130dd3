"""What a backend says about one layer: how it is made, how it is applied, where its weights lie.

A backend's package has one module per family of layers, with the family's name (`conv.py` lowers
specc.ops.conv), and in it one function for each layer, registered by `@lowers(Conv2D)`. A third
party registers through entry points of the group `specc.lowerings`, named `BACKEND.Layer`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any, TypeAlias

from specc.codegen.python.expressions import Expr, LayerName, Raw
from specc.ops.base import Dims, Layer

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
    the last one the layer's output; the first reads `Site.args`, the later ones PREVIOUS."""

    module: Expr | None
    steps: tuple[Expr, ...]
    stored: tuple[Stored, ...] = ()
    comment: str = ""
    """Stands behind the last step, after the shape, where a reader would wonder."""


class Refused(Exception):
    """The backend cannot express a layer exactly. `argument` is the field at fault, or None for the
    layer as a whole."""

    def __init__(
        self, reason: str, *, argument: str | None = None, help: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason, self.argument, self.help = reason, argument, help


Lower: TypeAlias = Callable[[Any, Site], Lowered]


@dataclass
class Lowerings:
    """The lowering functions of one backend, imported family by family when first needed."""

    backend: str
    package: str
    functions: dict[type[Layer], Lower] = field(default_factory=dict)

    def lowers(self, *ops: type[Layer]) -> Callable[[Lower], Lower]:
        def register(function: Lower) -> Lower:
            self.functions.update(dict.fromkeys(ops, function))
            return function

        return register

    def find(self, op: type[Layer]) -> Lower | None:
        if op not in self.functions:
            self._load(op)
        return self.functions.get(op)

    def _load(self, op: type[Layer]) -> None:
        home, _, family = op.__module__.rpartition(".")
        if home == "specc.ops":
            # A backend may leave a whole family out: its layers are then refused one by one.
            if find_spec(f"{self.package}.{family}") is not None:
                import_module(f"{self.package}.{family}")
            return
        for point in entry_points(group="specc.lowerings", name=f"{self.backend}.{op.word()}"):
            self.functions[op] = point.load()
