"""Layers that take a part of a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from specc.kinds import Count, Maybe, Whole, Word
from specc.ops.base import Case, Dims, Layer, Problem, Reach
from specc.ops.ranks import axes_of, described, written
from specc.terms import arg

_AXES = ("channels", "height", "width", "length", "depth")


class Slice(Layer):
    """Every `step`-th cell of an axis, from `start` to before `stop`: `y = x[start:stop:step]`.

    The other axes stay. Without `stop` it goes on to the end.
    """

    label: ClassVar[str] = "slice"

    axis: Annotated[Literal["channels", "height", "width", "length", "depth"], Word(*_AXES)] = arg(
        "the axis that is cut", foreign=("dim",)
    )
    start: Annotated[int, Whole(0)] = arg("the first cell, counted from 0", default=0)
    stop: Annotated[int | None, Maybe(Whole(1))] = arg(
        "the cell behind the last one; the axis's size where it is left out",
        default=None,
        foreign=("end",),
    )
    step: Count = arg("from cell to cell", default=1)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Slice(channels, stop=2)", (3, 4, 5)),
        Case("Slice(channels, start=1, step=2)", (3, 4, 5)),
        Case("Slice(height, start=1, stop=3)", (4, 3, 2)),
        Case("Slice(width, start=2, stop=7, step=2)", (2, 7, 2)),
        Case("Slice(length, step=3)", (7, 2)),
        Case("Slice(channels, start=2)", (5,)),
        Case("Slice(channels, start=1, stop=2)", (4, 3)),
        Case("Slice(depth, start=1, step=2)", (4, 2, 2, 2)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if self.axis not in axes_of(x):
            yield Problem(
                "E0308",
                f"{described(x)} has no axis `{self.axis}`",
                field="axis",
                label="no such axis",
                expected=" or ".join(f"`{axis}`" for axis in axes_of(x)),
                found=f"`{self.axis}`",
            )
            return
        size = x[self.place(x)]
        stop = size if self.stop is None else self.stop
        if stop > size:
            yield Problem(
                "E0303",
                f"stop is larger than the {written(x)} input",
                field="stop",
                label=f"stop is {stop}",
                expected=f"at most {size}",
                found=str(stop),
            )
        elif self.start >= stop:
            yield Problem(
                "E0312",
                f"nothing is left of the {written(x)} input",
                field="start",
                label=f"start is {self.start}",
                expected=f"at most {stop - 1}",
                found=str(self.start),
            )

    def place(self, dims: Dims) -> int:
        """The number of the axis in a value of these sizes."""
        return axes_of(dims).index(self.axis)

    def items(self) -> str:
        """The slice of the axis as Python writes it."""
        ends = f"{self.start or ''}:{'' if self.stop is None else self.stop}"
        return ends if self.step == 1 else f"{ends}:{self.step}"

    def output_shape(self, *inputs: Dims) -> Dims:
        (x,) = inputs
        at = self.place(x)
        return (*x[:at], len(range(x[at])[self.start : self.stop : self.step]), *x[at + 1 :])

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        spatial = axes_of(inputs[0])[:-1]
        if self.step == 1 or self.axis not in spatial:
            return ()
        return tuple(Reach(1, self.step if axis == self.axis else 1) for axis in spatial)
