"""What differs on a GPU and can be looked at without one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np


def restored(fused: bool) -> Any:
    """The count of steps of a resumed Adam whose parameters lie on another device than the CPU."""
    import torch
    from torch import nn

    slots = import_module("specc.backends.torch.parts.run").Slots
    model = nn.Linear(2, 1, device="meta")
    optimizer = torch.optim.Adam(model.parameters())
    optimizer.defaults["fused"] = fused
    tensors = {
        f"optimizer.{slot}.{name}": np.zeros(shape, np.float32)
        for slot in ("exp_avg", "exp_avg_sq")
        for name, shape in (("weight", (1, 2)), ("bias", (1,)))
    }
    slots(model, optimizer, "exp_avg", "exp_avg_sq").restore(tensors, {"step": 7})
    return optimizer.state[model.weight]["step"]


def test_a_fused_optimizer_counts_where_its_parameters_lie() -> None:
    # On an H100 the next step ended with "Expected all tensors to be on the same device".
    assert restored(fused=True).device.type == "meta"
    assert restored(fused=False).device.type == "cpu"
    assert restored(fused=False).item() == 7
