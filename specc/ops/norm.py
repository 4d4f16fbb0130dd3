"""Layers that normalise."""

from __future__ import annotations

from typing import ClassVar

from specc.kinds import Bool, Positive, Rate
from specc.ops.base import Case, Dims, Layer, Weight
from specc.terms import arg
from specc.train.initializers import Ones, Zeros


class BatchNorm(Layer):
    """Normalises each channel over the batch and all places, then scales and shifts it.

    `y = scale * (x - mean) / sqrt(var + epsilon) + offset` (Ioffe and Szegedy 2015), with the
    variance that divides by the number of values. While training it keeps
    `running = momentum * running + (1 - momentum) * batch`; afterwards it uses these running
    figures. The shape stays, whatever it is.
    """

    label: ClassVar[str] = "norm"
    foreign: ClassVar[tuple[str, ...]] = (
        "BatchNormalization",
        "BatchNorm1d",
        "BatchNorm2d",
        "BatchNorm3d",
    )

    momentum: Rate = arg(
        "weight of the old running figures (PyTorch's is one minus this)", default=0.99
    )
    epsilon: Positive = arg("added to the variance", default=1e-3, foreign=("eps",))
    scale: Bool = arg("multiply each channel by a learned number", default=True)
    offset: Bool = arg("add a learned number to each channel", default=True, foreign=("center",))

    cases: ClassVar[tuple[Case, ...]] = (
        Case("BatchNorm", (5, 4, 3)),
        Case("BatchNorm(momentum=0.9, epsilon=1e-5)", (3, 3, 1)),
        Case("BatchNorm(scale=false)", (2, 5, 2)),
        Case("BatchNorm(offset=false)", (2, 5, 2)),
        Case("BatchNorm(scale=false, offset=false)", (4,)),
        Case("BatchNorm(momentum=0)", (6,)),
        Case("BatchNorm", (5, 3)),
        Case("BatchNorm", (1, 1, 2)),
        Case("BatchNorm(epsilon=1e-4)", (2, 3, 1, 2)),
    )

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        shape = inputs[0][-1:]
        learned = []
        if self.scale:
            learned.append(Weight("weight", shape, Ones()))
        if self.offset:
            learned.append(Weight("bias", shape, Zeros()))
        return (
            *learned,
            Weight("running_mean", shape, Zeros(), trainable=False),
            Weight("running_var", shape, Ones(), trainable=False),
        )
