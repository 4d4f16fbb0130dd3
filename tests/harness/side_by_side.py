"""The old and the new script of a spec, run step by step on the same data and processor."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from harness.examples import Data
from harness.processes import ENVIRONMENT

FEW = ("--limit-batches", "3")
STEPS = {
    "train": ("--epochs", "2", *FEW),
    "resume": ("--epochs", "3", *FEW, "--resume"),
    "evaluate": ("--evaluate",),
    "predict": ("--predict",),
}
TRAINING = ("train", "resume")
# The best epoch may be the first; the checkpoints hold the others, and the optimizer's memory.
KEPT = ("history.json", "best.safetensors", "last-*.safetensors")
# Several threads would add in another order, and so round in another way, from run to run.
THREADS = ("OMP_NUM", "MKL_NUM", "OPENBLAS_NUM", "TF_NUM_INTRAOP", "TF_NUM_INTEROP")
FIXED = {"PYTHONHASHSEED": "0"} | {f"{name}_THREADS": "1" for name in THREADS}
PACKAGES = ("keras", "tensorflow", "torch", "numpy", "pillow", "safetensors", "scikit-learn")
# Seconds, and the indentation of a line below them, which is as long as they are.
_TIMES = re.compile(r"\b\d+\.\d s\b|^ +", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """results: a folder for each step; failure: why the script stopped, if it did."""

    results: Path
    failure: str = ""
    cached: bool = False


@dataclass(frozen=True)
class Pair:
    """The old and the new script of a spec, and their data."""

    spec: str
    backend: str
    old: str
    new: str
    data: Data

    @property
    def name(self) -> str:
        return f"{self.spec}-{self.backend}"

    @property
    def steps(self) -> dict[str, list[str]]:
        """The flags of each step. What the old script cannot do is not asked of the new one."""
        source = ["--data", str(self.data.source)] if self.data.source else []
        steps = {step: [*source, *flags] for step, flags in STEPS.items()}
        steps["predict"].append(str(self.data.sample))
        if "    predict: Path" not in self.old:  # such as the class of a table's row
            del steps["predict"]
        return steps

    @property
    def key(self) -> str:
        """Changes with all that the old script's results hang on."""
        versions = [f"{name} {version(name)}" for name in PACKAGES]
        how = Path(__file__).read_text(encoding="utf-8")
        facts = (self.old, how, sys.version, versions, processor())
        return sha256(repr(facts).encode() + self.data.content).hexdigest()[:16]

    def run_old(self, cache: Path, folder: Path) -> Run:
        """The run of an earlier call, or a new one that is kept for the next call."""
        kept = cache / f"{self.name}-{self.key}"
        if kept.is_dir():
            return Run(kept, cached=True)
        run = self.run(self.old, folder)
        if run.failure:
            return run
        cache.mkdir(parents=True, exist_ok=True)
        return Run(run.results.rename(kept))

    def run(self, text: str, folder: Path) -> Run:
        """Run a script's steps in a new folder, up to the first that fails."""
        folder.mkdir(parents=True)
        script, results = folder / f"train_{self.backend}.py", folder / "results"
        script.write_text(text, encoding="utf-8")
        for step, flags in self.steps.items():
            # Each side's folder has the same relative name, which the script prints.
            command = [sys.executable, script.name, "--out", "run", "--device", "cpu", *flags]
            done = subprocess.run(
                command, cwd=folder, env=ENVIRONMENT | FIXED, capture_output=True, encoding="utf-8"
            )
            (folder / f"{step}.stderr").write_text(done.stderr, encoding="utf-8")
            if done.returncode:
                said = done.stderr.strip().rpartition("\n")[2]
                return Run(results, f"{step} ends with code {done.returncode}: {said}")
            keep(results / step, done.stdout, folder / "run" if step in TRAINING else None)
        return Run(results)


def keep(results: Path, stdout: str, run: Path | None) -> None:
    """Keep what a step prints, without its times, and of a run's folder what is compared."""
    results.mkdir(parents=True)
    (results / "stdout.txt").write_text(_TIMES.sub("~", stdout), encoding="utf-8")
    for path in [path for pattern in KEPT if run for path in run.glob(pattern)]:
        shutil.copy(path, results)


def processor() -> str:
    """The processor's instructions: the frameworks choose by them how they add."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    return next((x for x in lines if x.startswith(("flags", "Features"))), platform.processor())
