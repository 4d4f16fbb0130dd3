"""Recurrent layers. The classes are parts of the scripts: backends/torch/parts/layers.py."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import Expr, Index, call, method
from specc.codegen.python.options import options
from specc.ops.recurrent import GRU, LSTM, SimpleRNN

from .lowering import lowers


@lowers(SimpleRNN, LSTM, GRU)
def recurrent(op: SimpleRNN | LSTM | GRU, site: Site) -> Lowered:
    both = options(bidirectional=(op.bidirectional, False))
    own = {"batch_first": True} if isinstance(op, GRU) else {}
    name = "nn.GRU" if isinstance(op, GRU) else op.word()
    module = call(name, site.inputs[0][-1], op.units, **own, **both)
    made = call(MODULE, site.x)
    if op.sequences:
        return Lowered(module, (Index(made, "0"),))
    # The states behind the outputs: of an LSTM h and c, with the directions first.
    last: Expr = Index(made, "1")
    if isinstance(op, LSTM):
        last = Index(last, "0")
    joined = method(method(last, "transpose", 0, 1), "flatten", start_dim=1)
    return Lowered(module, (joined,), comment="the last state")
