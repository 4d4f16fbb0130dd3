"""Recurrent layers. `GRU` is in backends/keras/parts/layers.py."""

from __future__ import annotations

from typing import Any

from specc.codegen.lowering import MODULE, Lowered, Site, Stored
from specc.codegen.python.expressions import Call, call
from specc.codegen.python.options import options
from specc.ops.recurrent import GRU, LSTM, SimpleRNN

from .lowering import lowers, regularized


def _stored(op: SimpleRNN | LSTM | GRU, owner: str, end: str) -> tuple[Stored, ...]:
    names = ("kernel", "recurrent_kernel", "bias")
    if isinstance(op, GRU):
        names = ("weight_ih", "weight_hh", "bias_ih")
    found = [
        Stored(f"weight_ih_l0{end}", f"{owner}cell.{names[0]}", (1, 0)),
        Stored(f"weight_hh_l0{end}", f"{owner}cell.{names[1]}", (1, 0)),
        Stored(f"bias_ih_l0{end}", f"{owner}cell.{names[2]}"),
    ]
    if isinstance(op, GRU):
        found.append(Stored(f"bias_hh_l0{end}", f"{owner}cell.bias_hh"))
    return tuple(found)


def _made(op: SimpleRNN | LSTM | GRU, **options: Any) -> Call:
    penalties = regularized(op, "kernel", "recurrent")
    maker = "GRU" if isinstance(op, GRU) else f"layers.{op.word()}"
    return call(maker, op.units, **penalties, **options)


@lowers(SimpleRNN, LSTM, GRU)
def recurrent(op: SimpleRNN | LSTM | GRU, site: Site) -> Lowered:
    sequences = options(return_sequences=(op.sequences, False))
    if not op.bidirectional:
        module = _made(op, **sequences, name=site.name)
        return Lowered(module, (call(MODULE, site.x),), _stored(op, "", ""))
    module = call("layers.Bidirectional", _made(op, **sequences), name=site.name)
    stored = _stored(op, "forward_layer.", "") + _stored(op, "backward_layer.", "_reverse")
    return Lowered(module, (call(MODULE, site.x),), stored)
