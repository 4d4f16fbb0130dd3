"""What sources and scalings say of the parts that scripts read and scale data with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the script, where an argument's value is no plain one."""

    text: str


@dataclass(frozen=True, slots=True)
class PartCall:
    """A call of a part: its name, and arguments as plain values or names."""

    part: str
    args: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lean:
    """A scaling in a line of a lean script.

    text: an expression in which `{x}` stands for the array. before: what is assigned first; the
    name TRAIN stands for the samples to train on.
    """

    text: str
    before: tuple[tuple[str, PartCall], ...] = ()

    TRAIN: ClassVar[Name] = Name("<train>")


@dataclass(frozen=True, slots=True)
class Feed:
    """What a source is asked for.

    inputs: the shape of each, without the batch axis. outputs: of each the number of classes that
    it tells apart, None where it tells none. names: the script's names of the classes where the
    spec gives them.
    """

    inputs: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, int | None]
    names: Name | None = None

    @property
    def input(self) -> str:
        """The only input's name."""
        (name,) = self.inputs
        return name

    @property
    def output(self) -> str:
        (name,) = self.outputs
        return name

    @property
    def several(self) -> bool:
        return len(self.inputs) > 1 or len(self.outputs) > 1

    def renamed(self) -> dict[str, str]:
        """The arguments of a part that calls its only input `input` and its only output `output`
        unless told otherwise."""
        wanted = {"x": (self.input, "input"), "y": (self.output, "output")}
        return {argument: name for argument, (name, usual) in wanted.items() if name != usual}
