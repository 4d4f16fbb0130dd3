"""Lowers the items of a scope with a backend's functions, and collects what it refuses."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field, replace
from typing import Protocol

from specc.codegen.lowering import Lowered, Lowerings, Refusal, Refused, Site, Stored
from specc.codegen.model.items import BlockForm, LoweredItem, UseSite
from specc.codegen.model.plan import Item, Plan, PlannedScope
from specc.codegen.model.skeleton import Number, Signatures, ValueRef
from specc.codegen.python.expressions import Expr, LayerName
from specc.ops.base import Dims


class Dialect(Protocol):
    """How a backend writes models."""

    free_steps: bool
    """Whether numbers in the steps may become arguments too: so where a block is a function."""

    @property
    def signatures(self) -> Signatures:
        """Constructors whose arguments readers know by their places."""
        ...

    @property
    def lowerings(self) -> Lowerings:
        """The functions that lower single terms."""
        ...

    @property
    def script_names(self) -> Container[str]:
        """Names at the top level of its scripts, which no block may take."""
        ...

    def block_name(self, block: str) -> str:
        """The name of a block's class or function."""
        ...

    def use(self, use: UseSite) -> LoweredItem:
        """The use of a block's form."""
        ...


@dataclass
class Lowerer:
    plan: Plan
    dialect: Dialect
    refusals: list[Refusal] = field(default_factory=list)
    stored: dict[str, tuple[Stored, ...]] = field(default_factory=dict)
    """Where each layer's weights lie, by the layer's path."""
    calls: dict[PlannedScope, tuple[BlockForm, tuple[Number, ...]]] = field(default_factory=dict)
    """The form of each use, with its numbers."""
    _counts: dict[PlannedScope, dict[str, int]] = field(default_factory=dict)
    _common: dict[tuple[PlannedScope, str], tuple[tuple[int | None, ...], ...]] = field(
        default_factory=dict
    )
    _first: dict[str, LoweredItem] = field(default_factory=dict)

    def lower(self, scope: PlannedScope, item: Item, indices: dict[str, int]) -> LoweredItem:
        """The item's expressions, its inputs as values of the scope."""
        args = tuple(ValueRef(indices[value]) for value in item.inputs)
        shared = self._shared(scope, item)
        name = LayerName(item.local, scope.use is not None)
        if item.body is None:
            lowered = self._layer(scope, item, args, name, shared)
        else:
            form, numbers = self.calls[item.body]
            shapes = self._common_shapes(scope, item) if shared else self._shapes(item)
            lowered = self.dialect.use(UseSite(item, form, numbers, args, name, shared, shapes))
        if shared:
            self._compare(item, lowered)
        return lowered

    def _shared(self, scope: PlannedScope, item: Item) -> bool:
        if scope not in self._counts:
            self._counts[scope] = scope.uses()
        return self._counts[scope][item.local] > 1

    def _shapes(self, item: Item) -> tuple[Dims, ...]:
        return tuple(self.plan.shapes[value] for value in item.inputs)

    def _common_shapes(self, scope: PlannedScope, item: Item) -> tuple[tuple[int | None, ...], ...]:
        """The shapes of the inputs of all uses of a shared block."""
        key = (scope, item.layer)
        if key not in self._common:
            self._common[key] = self._joint_shapes(scope, item)
        return self._common[key]

    def _joint_shapes(self, scope: PlannedScope, item: Item) -> tuple[tuple[int | None, ...], ...]:
        uses = [self._shapes(other) for other in scope.items if other.layer == item.layer]
        return tuple(
            tuple(sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*shapes, strict=True))
            for shapes in zip(*uses, strict=True)
        )

    def _layer(
        self, scope: PlannedScope, item: Item, args: tuple[Expr, ...], name: LayerName, shared: bool
    ) -> LoweredItem:
        shapes = self.plan.shapes
        inputs = self._shapes(item)
        gradient = (scope.block, item.local) not in self.plan.first
        site = Site(inputs, shapes[item.name], args, name, item.layer, gradient)
        lowered = self._call(item, site)
        self.stored.setdefault(item.layer, lowered.stored)
        steps = lowered.steps
        if shared:
            # Helper layers of each application, such as its padding, are layers of their own.
            own = LayerName(item.label, name.in_block)
            steps = self._call(item, replace(site, name=own)).steps
        comment = lowered.comment
        if item.folded:
            folded = f"the {item.folded} is folded into the loss"
            comment = f"{comment}; {folded}" if comment else folded
        return LoweredItem(item, lowered.module, steps, comment=comment)

    def _call(self, item: Item, site: Site) -> Lowered:
        op = item.op
        assert op is not None
        try:
            lowered: Lowered = self.dialect.lowerings.lower(op, site)
            return lowered
        except Refused as refused:
            self.refusals.append(Refusal(item.name, refused.argument, refused.reason, refused.help))
            return Lowered(None, (site.args[0],))

    def _compare(self, item: Item, lowered: LoweredItem) -> None:
        """A shared layer must come out alike wherever it is applied."""
        first = self._first.setdefault(item.layer, lowered)
        mine, theirs = lowered.module, first.module
        same = (mine and mine.text()) == (theirs and theirs.text())
        if item.body is not None and first.item.body is not None:
            same = same and self.calls[item.body] == self.calls[first.item.body]
        if not same:
            reason = f"`{item.layer}` is shared, but its uses have inputs of different sizes"
            help = "give its uses inputs of one size, or write the layers twice"
            self.refusals.append(Refusal(item.name, None, reason, help))
