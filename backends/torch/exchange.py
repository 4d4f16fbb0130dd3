"""Moves weights between PyTorch's files and the canonical one.

Runs in a process of its own, as `exchange.py read SCRIPT MAKER FROM TO` or with `write`. What does
not fit is written to stderr, `wrong: ` before each line.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from specc.parity.probing import load_script

from .contract import CONTRACT


def main() -> None:
    call, script_path, maker, given, made = sys.argv[1:]
    if call == "read":
        read(Path(given), Path(made))
    else:
        write(load_script(Path(script_path), CONTRACT), maker, Path(given), Path(made))


def read(given: Path, made: Path) -> None:
    """A state dict's names and layouts are the canonical ones."""
    state = torch.load(given, map_location="cpu", weights_only=True)
    if not isinstance(state, dict):
        sys.exit(f"wrong: holds no state dict but a {type(state).__name__}")
    wrong = [
        f"`{name}` is no tensor" for name, value in state.items() if not is_weight(name, value)
    ]
    if wrong:
        sys.exit("\n".join(f"wrong: {line}" for line in wrong))
    # Clones: safetensors refuses tensors that share memory or lie in another order.
    save_file(
        {
            name: tensor.clone(memory_format=torch.contiguous_format)
            for name, tensor in state.items()
            if not name.endswith(".num_batches_tracked")
        },
        made,
    )


def is_weight(name: Any, value: Any) -> bool:
    return isinstance(name, str) and isinstance(value, Tensor)


def write(script: Any, maker: str, given: Path, made: Path) -> None:
    model = getattr(script, maker)()
    script.load_weights(given, model)
    torch.save(model.state_dict(), made)


if __name__ == "__main__":
    main()
