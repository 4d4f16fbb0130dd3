"""What PyTorch scripts have for those that call them."""

from __future__ import annotations

from specc.codegen.script.contract import COMMON, Member

CONTRACT = (
    *COMMON,
    Member("compute", ("model", "batch", "device")),
    Member("train_epoch", ("model", "optimizer", "data", "config", "epoch")),
    Member("evaluate", ("model", "part", "scale", "config")),
    Member("load_weights"),
)
