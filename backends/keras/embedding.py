"""Tables of vectors. `Embedding` is a part: backends/keras/parts/layers.py."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site, Stored
from specc.codegen.python.expressions import call
from specc.ops.embedding import Embedding

from .lowering import lowers


@lowers(Embedding)
def embedding(op: Embedding, site: Site) -> Lowered:
    module = call("Embedding", op.entries, op.units, name=site.name)
    return Lowered(module, (call(MODULE, site.x),), (Stored("weight", "embeddings"),))
