"""Attention. `PositionEmbedding` and `ClassToken` are in backends/keras/parts/layers.py."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site, Stored
from specc.codegen.python.expressions import call
from specc.codegen.python.options import options
from specc.ops.attention import ClassToken, MultiHeadAttention, PositionEmbedding

from .lowering import lowers, regularized


def _stored(bias: bool) -> tuple[Stored, ...]:
    """Keras keeps the heads in an axis of their own: (channels, heads, key_dim)."""
    found = []
    for name in ("query", "key", "value", "output"):
        into = name != "output"
        axes, merged = ((2, 0, 1), (2, 1)) if into else ((1, 2, 0), (1, 2))
        found.append(Stored(f"{name}.weight", f"{name}_dense.kernel", axes, merged))
        if bias and into:
            found.append(Stored(f"{name}.bias", f"{name}_dense.bias", (0, 1), (2,)))
        elif bias:
            found.append(Stored("output.bias", "output_dense.bias"))
    return tuple(found)


@lowers(MultiHeadAttention)
def multi_head_attention(op: MultiHeadAttention, site: Site) -> Lowered:
    module = call(
        "layers.MultiHeadAttention",
        op.heads,
        key_dim=op.size(*site.inputs),
        **options(use_bias=(op.bias, True)),
        **regularized(op, "kernel"),
        name=site.name,
    )
    causal = options(use_causal_mask=(op.causal, False))
    return Lowered(module, (call(MODULE, site.x, site.args[-1], **causal),), _stored(op.bias))


@lowers(PositionEmbedding)
def position_embedding(op: PositionEmbedding, site: Site) -> Lowered:
    module = call("PositionEmbedding", name=site.name)
    return Lowered(module, (call(MODULE, site.x),), (Stored("weight", "places"),))


@lowers(ClassToken)
def class_token(op: ClassToken, site: Site) -> Lowered:
    module = call("ClassToken", name=site.name)
    return Lowered(module, (call(MODULE, site.x),), (Stored("weight", "token"),))
