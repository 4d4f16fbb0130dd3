"""What PyTorch scripts have for those that call them."""

from __future__ import annotations

from specc.codegen.script.contract import COMMON, LEAN_COMMON, Member

CONTRACT = (
    *COMMON,
    Member("Batches"),
    Member("make_batch", ("part", "rows", "scale")),
    Member("compute", ("model", "batch")),
    Member("train_epoch", ("model", "optimizer", "batches", "config", "epoch")),
    Member("evaluate", ("model", "batches")),
    Member("load_weights"),
)

LEAN = (
    *LEAN_COMMON,
    Member("DEVICE"),
    Member("compute", ("model", "part", "rows")),
    Member("train_epoch", ("model", "optimizer", "part", "epoch")),
    Member("evaluate", ("model", "part")),
)
