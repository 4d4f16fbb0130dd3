"""What activations, norms, noise, merges, attention and recurrent layers are tested on beside their
cases: facts and problems for tests/test_ops.py, wrong variants for tests/test_layer_parity.py.
"""

from __future__ import annotations

from specc.ops.base import Dims, Reach

FACTS: list[tuple[str, tuple[Dims, ...], Dims, int, int, tuple[Reach, ...]]] = [
    # text, inputs, output, weights (statistics too), multiply-accumulates, reach
    ("PReLU", ((4, 4, 3),), (4, 4, 3), 3, 0, ()),
    ("PReLU(single)", ((4, 4, 3),), (4, 4, 3), 1, 0, ()),
    ("GLU", ((4, 4, 6),), (4, 4, 3), 0, 0, ()),
    ("LayerNorm", ((4, 5, 3),), (4, 5, 3), 6, 0, ()),
    ("LayerNorm(all)", ((4, 5, 3),), (4, 5, 3), 120, 0, ()),
    ("GroupNorm(2)", ((4, 5, 6),), (4, 5, 6), 12, 0, ()),
    ("InstanceNorm", ((4, 5, 6),), (4, 5, 6), 12, 0, ()),
    ("RMSNorm", ((4, 6),), (4, 6), 6, 0, ()),
    ("LayerScale", ((4, 4, 3),), (4, 4, 3), 3, 0, ()),
    ("Subtract", ((4, 3), (4, 3)), (4, 3), 0, 0, ()),
    ("Dot", ((4,), (4,)), (1,), 0, 0, ()),
    ("MultiHeadAttention(2)", ((5, 4),), (5, 4), 80, 4 * (80 + 50), (Reach(None),)),
    ("MultiHeadAttention(2, key_dim=3, bias=false)", ((5, 4), (7, 2)), (5, 4),
     2 * 6 * 4 + 2 * 6 * 2, 6 * (2 * 5 * 4 + 2 * 7 * 2 + 2 * 5 * 7), (Reach(None),)),
    ("PositionEmbedding", ((5, 4),), (5, 4), 20, 0, ()),
    ("ClassToken", ((5, 4),), (6, 4), 4, 0, ()),
    ("SimpleRNN(3)", ((5, 4),), (3,), 3 * 4 + 3 * 3 + 3, 5 * 3 * (4 + 3), (Reach(None),)),
    ("LSTM(3, sequences=true)", ((5, 4),), (5, 3), 4 * (3 * 4 + 3 * 3 + 3), 5 * 12 * (4 + 3),
     (Reach(None),)),
    ("LSTM(3, bidirectional=true)", ((5, 4),), (6,), 8 * (3 * 4 + 3 * 3 + 3),
     2 * 5 * 12 * (4 + 3), (Reach(None),)),
]  # fmt: skip

PROBLEMS: list[tuple[str, tuple[Dims, ...], str, str | None, str, str]] = [
    # text, inputs, code, argument at fault, expected, found
    ("GLU", ((4, 4, 3),), "E0315", None, "an even number of channels", "4x4x3: 3"),
    ("GroupNorm(4)", ((4, 4, 6),), "E0304", "groups", "a number that divides 6", "4"),
    ("InstanceNorm", ((4,),), "E0316", None, "at least 2 places", "a vector of 4: 1 place"),
    ("InstanceNorm", ((1, 1, 4),), "E0316", None, "at least 2 places",
     "a picture of 1x1x4: 1 place"),
    ("LocalResponseNorm(4)", ((4, 4, 6),), "E0317", "size", "an odd number", "4"),
    ("LocalResponseNorm", ((4,),), "E0301", None, "a sequence or a picture", "a vector of 4"),
    ("Normalization([1, 2], 1)", ((4, 4, 3),), "E0318", "mean", "1 or 3 numbers", "2 numbers"),
    ("Normalization(0, [1, 2])", ((4, 4, 1),), "E0318", "variance", "1 number", "2 numbers"),
    ("SpatialDropout2D(0.5)", ((4, 3),), "E0301", None,
     "a picture: height x width x channels", "a sequence of 4x3"),
    ("SpatialDropout1D(0.5)", ((4, 4, 3),), "E0301", None,
     "a sequence: length x channels", "a picture of 4x4x3"),
    ("Subtract", ((4, 3), (4, 2)), "E0306", None, "4x3", "4x2"),
    ("Maximum", ((4, 4, 3), (1, 1, 3)), "E0306", None, "4x4x3", "1x1x3"),
    ("Dot", ((4,), (3,)), "E0306", None, "4", "3"),
    ("Dot", ((4, 2), (4, 2)), "E0301", None, "a vector: channels", "a sequence of 4x2"),
    ("MultiHeadAttention(3)", ((5, 4),), "E0315", "heads", "a number that divides 4", "3"),
    ("MultiHeadAttention(2)", ((4, 4, 2),), "E0301", None,
     "a sequence: length x channels", "a picture of 4x4x2"),
    ("ClassToken", ((4,),), "E0301", None, "a sequence: length x channels", "a vector of 4"),
    ("PositionEmbedding", ((4, 4, 2),), "E0301", None,
     "a sequence: length x channels", "a picture of 4x4x2"),
    ("LSTM(3)", ((4,),), "E0301", None, "a sequence: length x channels", "a vector of 4"),
]  # fmt: skip

