"""Attention. The classes are parts of the scripts: backends/torch/parts/layers.py."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import call
from specc.codegen.python.options import options
from specc.ops.attention import ClassToken, MultiHeadAttention, PositionEmbedding

from .lowering import lowers


@lowers(MultiHeadAttention)
def multi_head_attention(op: MultiHeadAttention, site: Site) -> Lowered:
    channels, memory = site.inputs[0][-1], site.inputs[-1][-1]
    module = call(
        "MultiHeadAttention",
        channels,
        memory,
        op.heads,
        key_dim=op.size(*site.inputs),
        **options(causal=(op.causal, False), bias=(op.bias, True)),
    )
    return Lowered(module, (call(MODULE, site.x, site.args[-1]),))


@lowers(PositionEmbedding)
def position_embedding(op: PositionEmbedding, site: Site) -> Lowered:
    return Lowered(call("PositionEmbedding", *site.inputs[0]), (call(MODULE, site.x),))


@lowers(ClassToken)
def class_token(op: ClassToken, site: Site) -> Lowered:
    return Lowered(call("ClassToken", site.inputs[0][-1]), (call(MODULE, site.x),))
