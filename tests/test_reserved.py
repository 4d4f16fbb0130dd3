"""Names that a user cannot give."""

from __future__ import annotations

import keyword
import subprocess
import sys
from importlib.util import find_spec

import pytest

from specc.reserved import RESERVED, unusable


def test_every_attribute_of_a_module_is_reserved() -> None:
    if find_spec("torch") is None:
        pytest.skip("torch is not installed")
    code = "import torch; print(*dir(torch.nn.Module()))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [name for name in run.stdout.split() if not unusable(name)] == []


@pytest.mark.parametrize("name", ["class", "half", "forward", "train", "np", "_x", "Config"])
def test_unusable(name: str) -> None:
    assert unusable(name)


@pytest.mark.parametrize(
    "name", ["x", "skip1", "features", "channels", "filters", "sum", "Bottleneck"]
)
def test_usable(name: str) -> None:
    assert not unusable(name)


def test_keywords_are_reserved() -> None:
    assert set(keyword.kwlist) <= RESERVED