WRONG: list[tuple[str, str, str, Dims, str, str]] = [
    # what is wrong, where, text, each input, what it stands for, what stands there
    ("the ceiling left out", "torch", "ReLU(ceiling=1.5)", (9,), "max=1.5", "max=15"),
    ("the slope left out", "keras", "ReLU(1, slope=0.1)", (9,), ", negative_slope=0.1", ""),
    ("torch's own alpha", "torch", "ELU(0.3)", (9,), ", alpha=0.3", ""),
    ("GELU by the error function", "torch", "GELU(approximate=true)", (9,),
     ', approximate="tanh"', ""),
    ("log softmax over the width", "torch", "LogSoftmax", (4, 3, 5), "dim=1", "dim=-1"),
    ("Keras 2's hard sigmoid", "keras", "HardSigmoid", (9,),
     'layers.Activation("hard_sigmoid", name="layer")(x0)',
     "keras.ops.clip(0.2 * x0 + 0.5, 0, 1)"),
    ("an alpha for each column", "keras", "PReLU", (4, 5, 5),
     "layers.PReLU(shared_axes=[1, 2]", "layers.PReLU(shared_axes=[1, 3]"),
    ("halves along the width", "torch", "GLU", (4, 4, 4), "dim=1", "dim=-1"),
    ("halves the other way round", "torch", "GLU", (5, 4), "F.glu(x0, dim=-1)",
     "F.glu(x0.flip(-1), dim=-1)"),
    ("torch's own epsilon of LayerNorm", "torch", "LayerNorm", (6, 4), ", eps=0.001", ""),
    ("LayerNorm along the width", "torch", "LayerNorm", (3, 4, 4), ".permute(0, 2, 3, 1)", ""),
    ("its scales the other way round", "torch", "LayerNorm(all)", (4, 4, 4),
     "self.layer(x0)", "self.layer(x0.transpose(1, 2)).transpose(1, 2)"),
    ("one group for LayerNorm", "torch", "LayerNorm", (3, 3, 3),
     "nn.LayerNorm(3", "nn.GroupNorm(1, 3"),
    ("torch's own epsilon of GroupNorm", "torch", "GroupNorm(2)", (5, 4, 6), ", eps=0.001", ""),
    ("groups of every other channel", "keras", "GroupNorm(2)", (5, 4, 6), "groups=2", "groups=3"),
    ("all channels of an instance", "keras", "InstanceNorm", (5, 4, 3), "groups=-1", "groups=1"),
    ("torch's own epsilon of RMSNorm", "torch", "RMSNorm(epsilon=0.1)", (6, 4), ", eps=0.1", ""),
    ("unit length along the width", "torch", "UnitNorm", (5, 4, 3), "dim=1", "dim=-1"),
    ("alpha divided by the size", "torch", "LocalResponseNorm(3, alpha=1)", (3, 2, 4),
     "alpha=3.0", "alpha=1.0"),
    ("variance for deviation", "keras", "Normalization(0.5, 2)", (4, 3),
     "variance=2.0", "variance=4.0"),
    ("offset before the factor", "torch", "Rescaling(2, offset=-1)", (6, 4),
     "x0 * 2.0 + -1.0", "(x0 + -1.0) * 2.0"),
    ("subtracted the other way round", "torch", "Subtract", (5,), "x0 - x1", "x1 - x0"),
    ("a sum for the mean", "torch", "Average", (5,), "y / 2", "y"),
    ("the smaller for the larger", "torch", "Maximum", (5,), ">=", "<="),
    ("no lengths", "keras", "Dot(normalize=true)", (4,), ", normalize=True", ""),
    ("attention to what is behind", "torch", "MultiHeadAttention(1, causal=true)", (4, 3),
     ", causal=True", ""),
    ("one head for two", "torch", "MultiHeadAttention(2)", (5, 4),
     "(4, 2, key_dim=2)", "(4, 1, key_dim=4)"),
    ("places from the end", "torch", "PositionEmbedding", (5, 4),
     "self.layer(x0)", "self.layer(x0.flip(1)).flip(1)"),
    ("the token at the end", "torch", "ClassToken", (5, 4),
     "self.layer(x0)", "self.layer(x0.flip(1)).flip(1)"),
    ("the first state for the last", "torch", "SimpleRNN(3)", (5, 4),
     "self.layer(x0)[1]", "self.layer(x0.flip(1))[1]"),
    ("the cell's state for its output", "torch", "LSTM(3)", (5, 4), "[1][0]", "[1][1]"),
    ("the backward state first", "torch", "LSTM(3, bidirectional=true)", (5, 2),
     "[1][0]", "[1][0].flip(0)"),
    ("a plain rectifier for tanh", "keras", "SimpleRNN(3)", (5, 4),
     "layers.SimpleRNN(3,", 'layers.SimpleRNN(3, activation="relu",'),
]  # fmt: skip

FLOAT32_CONSTANT = {
    "LeakyReLU", "leaky_relu", "GELU", "gelu", "HardSigmoid", "hard_sigmoid", "MultiHeadAttention",
}  # fmt: skip
"""Layers and words of which TensorFlow keeps a constant in float32."""
