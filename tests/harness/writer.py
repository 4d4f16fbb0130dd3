"""Kills a writer of checkpoints at random moments: `python writer.py FOLDER KILLS SEED`.

A warm process forks a writer, which goes on from the folder's checkpoint as a run does and tells
of each one that it has saved. Prints for each kill what was told last and what is found then.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

checkpoint, files = (
    import_module(f"specc.backends.parts.{name}") for name in ("checkpoint", "files")
)


def tensors(epoch: int) -> dict[str, Any]:
    """12 MB that tell which epoch they are of, a transposed array among them."""
    base = np.arange(1_500_000, dtype=np.float32).reshape(1500, 1000)
    return {"model.a": base + np.float32(epoch), "optimizer.exp_avg.a": (base * epoch).T}


def state(epoch: int) -> dict[str, Any]:
    history = [{"epoch": number + 1, "loss": 1.0 / (number + 1)} for number in range(epoch)]
    return {
        "framework": "none", "epoch": epoch, "step": 10 * epoch, "settings": {}, "history": history,
    }  # fmt: skip


def found(folder: Path) -> int:
    """The epoch that a run would go on from; its tensors and history must be of that epoch."""
    if checkpoint.read_state(folder) is None:
        return 0
    arrays, known = checkpoint.load_checkpoint(folder)
    epoch: int = known["epoch"]
    expected = tensors(epoch)
    assert arrays.keys() == expected.keys(), arrays.keys()
    assert all((arrays[name] == array).all() for name, array in expected.items()), epoch
    assert {**known, "history": []} == {**known, **state(epoch), "history": []}
    assert known["history"] == state(epoch)["history"]
    return epoch


def write(folder: Path, told: int) -> None:
    epoch = found(folder)
    files.remove_leftovers(folder)
    while True:
        epoch += 1
        checkpoint.save_checkpoint(folder, tensors(epoch), state(epoch))
        os.write(told, f"{epoch}\n".encode())


def main() -> None:
    folder, kills = Path(sys.argv[1]), int(sys.argv[2])
    moments = random.Random(int(sys.argv[3]))
    for _ in range(kills):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                write(folder, writer)
            finally:
                os._exit(1)
        os.close(writer)
        # Most die in a later save, some at the start, while the old files are read and swept.
        first = os.read(reader, 64) if moments.random() < 0.8 else b""
        time.sleep(moments.uniform(0, 0.15))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "the writer ended by itself"
        with os.fdopen(reader, "rb") as pipe:
            told = [int(line) for line in (first + pipe.read()).split()]
        left = sorted(p.name for p in folder.iterdir() if p.name.startswith("."))
        data = sorted(p.name for p in folder.glob("last-*"))
        print(json.dumps({"told": told, "found": found(folder), "left": left, "data": data}))


if __name__ == "__main__":
    main()
