"""What other frameworks have and specc writes otherwise."""

from __future__ import annotations

ADVICE = {
    "Activation": "an activation is a layer: `ReLU`, or the last argument: `Dense(10, relu)`",
    "Identity": "leave it out; a branch that does nothing is `branch { }`",
    "Input": "write `input 64x64x3`: height x width x channels",
    "InputLayer": "write `input 64x64x3`: height x width x channels",
    "Lambda": "a spec holds no code of Python's",
    "Model": "write `model name { ... }`",
    "RandomFlip": "write `augment { flip(horizontal) }` in `data { ... }`",
    "RandomRotation": "write `augment { rotate(10deg) }` in `data { ... }`",
    "Sequential": "write `model name { ... }` with a layer on each line",
}
"""Names that are layers elsewhere and something else here."""

INPUTS_FIRST = frozenset({"Conv2d", "Linear", "Bilinear", "BatchNorm2d", "BatchNorm1d"})
"""PyTorch's layers that begin with the number of input channels, which specc works out."""
