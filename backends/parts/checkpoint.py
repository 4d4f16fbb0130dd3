"""The last finished epoch of a run, from which `--resume` goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .data import Array


def save_checkpoint(folder: Path, tensors: dict[str, Array], state: dict[str, Any]) -> None:
    """Write last-EPOCH.safetensors, then last.json, which names it: the one point of commit."""


def load_checkpoint(folder: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """The tensors and the state that `save_checkpoint` wrote last."""
    raise NotImplementedError
