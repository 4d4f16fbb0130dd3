"""What Keras scripts have for those that call them."""

from __future__ import annotations

from specc.codegen.script.contract import COMMON, LEAN_COMMON, Member

CONTRACT = (
    *COMMON,
    Member("WEIGHTS"),
    Member("Batches"),
    Member("make_batch", ("part", "places", "scale")),
    Member("feed"),
    Member("all_layers"),
    Member("collect"),
    Member("load_weights"),
    Member("named_weights"),
    Member("save_model"),
    Member("to_canonical"),
)

LEAN = LEAN_COMMON
