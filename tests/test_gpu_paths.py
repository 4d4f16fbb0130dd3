"""What differs on a GPU and can be looked at without one."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from specc.backends.torch.parts.run import Slots


def restored(fused: bool) -> torch.Tensor:
    """The count of steps of a resumed Adam whose parameters lie on another device than the CPU."""
    model = nn.Linear(2, 1, device="meta")
    optimizer = torch.optim.Adam(model.parameters())
    optimizer.defaults["fused"] = fused
    tensors = {
        f"optimizer.{slot}.{name}": np.zeros(shape, np.float32)
        for slot in ("exp_avg", "exp_avg_sq")
        for name, shape in (("weight", (1, 2)), ("bias", (1,)))
    }
    Slots(model, optimizer, "exp_avg", "exp_avg_sq").restore(tensors, {"step": 7})
    found: torch.Tensor = optimizer.state[model.weight]["step"]
    return found


def test_a_fused_optimizer_counts_where_its_parameters_lie() -> None:
    # On an H100 the next step ended with "Expected all tensors to be on the same device".
    assert restored(fused=True).device.type == "meta"
    assert restored(fused=False).device.type == "cpu"
    assert restored(fused=False).item() == 7
