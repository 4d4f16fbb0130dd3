"""Layers that change the shape and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

from specc.kinds import Shape
from specc.ops.base import Case, Dims, Layer, Problem, Reach
from specc.ops.ranks import VOLUME, described, written
from specc.terms import arg


class Flatten(Layer):
    """All numbers in one vector, in the order height, width, channels: (n,).

    `y[(i * width + j) * channels + c] = x[i, j, c]`, in both frameworks.
    """

    label: ClassVar[str] = "flatten"

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Flatten", (3, 4, 2)),
        Case("Flatten", (1, 1, 5)),
        Case("Flatten", (2, 3, 4, 2)),
        Case("Flatten", (1, 1, 1, 3)),
        Case("Flatten", (4, 3)),
        Case("Flatten", (6,)),
    )

    def output_shape(self, *inputs: Dims) -> Dims:
        return (math.prod(inputs[0]),)

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return (Reach(None),) * (len(inputs[0]) - 1)


class Reshape(Layer):
    """The same numbers in another shape, read and written in the order height, width, channels.

    `flatten(y) = flatten(x)`, with the order of `Flatten` in both frameworks.
    """

    label: ClassVar[str] = "reshape"
    foreign: ClassVar[tuple[str, ...]] = ("Unflatten",)

    shape: Shape = arg(
        "the new shape without the batch: `4x4x8`", foreign=("target_shape", "unflattened_size")
    )

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Reshape(4x3x2)", (24,)),
        Case("Reshape(12x2)", (4, 3, 2)),
        Case("Reshape(2x6x2)", (4, 3, 2)),
        Case("Reshape(1x1x5)", (5,)),
        Case("Reshape(2x3x1)", (3, 2)),
        Case("Reshape(6)", (1, 1, 6)),
        Case("Reshape(2x3x2x2)", (4, 3, 2)),
        Case("Reshape(4x6)", (2, 3, 2, 2)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(self.shape) > VOLUME:
            yield Problem(
                "E0310",
                f"a shape has at most four axes, not {len(self.shape)}",
                field="shape",
                label=f"{len(self.shape)} axes",
                expected="1 to 4 axes",
                found=f"{written(self.shape)}: {len(self.shape)} axes",
                at_input=None,
            )
        elif math.prod(self.shape) != math.prod(x):
            yield Problem(
                "E0309",
                f"{math.prod(x)} numbers do not fill the shape {written(self.shape)}",
                field="shape",
                label=f"{math.prod(self.shape)} numbers",
                expected=f"a shape of {math.prod(x)} numbers",
                found=f"{written(self.shape)} = {math.prod(self.shape)} numbers",
                help=f"the input is {described(x)}",
            )

    def output_shape(self, *inputs: Dims) -> Dims:
        return self.shape

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return (Reach(None),) * (len(inputs[0]) - 1)
