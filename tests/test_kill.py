"""`kill -9` at any moment: what is found afterwards is whole, and as new as what was told."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness.backends import BACKENDS
from harness.scripts import Script, build, state
from safetensors.numpy import load_file

checkpoint = import_module("specc.backends.parts.checkpoint")
DIGITS = (Path(__file__).parent.parent / "specs" / "digits.cnn").read_text()
KILLS = 50
# No dropout, whose numbers hang on the framework, and steps that are even enough for float32.
SMALL = """
model small {
  input 8x8x1
  Conv2D(8, 3x3, same, bias=false) -> BatchNorm(momentum=0.9) -> Tanh
  Flatten -> Dense(10, softmax)
}
data {
  source = digits
  split  = 30% train, 5% validation, 65% test
  scale  = 0..1
}
train {
  loss      = categorical_crossentropy
  optimizer = sgd(0.02, momentum=0.9)
  batch     = 64
  epochs    = 12
  seed      = 7
}
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs fork and kill -9")
def test_fifty_kills_lose_no_checkpoint(tmp_path: Path) -> None:
    writer = Path(__file__).with_name("harness") / "writer.py"
    done = subprocess.run(
        [sys.executable, str(writer), str(tmp_path), str(KILLS), "7"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == KILLS
    newest, killed_inside = 0, 0
    for row in rows:
        last = max([newest, *row["told"]])
        # The save under way may have reached its commit before the kill, no later one can.
        assert last <= row["found"] <= last + 1, row
        newest = row["found"]
        # Nothing piles up: what one writer left, the next one sweeps; data goes by name.
        assert len(row["left"]) <= 1 and len(row["data"]) <= 3, row
        assert {f"last-{n:05}.safetensors" for n in (newest, newest - 1) if n} <= set(row["data"])
        killed_inside += bool(row["left"]) or len(row["data"]) == 3
    # And the test can fail: moments inside a save were among them.
    assert killed_inside >= 5 and newest >= KILLS / 2


def test_a_damaged_file_made_again_keeps_the_one_before(tmp_path: Path) -> None:
    def save(epoch: int) -> None:
        known = {"framework": "none", "epoch": epoch, "step": epoch, "settings": {}}
        history = [{"epoch": number + 1} for number in range(epoch)]
        arrays = {"model.a": np.full(3, epoch, np.float32)}
        checkpoint.save_checkpoint(tmp_path, arrays, {**known, "history": history})

    def epoch() -> int:
        arrays, known = checkpoint.load_checkpoint(tmp_path)
        found: int = known["epoch"]
        assert (arrays["model.a"] == found).all() and len(known["history"]) == found
        return found

    for number in (1, 2, 3):
        save(number)
    (tmp_path / "last-00003.safetensors").write_bytes(b"torn")
    assert epoch() == 2
    save(3)
    assert epoch() == 3
    (tmp_path / "last-00003.safetensors").unlink()
    assert epoch() == 2


# ---- whole scripts


def kill_at(script: Script, commits: int, delay: float, *flags: object) -> None:
    """Start a script and kill it some time after it has committed so many epochs."""
    out = script.folder / str(flags[flags.index("--out") + 1])
    before, config = finished(out), stamp(out)
    process = script.start(*flags)
    end = time.monotonic() + 240
    # Not from the start on: then most kills would hit the import of a framework.
    while process.poll() is None and time.monotonic() < end:
        if stamp(out) != config and finished(out) >= before + commits:
            break
        time.sleep(0.01)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()


def stamp(out: Path) -> float:
    """When the script was ready to train."""
    config = out / "config.json"
    return config.stat().st_mtime if config.exists() else 0.0


def finished(out: Path) -> int:
    """How many epochs last.json tells of; it is whole whenever it is looked at."""
    return int(state(out)["epoch"]) if (out / "last.json").exists() else 0


def tensors(out: Path) -> dict[str, Any]:
    return load_file(out / state(out)["file"])


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_killed_scripts_end_as_if_nothing_had_been(backend: str, tmp_path: Path) -> None:
    epochs, moments = ("--epochs", 8), random.Random(f"{backend} 5")
    scripts = {name: build(name, SMALL, tmp_path) for name in BACKENDS}
    script = scripts.pop(backend)
    script.run(*epochs, "--out", "whole")
    for number in range(5):
        again = ["--resume"] if finished(tmp_path / "run") else []
        commits = (0, 1, 0, 2, 1)[number]
        kill_at(script, commits, moments.uniform(0, 0.5), *epochs, *again, "--out", "run")
        # Whatever the moment, all frameworks can go on from here.
        if number < 4 and finished(tmp_path / "run"):
            shutil.rmtree(tmp_path / "switched", ignore_errors=True)
            shutil.copytree(tmp_path / "run", tmp_path / "switched")
    again = ["--resume"] if finished(tmp_path / "run") else []
    script.run(*epochs, *again, "--out", "run")
    whole, killed = tensors(tmp_path / "whole"), tensors(tmp_path / "run")
    assert whole.keys() == killed.keys()
    assert all(whole[name].tobytes() == killed[name].tobytes() for name in whole)
    assert state(tmp_path / "run")["history"] == state(tmp_path / "whole")["history"]
    left = [path.name for path in (tmp_path / "run").iterdir() if path.name.startswith(".")]
    assert left == []
    assert state(tmp_path / "switched")["epoch"] >= 1
    for name, other in scripts.items():
        shutil.copytree(tmp_path / "switched", tmp_path / name)
        other.run(*epochs, "--resume", "--out", name)
        switched = tensors(tmp_path / name)
        apart = {n: np.abs(whole[n] - switched[n]).max() / np.abs(whole[n]).max() for n in whole}
        # float32 rounding, grown by 8 epochs of 9 steps: after 12 epochs 4e-6 was measured, of the
        # momentum buffers.
        assert max(apart.values()) < 1e-3, apart


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_damaged_checkpoints_of_a_script(backend: str, tmp_path: Path) -> None:
    script = build(backend, DIGITS, tmp_path)
    few = ("--limit-batches", 2, "--out", "run")
    script.run("--epochs", 3, *few)
    whole = tensors(tmp_path / "run")
    (tmp_path / "run" / "last-00003.safetensors").write_bytes(b"torn")
    shown = script.run("--epochs", 3, "--resume", *few)
    assert "warning: run/last-00003.safetensors is missing or damaged" in shown
    assert "going on after epoch 2" in shown
    again = tensors(tmp_path / "run")
    assert all(whole[name].tobytes() == again[name].tobytes() for name in whole)
    for path in (tmp_path / "run").glob("last-*"):
        path.write_bytes(path.read_bytes()[:-1])
    shown = script.run("--epochs", 3, "--resume", *few, code=1)
    assert "error: run holds no whole checkpoint" in shown.splitlines()
