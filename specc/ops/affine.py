"""Layers that multiply and shift by numbers, learned or given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from specc.kinds import Many, Number, Real
from specc.ops.base import Case, Dims, Layer, Problem, Weight
from specc.terms import arg
from specc.train.initializers import Constant


class LayerScale(Layer):
    """Multiplies each channel by a learned number that begins small: `y = scale * x`.

    Touvron et al. 2021, at the end of a residual branch. The shape stays.
    """

    label: ClassVar[str] = "scale"

    initial: Real = arg("where each number begins", default=1e-6, foreign=("init_values",))

    cases: ClassVar[tuple[Case, ...]] = (
        Case("LayerScale", (4, 3, 5)),
        Case("LayerScale(0.1)", (6, 4)),
        Case("LayerScale", (7,)),
        Case("LayerScale", (2, 3, 2, 3)),
    )

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        return (Weight("weight", inputs[0][-1:], Constant(value=self.initial)),)


class Rescaling(Layer):
    """`y = scale * x + offset` with given numbers. The shape stays.

    For input data `scale = ...` in `data { ... }` does it before the model.
    """

    label: ClassVar[str] = "rescale"

    scale: Real = arg("the factor")
    offset: Real = arg("what is added after", default=0.0)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Rescaling(0.5)", (4, 3, 2)),
        Case("Rescaling(2, offset=-1)", (6, 4)),
        Case("Rescaling(-0.25, offset=3)", (7,)),
    )


class Normalization(Layer):
    """`y = (x - mean) / sqrt(variance)` with given numbers for each channel. The shape stays.

    The numbers are those of the data; `scale = standardize` in `data { ... }` works them out.
    """

    label: ClassVar[str] = "normalize"
    foreign: ClassVar[tuple[str, ...]] = ("Normalize",)

    mean: Annotated[tuple[float, ...], Many(Number(), 1)] = arg(
        "mean of each channel, or one number for all"
    )
    variance: Annotated[tuple[float, ...], Many(Number(0, above=True), 1)] = arg(
        "variance of each channel, or one number for all"
    )

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Normalization([0.5, -1, 2], [0.25, 4, 1.5])", (4, 2, 3)),
        Case("Normalization(0.5, 2)", (4, 3)),
        Case("Normalization([1, 2], 3)", (2,)),
        Case("Normalization(1, [2, 3])", (5, 2)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        channels = inputs[0][-1]
        for name in ("mean", "variance"):
            count = len(getattr(self, name))
            if count not in (1, channels):
                yield Problem(
                    "E0318",
                    f"{count} numbers do not fit {channels} channels",
                    field=name,
                    label=f"{count} numbers",
                    expected=f"1 or {channels} numbers" if channels > 1 else "1 number",
                    found=f"{count} numbers",
                )
                return
