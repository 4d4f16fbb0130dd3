"""Scalings: what happens to the numbers of a sample before the network sees them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from specc.cases import ScalingCase
from specc.data.calls import Lean, Name, PartCall
from specc.kinds import Many, Maybe, Number
from specc.terms import Term, arg


class _Base(Term):
    category: ClassVar[str] = "scaling"
    cases: ClassVar[tuple[ScalingCase, ...]] = ()

    pictures_only: ClassVar[bool] = False
    """Whether it needs numbers with a known top, such as those of 8-bit pictures."""

    @property
    def measured(self) -> bool:
        """Whether some of its numbers come from the training part."""
        return False

    def made(self, top: int | None, part: Name, name: str) -> PartCall:
        """How a script makes it for the input of a name. top: the largest value of a cell. part:
        what it is measured on."""
        raise TypeError(f"{type(self).__name__} says no part")

    def lean(self, top: int | None) -> Lean | None:
        """How a lean script does it in a line; None where it has no such line."""
        return None

    def channels(self) -> int | None:
        """How many channels it was written for; None where it fits any number."""
        return None


Scaling = _Base


class UnitRange(_Base):
    """`0..1`: divides by the largest value that a cell can hold, 255 in 8-bit pictures."""

    foreign: ClassVar[tuple[str, ...]] = ("Rescaling", "ToTensor", "rescale", "normalize")
    pictures_only: ClassVar[bool] = True
    cases: ClassVar[tuple[ScalingCase, ...]] = (
        ScalingCase("0..1", (4, 3, 3), "a picture", pixels=True),
    )

    def made(self, top: int | None, part: Name, name: str) -> PartCall:
        return PartCall("UnitRange", (top,))

    def lean(self, top: int | None) -> Lean | None:
        return Lean(f"{{x}}.astype(np.float32) / {top}")


class Standardize(_Base):
    """Subtracts the mean and divides by the standard deviation of each channel or column.

    Left out, both are measured on the training part, in float64. Pictures are not brought to 0..1
    before: mean and standard deviation are those of the numbers as they are stored.
    """

    foreign: ClassVar[tuple[str, ...]] = ("Normalization", "Normalize", "StandardScaler")
    cases: ClassVar[tuple[ScalingCase, ...]] = (
        ScalingCase("standardize", (3,), "columns, one of which never changes", constant=True),
        ScalingCase("standardize", (4, 3, 2), "a picture, by its channels", pixels=True),
        ScalingCase("standardize", (5, 2), "a sequence, by its channels"),
        ScalingCase("standardize(mean=[0.5], std=[2])", (3,), "with given figures"),
        ScalingCase("standardize(std=[1, 2, 3])", (3,), "with measured means"),
    )

    mean: Annotated[tuple[float, ...] | None, Maybe(Many(Number(), 1))] = arg(
        "the mean of each channel, or one for all; measured where it is left out", default=None
    )
    std: Annotated[tuple[float, ...] | None, Maybe(Many(Number(0, above=True), 1))] = arg(
        "the standard deviation of each channel, or one for all; measured where it is left out",
        default=None,
    )

    @property
    def measured(self) -> bool:
        return None in (self.mean, self.std)

    def made(self, top: int | None, part: Name, name: str) -> PartCall:
        if not self.measured:
            return PartCall("Standardize", (self.mean, self.std))
        if self.mean is not None:
            return PartCall("measure_std", (part, name), {"mean": self.mean})
        if self.std is not None:
            return PartCall("measure_mean", (part, name), {"std": self.std})
        return PartCall("measure", (part, name))

    def lean(self, top: int | None) -> Lean | None:
        figures = {"mean": self.mean, "std": self.std}
        given = [
            (name, PartCall("np.array", (list(numbers), Name("np.float32"))))
            for name, numbers in figures.items()
            if numbers is not None
        ]
        if self.measured:
            targets = ", ".join("_" if figures[name] else name for name in figures)
            given.append((targets, PartCall("moments", (Lean.TRAIN,))))
        return Lean("({x}.astype(np.float32) - mean) / std", tuple(given))

    def channels(self) -> int | None:
        lengths = {len(numbers) for numbers in (self.mean, self.std) if numbers is not None} - {1}
        return max(lengths, default=None)
