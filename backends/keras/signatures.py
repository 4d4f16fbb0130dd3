"""Arguments of constructors, as readers know them: those that a block's own may become."""

from __future__ import annotations

from specc.codegen.model.skeleton import Signature, Signatures

SIGNATURES: Signatures = {
    "layers.Conv2D": Signature(
        ("filters",),
        ("kernel_size", "strides", "padding", "dilation_rate", "groups"),
        {"strides": 1, "dilation_rate": 1, "groups": 1},
    ),
    "layers.Dense": Signature(("units",)),
    "layers.ZeroPadding2D": Signature(("padding",)),
    "layers.Dropout": Signature(("rate",)),
    "layers.SpatialDropout2D": Signature(("rate",)),
    "layers.MultiHeadAttention": Signature(("heads",)),
    "layers.LSTM": Signature(("units",)),
    "layers.SimpleRNN": Signature(("units",)),
    "keras.regularizers.L2": Signature(("l2",)),
}
