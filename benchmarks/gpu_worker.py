"""Runs one part: `gpu_worker.py TASK`, as gpu_check.py starts it."""

from __future__ import annotations

import dataclasses
import traceback

import torch
from gpu import about, parity, speed, training
from gpu.common import asked, stand_in

PARTS = {
    "about": about.about,
    "train": training.train,
    "keras": about.keras,
    "parity": parity.parity,
    "precision": parity.precision,
    "resume": training.resume,
    "memory": training.memory,
    "out-of-memory": training.out_of_memory,
    "speed": speed.speed,
    "peak": speed.peak,
    "where": speed.where,
}


def main() -> None:
    task, rows = asked()
    stand_in()
    if task.small:
        torch.set_num_threads(1)  # small work gains nothing from more, on a busy machine it loses
    scripts = task.scripts
    single = task.part in ("about", "keras", "out-of-memory")
    # One script's failure must not take the others with it.
    for name in [""] if single else list(scripts):
        try:
            PARTS[task.part](
                dataclasses.replace(task, scripts={name: scripts[name]}) if name else task, rows
            )
        except SystemExit as end:
            rows.add(name or task.part, "failed", f"the script ended: {end.code}")
        except Exception as error:
            traceback.print_exc()
            line = str(error).strip().split("\n")[0][:200]
            rows.add(name or task.part, "failed", f"{type(error).__name__}: {line}")


if __name__ == "__main__":
    main()
