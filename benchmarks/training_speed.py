"""Training speed of generated scripts beside the best hand-written ones, as ratios of one run.

`python benchmarks/training_speed.py [SPEC ...]`: for each spec and framework one process goes over
the same random data in turns with the script's own code and with a loop of the fastest known form.
Both work out the metrics of the spec; neither writes files. README.md says more.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from specc.compile import compile_file

ROOT = Path(__file__).resolve().parent.parent
SPECS = ("lecture", "digits", "residual")
LARGE = 32 * 32
"""Places of a picture from which fewer samples make an epoch of a second or so."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Generated training beside hand-written training.")
    parser.add_argument("specs", nargs="*", default=SPECS, metavar="SPEC")
    parser.add_argument("--pairs", type=int, default=7, help="rounds that count")
    parser.add_argument("--threads", type=int, help="of each process; all cores without it")
    options = parser.parse_args()
    columns = f"{'spec':10} {'framework':10} {'pass':9} {'generated':>12} {'by hand':>12}"
    print(f"{columns} {'clock':>7} {'CPU':>7}")
    for spec in options.specs:
        for framework in ("torch", "keras"):
            show(spec, framework, options.pairs, options.threads)


def asked(spec: str, framework: str, pairs: int) -> dict[str, Any]:
    found = compile_file(ROOT / "specs" / f"{spec}.cnn", buildable=True).spec
    assert found is not None and found.train is not None
    (given,), (made,) = found.model.inputs, found.model.outputs
    shape = next(node.shape for node in found.model.nodes if node.name == made.value)
    return {
        "script": str(ROOT / "generated" / spec / f"train_{framework}.py"),
        "shape": given.shape,
        "units": shape[-1],
        "samples": 512 if given.shape[0] * given.shape[1] >= LARGE else 2048,
        "pairs": pairs,
        "metrics": [entry.metric.key() for entry in found.train.metrics],
    }


def show(spec: str, framework: str, pairs: int, threads: int | None) -> None:
    case = asked(spec, framework, pairs)
    worker = Path(__file__).with_name(f"speed_{framework}.py")
    limits = {} if threads is None else limited(threads)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(worker), json.dumps(case)]
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | limits
        done = subprocess.run(
            command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
    times = json.loads(done.stdout.splitlines()[-1])
    for name in ("train", "evaluate"):
        ours, hand = times[f"{name} generated"], times[f"{name} hand-written"]
        clock, used = (
            statistics.median(b[kind] / a[kind] for a, b in zip(ours, hand, strict=True))
            for kind in (0, 1)
        )
        first, second = (case["samples"] / statistics.median(t for t, _ in s) for s in (ours, hand))
        columns = f"{spec:10} {framework:10} {name:9} {first:10,.0f}/s {second:10,.0f}/s"
        print(f"{columns} {clock:7.2f} {used:7.2f}", flush=True)


def limited(threads: int) -> dict[str, str]:
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    return {name: str(threads) for name in names}


if __name__ == "__main__":
    main()
