"""Scripts as modules, and their models as they make them. Needs what the scripts need alone."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch


def load_file(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


class Prepared(Exception):
    """Ends the script's `train_model` where its first epoch would begin."""


def begun(script: Any, config: Any) -> tuple[Any, ...]:
    """What a PyTorch script gives its first `train_epoch`: model, optimizer, batches, settings and
    epoch. No file is written."""
    found: list[Any] = []

    def stop(*args: Any) -> None:
        found.extend(args)
        raise Prepared

    def nothing(*args: Any, **options: Any) -> list[Any]:
        return []

    with patch.multiple(script, train_epoch=stop, begin=nothing, announce=nothing):
        try:
            script.train_model(config)
        except Prepared:
            return tuple(found)
    raise AssertionError("no epoch began")
