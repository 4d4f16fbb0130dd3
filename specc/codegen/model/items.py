"""What the model part of a script is made of: lowered items, forms of blocks and their uses."""

from __future__ import annotations

from dataclasses import dataclass

from specc.codegen.model.arguments import Argument
from specc.codegen.model.plan import Item, Scope
from specc.codegen.model.skeleton import Number
from specc.codegen.python.expressions import Expr, LayerName, Lit
from specc.ops.base import Dims


@dataclass(frozen=True, slots=True)
class LoweredItem:
    """An item in code. setup: what is assigned to variables before its module is made."""

    item: Item
    module: Expr | None
    steps: tuple[Expr, ...]
    setup: tuple[Expr, ...] = ()
    comment: str = ""


@dataclass(slots=True, eq=False)
class BlockForm:
    """The body of a block as it stands in the code, for all uses that share it; the model's own has
    no block.

    scope: the first of the uses. shapes: of each item's result, where all uses agree.
    """

    block: str
    name: str
    scope: Scope
    items: list[LoweredItem]
    arguments: list[Argument]
    shapes: list[Dims | None]
    constants: dict[str, Number]
    """The block's parameters that never differ between these uses."""
    first: BlockForm | None = None
    """The block's first form, where this is a later one."""


@dataclass(frozen=True, slots=True)
class UseSite:
    """A use of a block: its form, the numbers for the form's arguments, and where it stands."""

    item: Item
    form: BlockForm
    numbers: tuple[Number, ...]
    args: tuple[Expr, ...]
    name: LayerName
    shared: bool
    inputs: tuple[tuple[int | None, ...], ...]
    """The shapes of its inputs; None where the uses of a shared block differ."""

    def arguments(self) -> tuple[tuple[Expr, ...], tuple[tuple[str, Expr], ...]]:
        """The numbers for the form: those that a reader knows by their place, then the others by
        name.
        """
        given = list(zip(self.form.arguments, map(Lit, self.numbers), strict=True))
        count = 0
        while count < len(given) and given[count][0].positional:
            count += 1
        by_name = tuple((argument.name, value) for argument, value in given[count:])
        return tuple(value for _, value in given[:count]), by_name
