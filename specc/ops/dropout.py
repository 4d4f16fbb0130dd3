"""Layers that disturb their input while training."""

from __future__ import annotations

from typing import ClassVar

from specc.kinds import Rate
from specc.ops.base import Case, Layer
from specc.terms import arg


class Dropout(Layer):
    """Sets a random share of the numbers to zero while training, and the rest to `x / (1 - rate)`.

    After training it changes nothing (Srivastava et al. 2014). The shape stays.
    """

    label: ClassVar[str] = "dropout"
    random: ClassVar[bool] = True

    rate: Rate = arg("share of the numbers that becomes zero", foreign=("p",))

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Dropout(0.5)", (7,)),
        Case("Dropout(25%)", (3, 4, 2)),
        Case("Dropout(0)", (5, 3)),
    )
