"""Layers that disturb whole maps, whole samples, or by random numbers of a bell curve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from specc.kinds import Number, Rate
from specc.ops.base import Case, Dims, Layer, Problem
from specc.ops.ranks import PICTURE, SEQUENCE, VOLUME, wrong_rank
from specc.terms import arg


class _Noise(Layer):
    """Changes its input while training only."""

    random: ClassVar[bool] = True


class _SpatialDropout(_Noise):
    label: ClassVar[str] = "dropout"
    rank: ClassVar[int]

    rate: Rate = arg("share of the channels that becomes zero", foreign=("p",))

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        yield from wrong_rank(self, inputs[0], self.rank)


class SpatialDropout1D(_SpatialDropout):
    """Sets whole channels of a sequence to zero while training, the rest to `x / (1 - rate)`.

    After training it changes nothing (Tompson et al. 2015). The shape stays.
    """

    foreign: ClassVar[tuple[str, ...]] = ("Dropout1d",)
    rank: ClassVar[int] = SEQUENCE
    cases: ClassVar[tuple[Case, ...]] = (
        Case("SpatialDropout1D(0.5)", (5, 12)),
        Case("SpatialDropout1D(0)", (5, 3)),
    )


class SpatialDropout2D(_SpatialDropout):
    """Sets whole channels of a picture to zero while training, the rest to `x / (1 - rate)`.

    After training it changes nothing (Tompson et al. 2015). The shape stays.
    """

    foreign: ClassVar[tuple[str, ...]] = ("Dropout2d",)
    rank: ClassVar[int] = PICTURE
    cases: ClassVar[tuple[Case, ...]] = (
        Case("SpatialDropout2D(0.5)", (3, 4, 12)),
        Case("SpatialDropout2D(25%)", (1, 5, 16)),
        Case("SpatialDropout2D(0)", (3, 4, 2)),
    )


class SpatialDropout3D(_SpatialDropout):
    """Sets whole channels of a volume to zero while training, the rest to `x / (1 - rate)`.

    After training it changes nothing (Tompson et al. 2015). The shape stays.
    """

    foreign: ClassVar[tuple[str, ...]] = ("Dropout3d",)
    rank: ClassVar[int] = VOLUME
    cases: ClassVar[tuple[Case, ...]] = (
        Case("SpatialDropout3D(0.5)", (2, 3, 2, 12)),
        Case("SpatialDropout3D(0)", (2, 3, 2, 2)),
    )


class DropPath(_Noise):
    """Sets whole samples to zero while training, the rest to `x / (1 - rate)`.

    At the end of a residual branch it leaves the branch out for some samples: stochastic depth
    (Huang et al. 2016). After training it changes nothing. The shape stays.
    """

    label: ClassVar[str] = "drop_path"
    foreign: ClassVar[tuple[str, ...]] = ("StochasticDepth",)

    rate: Rate = arg(
        "share of the samples that becomes zero", foreign=("p", "drop_prob", "survival_probability")
    )
    cases: ClassVar[tuple[Case, ...]] = (
        Case("DropPath(0.5)", (3, 4, 2)),
        Case("DropPath(20%)", (5, 3)),
        Case("DropPath(0.5)", (6,)),
        Case("DropPath(0)", (6,)),
        Case("DropPath(0.5)", (2, 2, 3, 2)),
    )


class GaussianNoise(_Noise):
    """Adds random numbers of a bell curve around 0 while training: `y = x + std * noise`.

    After training it changes nothing. The shape stays.
    """

    label: ClassVar[str] = "noise"

    std: Annotated[float, Number(0, 1)] = arg(
        "standard deviation of the noise", foreign=("stddev",)
    )
    cases: ClassVar[tuple[Case, ...]] = (
        Case("GaussianNoise(0.1)", (7, 4, 5)),
        Case("GaussianNoise(1)", (6, 9)),
        Case("GaussianNoise(0)", (4,)),
    )


class GaussianDropout(_Noise):
    """Multiplies by random numbers of a bell curve around 1 while training.

    Their standard deviation is `sqrt(rate / (1 - rate))`, that of dropout (Srivastava et al. 2014).
    After training it changes nothing. The shape stays.
    """

    label: ClassVar[str] = "dropout"

    rate: Rate = arg("the rate of a dropout of the same strength", foreign=("p",))
    cases: ClassVar[tuple[Case, ...]] = (
        Case("GaussianDropout(0.2)", (7, 4, 5)),
        Case("GaussianDropout(0.5)", (6, 9)),
        Case("GaussianDropout(0)", (4,)),
    )
