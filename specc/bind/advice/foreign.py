"""What other frameworks have and specc writes otherwise."""

from __future__ import annotations

ADVICE = {
    "Activation": "an activation is a layer: `ReLU`, or the last argument: `Dense(10, relu)`",
    "Bidirectional": "write `LSTM(64, bidirectional=true)`, and so for `GRU` and `SimpleRNN`",
    "Chunk": "take each part by itself: `part = x -> Slice(channels, stop=8)`",
    "GEGLU": "write `GLU(gelu)`",
    "Identity": "leave it out; a branch that does nothing is `branch { }`",
    "Input": "write `input 64x64x3`: height x width x channels",
    "InputLayer": "write `input 64x64x3`: height x width x channels",
    "Lambda": "a spec holds no code of Python's",
    "CircularPad2d": "Keras has none: use `ReflectionPad2D` or `ZeroPad2D`",
    "Model": "write `model name { ... }`",
    "RandomFlip": "write `augment { flip(horizontal) }` in `data { ... }`",
    "RandomRotation": "write `augment { rotate(10deg) }` in `data { ... }`",
    "ReplicationPad2d": "Keras has none: use `ReflectionPad2D` or `ZeroPad2D`",
    "Sequential": "write `model name { ... }` with a layer on each line",
    "SimpleGate": "write `GLU(linear)`",
    "Split": "take each part by itself: `part = x -> Slice(channels, stop=8)`",
    "SwiGLU": "write `GLU(silu)`: the second half is the gate",
    "TimeDistributed": "leave it out: `Dense` works on each place of a sequence",
}
"""Names that are layers elsewhere and something else here."""

INPUTS_FIRST = frozenset({"Conv2d", "Linear", "Bilinear", "BatchNorm2d", "BatchNorm1d"})
"""PyTorch's layers that begin with the number of input channels, which specc works out."""
