"""Arguments of constructors, as readers know them: those that a block's own may become."""

from __future__ import annotations

from specc.codegen.model.skeleton import Signature, Signatures

SIGNATURES: Signatures = {
    "nn.Conv2d": Signature(
        ("channels", "filters"),
        ("kernel_size", "stride", "padding", "dilation", "groups"),
        {"stride": 1, "padding": 0, "dilation": 1, "groups": 1},
    ),
    "nn.Linear": Signature(("inputs", "units")),
    "nn.MaxPool2d": Signature((), ("kernel_size", "stride", "padding"), {"padding": 0}),
    "nn.AvgPool2d": Signature((), ("kernel_size", "stride", "padding"), {"padding": 0}),
    "nn.LayerNorm": Signature(("channels",)),
    "nn.GroupNorm": Signature(("groups", "channels")),
    "nn.RMSNorm": Signature(("channels",)),
    "nn.Dropout": Signature(("rate",)),
    "nn.Dropout2d": Signature(("rate",)),
    "DropPath": Signature(("rate",)),
    "MultiHeadAttention": Signature(("channels", "memory", "heads")),
    "LSTM": Signature(("inputs", "units")),
    "SimpleRNN": Signature(("inputs", "units")),
    "BatchNorm1d": Signature(("channels",)),
    "BatchNorm2d": Signature(("channels",)),
}
