"""What a source of data says of itself, whichever it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal, TypeAlias

from specc.cases import SourceCase
from specc.data.calls import Feed, Name, PartCall
from specc.terms import Term

Fed: TypeAlias = str | tuple[str, ...]
"""The name of an array, or those of columns."""


class DataSource(Term):
    category: ClassVar[str] = "source"
    cases: ClassVar[tuple[SourceCase, ...]] = ()

    needs: ClassVar[tuple[str, ...]] = ()
    """Packages that its part imports, as one installs them."""
    place: ClassVar[str] = ""
    """What messages call a source that lies in no file."""
    own_parts: ClassVar[tuple[str, ...]] = ()
    """The parts that it always brings: `train` and `test`."""
    may_have_parts: ClassVar[bool] = False
    """Whether what it reads may hold parts of its own, so that a spec needs no `split`."""
    holds_pictures: ClassVar[bool] = False
    """Whether its samples are pictures, which `--predict` can take from a file."""
    any_depth: ClassVar[bool] = False
    """Whether only the data knows if its numbers are 8-bit ones, as `0..1` needs them."""
    any_labels: ClassVar[bool] = False
    """Whether only the spec knows if its labels are integers or rows with a 1 for the class."""
    any_shape: ClassVar[bool] = False
    """Whether its labels may have several places, each with a label of its own."""
    vectors: ClassVar[bool] = False
    """Whether its samples are rows of a table."""
    finds_classes: ClassVar[bool] = False
    """Whether its part returns the names of the classes too."""
    samples_in: ClassVar[str] = ""
    """The ending of the files that `--predict` reads samples from; empty where there is none."""

    holds: ClassVar[str] = "array"
    """What feeds an input or output."""
    unnamed: ClassVar[dict[str, str]] = {}
    """Of a source that feeds several inputs and outputs: the arguments for those without a name of
    their own, `input` and `output`."""

    def reads(self, path: Name, feed: Feed) -> PartCall:
        """How a script reads the samples."""
        raise TypeError(f"{type(self).__name__} says no part")

    def reads_lean(self, path: Name, feed: Feed) -> PartCall | None:
        """How a lean script reads those that are not kept for the test: as x and y, or as inputs
        and targets by their names where a model has several. None where it has no such part."""
        return None

    def reads_samples(self, path: Name, feed: Feed) -> PartCall:
        """How it reads those to predict of, where `samples_in` says what they lie in."""
        raise TypeError(f"{type(self).__name__} says no part")

    def fed(self) -> dict[str, Fed]:
        """What feeds the inputs and outputs that have names, by their names."""
        return {}

    def feeding(self, name: str) -> Fed:
        """What feeds an input or output of a model of several."""
        place = self.unnamed.get(name)
        return self.fed()[name] if place is None else getattr(self, place)

    def feeds(self, names: Iterable[str], side: Literal[0, 1]) -> dict[str, Fed]:
        """What feeds inputs (0) or outputs (1); an only one may have any name."""
        named, unnamed = self.fed(), list(self.unnamed.values())[side]
        return {name: named.get(name, getattr(self, unnamed)) for name in names}

    def picture(self) -> tuple[int, int, int] | None:
        """The shape of a sample, height x width x channels; None where there are no pictures or
        only the data knows."""
        return None

    def top(self) -> int | None:
        """The largest value of a cell, which `0..1` divides by; None where there is none."""
        return None

    def classes(self) -> int | None:
        """The number of classes, None where only the data knows."""
        return None

    def names(self) -> tuple[str, ...] | None:
        """The classes' own names, None where only the data knows."""
        return None

    def sizes(self) -> dict[str, int]:
        """The number of samples, `all` of them or by part; empty where only the data knows."""
        return {}
