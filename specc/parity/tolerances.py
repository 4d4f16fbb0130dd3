"""How far two backends may be apart, and where each figure comes from.

Errors are relative L2 norms over all tensors of a kind. The figures of correct code were measured
with Keras 3.15 on TensorFlow 2.21 and PyTorch 2.13 on an x86-64 CPU; the smallest bug is the least
error that an injected bug of the level's kind made there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerance:
    """limit: the error allowed. correct, bug: measured without and with a bug."""

    limit: float
    correct: str
    bug: str

    @property
    def origin(self) -> str:
        return f"correct code {self.correct}, smallest bug {self.bug}"


FLOAT64 = {
    "logits": Tolerance(1e-12, "3e-15", "8.9e-4 (BatchNorm epsilon)"),
    "loss": Tolerance(1e-12, "1e-15", "1.5e-2 (label smoothing missing)"),
    "gradients": Tolerance(1e-11, "3e-15", "1.2e-3 (BatchNorm epsilon)"),
    "parameters": Tolerance(1e-11, "2e-16", "5.0e-5 (weight decay forgotten)"),
    "parameters of adam": Tolerance(1e-10, "6e-14", "7.3e-5 (epsilon of Adam)"),
    "statistics": Tolerance(1e-11, "4e-16", "2.3e-4 (unbiased variance)"),
    "slots": Tolerance(1e-10, "3e-15", "1e-2 (another beta)"),
    "trajectory": Tolerance(1e-9, "8e-16 to 2e-12", "8.6e-7 (AMSGrad)"),  # chaos: growth.py
    "losses": Tolerance(1e-10, "8e-15", "1e-3 (swapped batches)"),
    "learning rates": Tolerance(1e-12, "0", "2e-3 (learning rate)"),
    "figures": Tolerance(1e-12, "3e-16", "9e-2 (the mean of the batches)"),
}
"""Levels 1 to 4."""

FLOAT32 = {
    "logits": Tolerance(2e-5, "1.4e-6", "8.9e-4 (BatchNorm epsilon)"),
    "loss": Tolerance(2e-5, "1e-6", "1.5e-2 (label smoothing missing)"),
    "gradients": Tolerance(2e-5, "1.6e-6", "1.2e-3 (BatchNorm epsilon)"),
    "parameters": Tolerance(1e-5, "8e-8", "5.0e-5 (weight decay forgotten)"),
    "parameters of adam": Tolerance(2e-4, "4.3e-5", "none: float64 decides"),
    "statistics": Tolerance(1e-5, "2.2e-7", "2.3e-4 (unbiased variance)"),
    "slots": Tolerance(4e-5, "3e-6", "1e-2 (another beta)"),
    "samples": Tolerance(1e-6, "8e-8", "3.9e-3 (256 for 255)"),
}
"""Level 5; where float32 goes farther: precision.py."""

IN_USE = {
    "figures": Tolerance(1e-5, "0 to 2e-7", "6e-2 (another part of the data)"),
    "predictions": Tolerance(1e-5, "0 to 1.7e-7", "2e-2 (the picture upside down)"),
}
"""Level 6, in float32: figures of a history and of an evaluation, and probabilities."""

TWIN = Tolerance(1e-4, "1.3e-6 to 1.7e-6", "6e-4 (learning rate 0.2 % off)")
"""Level 7, in float32; where float32 goes farther: precision.py."""

DISAGREEMENT = Tolerance(0.02, "0 to 1 of 297", "none: a sanity check")
"""Level 8: the share of samples that two trained networks name differently."""


ROUNDING = 1e-11
"""In float64: what is smaller than so much of the numbers it is made of, or beside, is rounding.
Gradients that are truly 0 came to 1.2e-15 of the largest, real ones to 1e-8 (LayerScale(1e-6))."""


def table(dtype: str) -> dict[str, Tolerance]:
    """The tolerances of levels 1 to 4, or in float32 of level 5."""
    return FLOAT32 if dtype == "float32" else FLOAT64
