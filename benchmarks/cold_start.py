"""How much a cold `specc check` and `specc build` compute, as ratios to `python -c pass`.

The commands run in turns, so that a slow moment of the machine hits all of them alike. Processor
time, not the clock's, since other programs take less of it away; a ratio of medians says the same
on a fast and on a slow machine: `python benchmarks/cold_start.py`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

SPEC = Path(__file__).parents[1] / "specs" / "lecture.cnn"
AIMS = {"check": 15.0, "build": 21.0}
# An installed program has its byte code at hand; this variable would have it compiled each time.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def seconds(command: list[str]) -> float:
    """The processor time of one run of a command that must succeed."""
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return used.ru_utime + used.ru_stime


def measure(commands: dict[str, list[str]], rounds: int) -> dict[str, float]:
    """The median of each command."""
    for command in commands.values():
        seconds(command)  # a first run fills the caches of the disk and of byte code
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            times[name].append(seconds(command))
    return {name: median(values) for name, values in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    specc = str(Path(sys.executable).with_name("specc"))
    with tempfile.TemporaryDirectory() as out:
        commands = {
            "bare": [sys.executable, "-c", "pass"],
            "check": [specc, "check", str(SPEC)],
            "build": [specc, "build", str(SPEC), "--backend", "all", "-o", out],
        }
        medians = measure(commands, rounds)
    print(f"python -c pass   {medians['bare'] * 1000:7.1f} ms")
    for name, aim in AIMS.items():
        ratio = medians[name] / medians["bare"]
        print(
            f"specc {name:<10} {medians[name] * 1000:7.1f} ms   {ratio:5.1f} times (aim: {aim:g})"
        )


if __name__ == "__main__":
    main()
