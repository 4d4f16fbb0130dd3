"""Thousands of drawn networks, one after another: `make fuzz-networks SEEDS=2000 FROM=0 JOBS=2`.

Each network is a line of the log, which a run that was broken off goes on from. A worker that dies
or stands still costs its network alone, which the log then names.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from fuzz.report import table  # noqa: E402 - a program's folder is not its package's

_LIMIT = 600.0
"""Seconds in which a worker must be through with a network; both probes give up long before."""
PROGRAM = (sys.executable, str(Path(__file__)), "--serve")
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_NUM_THREADS": "1",
               "XLA_FLAGS": "--xla_backend_optimization_level=0",
               "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}  # fmt: skip


class Worker:
    """A process that examines seeds, and the lines that it answers with."""

    def __init__(self, program: Sequence[str] = PROGRAM, limit: float = _LIMIT) -> None:
        self.seed: int | None = None
        self.since, self.limit, self.program = 0.0, limit, program
        self.process = subprocess.Popen(
            program, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
            env=ENVIRONMENT | os.environ,
        )  # fmt: skip
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def give(self, seed: int) -> None:
        assert self.process.stdin is not None
        self.seed, self.since = seed, time.monotonic()
        self.process.stdin.write(f"{seed}\n")
        self.process.stdin.flush()

    def result(self) -> dict[str, Any] | None:
        """What became of its network; None while it works on it."""
        alive = self.process.poll() is None  # asked first: its last line may come before its end
        if not self.lines.empty():
            made: dict[str, Any] = json.loads(self.lines.get())
            return made
        late = time.monotonic() - self.since > self.limit
        if alive and not late:
            return None
        why = "stands still" if alive else f"ended with code {self.process.returncode}"
        self.end()
        return {"seed": self.seed, "kind": "worker died", "detail": why}

    def end(self) -> None:
        """End it with its probes, which have groups of their own and end with their pipes."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    @property
    def gone(self) -> bool:
        return self.process.poll() is not None


def serve() -> None:
    """Examine the seeds that come in, a line each."""
    from fuzz.bench import bench
    from fuzz.examine import examine

    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with bench() as made:
        for line in sys.stdin:
            channel.write(json.dumps(examine(int(line), made).json()) + "\n")
            channel.flush()


def done(log: Path) -> list[dict[str, Any]]:
    """What a log has; a last line that was cut off counts for nothing."""
    found = []
    for line in log.read_text("utf-8").splitlines() if log.exists() else ():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


def run(
    first: int, count: int, jobs: int, log: Path, worker: Callable[[], Worker] = Worker
) -> list[dict[str, Any]]:
    """What a log has of some seeds, once each of them is examined. worker: makes one."""
    log.parent.mkdir(parents=True, exist_ok=True)
    results = [one for one in done(log) if first <= one["seed"] < first + count]
    known = {one["seed"] for one in results}
    left = [seed for seed in range(first + count - 1, first - 1, -1) if seed not in known]
    if known:
        print(f"{len(known)} of {count} networks are in {log} already", flush=True)
    workers = [worker() for _ in range(min(jobs, len(left)))]
    busy = 0
    try:
        with log.open("a", encoding="utf-8") as out:
            while left or busy:
                for number, one in enumerate(workers):
                    if one.seed is None:
                        if left:
                            workers[number] = one = worker() if one.gone else one
                            one.give(left.pop())
                            busy += 1
                        continue
                    if (result := one.result()) is not None:
                        one.seed, busy = None, busy - 1
                        out.write(json.dumps(result) + "\n")
                        out.flush()
                        results.append(result)
                        tell(result, len(results), count)
                time.sleep(0.02)
    finally:
        for one in workers:
            one.end()
    return results


def tell(result: dict[str, Any], number: int, count: int) -> None:
    from fuzz.verdict import is_fault

    if is_fault(result):
        missed = [bug for bug in result.get("bugs", ()) if bug["found"] == "missed"]
        said = result.get("detail", "") or "; ".join(f"missed: {bug['kind']}" for bug in missed)
        print(f"seed {result['seed']}: {result['kind']}: {said[-400:]}", flush=True)
    elif number % 50 == 0:
        print(f"{number} of {count}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--log", type=Path, default=Path("runs/networks/log.jsonl"))
    parser.add_argument("--serve", action="store_true", help="be a worker")
    parser.add_argument("--show", action="store_true", help="show the table of the log alone")
    chosen = parser.parse_args()
    # What is stopped ends its workers, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if chosen.serve:
        serve()
        return
    results = (
        done(chosen.log)
        if chosen.show
        else run(chosen.first, chosen.seeds, chosen.jobs, chosen.log)
    )
    print(table(results))
    from fuzz.verdict import is_fault

    sys.exit(any(map(is_fault, results)))


if __name__ == "__main__":
    main()
