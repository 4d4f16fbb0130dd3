"""`benchmarks/gpu_check.py` on the CPU: every part has its rows, and faults are told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from specc.parity.tolerances import FLOAT64

ROOT = Path(__file__).resolve().parents[1]
Rows = list[dict[str, Any]]
pytestmark = pytest.mark.slow


def check(out: Path, *flags: str) -> tuple[int, Rows, str]:
    command = [sys.executable, str(ROOT / "benchmarks/gpu_check.py"), "--device", "cpu"]
    done = subprocess.run([*command, "--out", str(out), *flags], capture_output=True, text=True)
    rows = json.loads((out / "gpu-check.json").read_text())["rows"]
    return done.returncode, rows, (out / "gpu-check.md").read_text()


def of(rows: Rows, part: str) -> Rows:
    return [row for row in rows if row["part"] == part]


def edited(tmp_path: Path, old: str, new: str) -> str:
    text = (ROOT / "generated/residual/train_torch.py").read_text()
    assert text.count(old) == 1
    (tmp_path / "edited.py").write_text(text.replace(old, new))
    return f"--script=residual={tmp_path / 'edited.py'}"


def test_every_part_tells_what_it_found(tmp_path: Path) -> None:
    code, rows, table = check(tmp_path, "--specs", "residual")
    assert code == 0, table
    assert "**No GPU**" in table
    assert not [row for row in rows if row["status"] == "failed"]
    for part in ("train", "resume", "out-of-memory"):
        assert [row["status"] for row in of(rows, part)] == ["passed"], part
    found = {row["what"]: row for row in of(rows, "parity")}
    assert {what.split()[1] for what in found} == {"L1", "L2", "L3", "L4"}
    assert found["residual L1 logits"]["limit"] == FLOAT64["logits"].limit
    assert all(row["error"] <= row["limit"] <= 1e-9 for row in found.values())
    *formats, _ = sorted(row["status"] for row in of(rows, "precision"))
    assert formats == ["missing", "passed", "passed"]
    (kept,) = of(rows, "memory")
    assert len(kept["used"]) == 5 and kept["peak"] > 2**20
    rates = {row["what"]: row for row in of(rows, "speed") if row["status"] == "measured"}
    assert {"residual generated", "residual by hand"} <= rates.keys()
    assert all(row["rate"] > 0 for row in rates.values())
    matmul, share = of(rows, "peak")
    assert matmul["rate"] > 1e8 and share["flops"] > 1e6 and 0 < share["share"] < 1
    (parts,) = of(rows, "where")
    assert parts["shares"].keys() == {"input", "input from the host's memory", "network"}
    assert of(rows, "about") and [row["status"] for row in of(rows, "keras")] == ["missing"]
    assert all(f"| {row['part']} | {row['what']} |" in table for row in rows)


def test_a_fault_fails(tmp_path: Path) -> None:
    """Numbers that differ from call to call, as those of a wrong kernel might."""
    script = edited(
        tmp_path,
        "    logits: Tensor = model(x.permute(0, 3, 1, 2))\n    loss",
        "    logits: Tensor = model(x.permute(0, 3, 1, 2)) * (1 + 1e-6 * torch.rand(()))\n    loss",
    )
    code, rows, table = check(tmp_path, "--specs", "residual", "--parts", "parity,resume", script)
    assert code == 1
    assert [row["status"] for row in of(rows, "parity")].count("failed") >= 4
    (resumed,) = of(rows, "resume")
    assert (
        "model.dense.weight" in resumed["resumed"] and "model.dense.weight" in resumed["repeated"]
    )
    assert "**failed**" in table


def test_a_killed_part_leaves_the_others(tmp_path: Path) -> None:
    old = "def show_end(folder: object, history: Sequence[Row]) -> None:\n"
    script = edited(tmp_path, old, old + "    os.abort()\n")
    _, rows, _ = check(tmp_path, "--specs", "residual", "--parts", "train,out-of-memory", script)
    (killed,) = of(rows, "train")
    assert killed["status"] == "failed" and "signal SIGABRT" in killed["value"]
    assert [row["status"] for row in of(rows, "out-of-memory")] == ["passed"]


def test_a_hanging_part_is_stopped(tmp_path: Path) -> None:
    flags = "--specs", "residual", "--parts", "about,train", "--limit", "train=0.2"
    _, rows, _ = check(tmp_path, *flags)
    assert "its time limit" in of(rows, "train")[-1]["value"]
    assert of(rows, "about")[0]["what"] == "machine"
