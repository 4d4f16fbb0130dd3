"""Tables of vectors."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import call, method
from specc.ops.embedding import Embedding

from .lowering import lowers


@lowers(Embedding)
def embedding(op: Embedding, site: Site) -> Lowered:
    module = call("nn.Embedding", op.entries, op.units)
    # The samples are float32, which holds whole numbers below 2**24 exactly.
    return Lowered(module, (call(MODULE, method(site.x, "long")),))
