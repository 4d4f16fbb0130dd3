"""Models that torch.compile makes kernels for, where `--compile` asks for it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ...parts.errors import RunError

MODES = ("default", "reduce-overhead", "max-autotune")


def compile_model(model: nn.Module, mode: str, device: torch.device) -> None:
    """Run a model as torch.compile makes it; its rounding and its dropout masks are others."""
    if mode not in MODES:
        raise RunError(f"--compile knows {', '.join(MODES)}, not `{mode}`")
    try:
        torch.compile(torch.neg)(torch.ones(2, device=device))
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        raise RunError(f"torch.compile does not work here: {first}") from None
    forward = torch.compile(model.forward, mode=mode)

    def run(*inputs: Tensor) -> Any:
        # With CUDA graphs the next step writes over what this one gave.
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
        found = forward(*inputs)
        return (
            found.clone() if isinstance(found, Tensor) else {n: y.clone() for n, y in found.items()}
        )

    model.forward = run
