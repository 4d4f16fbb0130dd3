"""The demo from end to end: a short training of both scripts on the photographs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_both_scripts_beat_the_linear_model(tmp_path: Path) -> None:
    command = [sys.executable, "demo.py", "--out", str(tmp_path), "--epochs", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

    control = re.search(r"validation accuracy (\d\.\d+)", done.stdout)
    assert control is not None, done.stdout
    for backend in ("keras", "torch"):
        rows = json.loads((tmp_path / backend / "history.json").read_text(encoding="utf-8"))
        assert len(rows) == 3
        assert rows[-1]["val_accuracy"] > 0.95 > float(control[1])
