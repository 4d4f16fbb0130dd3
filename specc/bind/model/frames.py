"""What the expansion of a model carries along: where a statement runs, and what calls can mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specc.bind.ground.graph import Namespace
from specc.bind.ground.scope import Scope
from specc.source import Source
from specc.syntax import Block, Call


@dataclass
class LayerSpace:
    """Where the layers of a shared block get their paths, which are not the values' paths.

    The first use makes the children, later uses meet them again in the same order.
    """

    space: Namespace
    met: int = 0

    def next(self, like: Namespace) -> Namespace:
        if self.met == len(self.space.children):
            made = self.space.add(like.stem)
            made.user, made.repeated = like.user, like.repeated
        self.met += 1
        return self.space.children[self.met - 1]


@dataclass
class SharedLayer:
    """`layer name = Call`: bound when it is made, used again and again."""

    noun: ClassVar[str] = "a layer made with `layer`"
    callable: ClassVar[bool] = True

    call: Call
    frame: Frame
    owner: Namespace


@dataclass(frozen=True)
class BlockDefinition:
    noun: ClassVar[str] = "a block"
    callable: ClassVar[bool] = True

    block: Block
    source: Source
    scope: Scope


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a statement runs: its text, its names, its space for paths.

    active: the blocks that are being expanded. top: directly in the model, not in inner braces.
    """

    source: Source
    scope: Scope
    space: Namespace
    layers: LayerSpace | None = None
    active: tuple[str, ...] = ()
    repeated: bool = False
    top: bool = False

    def inner(self, repeated: bool = False) -> Frame:
        """The frame of inner braces; what is made there ends with them."""
        return Frame(
            self.source,
            self.scope.child(),
            self.space,
            self.layers,
            self.active,
            self.repeated or repeated,
        )
