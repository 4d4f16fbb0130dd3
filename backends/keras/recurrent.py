"""Recurrent layers."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site, Stored
from specc.codegen.options import options
from specc.codegen.pyexpr import call
from specc.ops.recurrent import LSTM, SimpleRNN

from .lowering import lowers


def _stored(owner: str, end: str) -> tuple[Stored, ...]:
    return (
        Stored(f"weight_ih_l0{end}", f"{owner}cell.kernel", (1, 0)),
        Stored(f"weight_hh_l0{end}", f"{owner}cell.recurrent_kernel", (1, 0)),
        Stored(f"bias_ih_l0{end}", f"{owner}cell.bias"),
    )


@lowers(SimpleRNN, LSTM)
def recurrent(op: SimpleRNN | LSTM, site: Site) -> Lowered:
    sequences = options(return_sequences=(op.sequences, False))
    layer = f"layers.{op.word()}"
    if not op.bidirectional:
        module = call(layer, op.units, **sequences, name=site.name)
        return Lowered(module, (call(MODULE, site.x),), _stored("", ""))
    module = call("layers.Bidirectional", call(layer, op.units, **sequences), name=site.name)
    stored = _stored("forward_layer.", "") + _stored("backward_layer.", "_reverse")
    return Lowered(module, (call(MODULE, site.x),), stored)
