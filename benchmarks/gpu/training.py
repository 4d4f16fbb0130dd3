"""Parts `train`, `resume`, `memory` and `out-of-memory`: whole runs of the scripts."""

from __future__ import annotations

import dataclasses
import math
import re
import sys
import time
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gpu.common import Case, Rows, StandIn, Task, made_by, open_case, synchronize

MIB = 2**20


def train(task: Task, rows: Rows) -> None:
    """Each script end to end: its files, its plot, its checkpoint."""
    for name in task.scripts:
        case = open_case(task, name, 12 if task.small else 2048, batch_size=4 if task.small else 64,
                         epochs=2)  # fmt: skip
        if lacking(rows, name):
            continue
        begun = time.monotonic()
        case.script.train_model(case.config)
        _, state = case.script.load_checkpoint(case.config.out)
        losses = [row["loss"] for row in state["history"]]
        right = len(losses) == 2 and all(map(math.isfinite, losses))
        right = right and (case.config.out / "best.pt").stat().st_size > 0
        rows.add(name, "passed" if right else "failed",
                 f"2 epochs on {case.device}, losses {losses[0]:.4f}, {losses[1]:.4f}, "
                 f"{time.monotonic() - begun:.1f} s", losses=losses)  # fmt: skip


def lacking(rows: Rows, name: str) -> bool:
    """Whole runs write files and plots."""
    for package in ("matplotlib", "safetensors", "PIL"):
        if isinstance(sys.modules.get(package), StandIn):
            rows.add(name, "missing", f"{package} is not installed, which a whole run needs")
            return True
    return False


def resume(task: Task, rows: Rows) -> None:
    """One epoch and a second one by --resume, beside two at a stretch, bit for bit."""
    for name in task.scripts:
        if lacking(rows, name):
            continue
        case = open_case(task, name, 12 if task.small else 512, batch_size=8 if task.small else 32,
                         epochs=2)  # fmt: skip
        whole = run(case, "whole", epochs=2)
        again = run(case, "again", epochs=2)
        run(case, "parted", epochs=1)
        parted = run(case, "parted", epochs=2, resume=True)
        repeats, resumes = differing(whole, again), differing(whole, parted)
        if not resumes:
            text = f"{len(whole)} tensors bit for bit"
        else:
            text = f"{len(resumes)} of {len(whole)} tensors differ: {listed(resumes)}"
        text += f"; two uninterrupted runs differ in {len(repeats)}"
        blamed = loose_operations(case)
        if blamed:
            text += f"; PyTorch says not deterministic: {listed(blamed)}"
        # What two uninterrupted runs do not agree on, no resumed run can.
        status = "passed" if not resumes else "measured" if repeats else "failed"
        rows.add(name, status, text, resumed=resumes, repeated=repeats, operations=blamed)


def run(case: Case, folder: str, **settings: Any) -> dict[str, Any]:
    config = dataclasses.replace(case.config, out=case.config.out / folder, **settings)
    case.script.train_model(config)
    tensors: dict[str, Any] = case.script.load_checkpoint(config.out)[0]
    return tensors


def differing(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    return sorted(n for n in a.keys() | b.keys()
                  if n not in a or n not in b or not np.array_equal(a[n], b[n]))  # fmt: skip


def listed(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")


def loose_operations(case: Case) -> list[str]:
    """Operations of a pass that PyTorch itself calls not deterministic on this device."""
    model, optimizer, batches = made_by(case)
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            case.script.train_epoch(model, optimizer, batches, case.config, 0)
    finally:
        torch.use_deterministic_algorithms(False)
    told = [str(one.message) for one in caught]
    first = (re.match(r"(.+?) does not have a deterministic implementation", t) for t in told)
    found = {match[1] for match in first if match}
    if any("CUBLAS_WORKSPACE_CONFIG" in text for text in told):
        found.add("cuBLAS (as long as CUBLAS_WORKSPACE_CONFIG is not set)")
    return sorted(found)


def memory(task: Task, rows: Rows) -> None:
    """The peak, and what grows from the second epoch on."""
    for name in task.scripts:
        case = open_case(task, name, 12 if task.small else 2048, batch_size=4 if task.small else 64)
        model, optimizer, batches = made_by(case)
        used = []
        for epoch in range(5):
            case.script.train_epoch(model, optimizer, batches, case.config, epoch)
            synchronize(case.device)
            used.append(held(case.device))
        grown = used[-1] - used[1]
        peak = torch.cuda.max_memory_allocated() if case.device.type == "cuda" else max(used)
        text = f"peak {peak / MIB:.0f} MiB, growth over 3 epochs {grown / MIB:.1f} MiB"
        if case.device.type == "cuda":
            # The allocator counts exactly; one MiB leaves room for figures that are kept.
            status = "passed" if grown <= MIB else "failed"
            torch.cuda.reset_peak_memory_stats()
        else:
            status, text = "measured", text + " (the process's resident memory)"
        rows.add(name, status, text, used=used, peak=peak)


def held(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def out_of_memory(task: Task, rows: Rows) -> None:
    """The script's own `run` must end it with one line that says what to lower."""
    name = next(iter(task.scripts))
    case = open_case(task, name, 8, batch_size=8)
    script = case.script

    def greedy(*args: Any) -> Any:
        # More than any machine has; on a GPU the allocator of CUDA refuses it.
        return torch.empty(2**46, device=case.device)

    script.compute = greedy
    script.begin, script.announce = lambda *a, **o: [], lambda *a: None
    try:
        script.run(lambda: script.train_model(case.config))
    except SystemExit as end:
        line = str(end.code)
        right = "--batch-size" in line and "\n" not in line and line.startswith("error: ")
        rows.add(name, "passed" if right else "failed", line)
    except RuntimeError as error:
        rows.add(name, "failed", f"a traceback: {str(error)[:100]}")
