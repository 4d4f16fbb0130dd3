"""One command that tells what the generated scripts do on a GPU: `python3 benchmarks/gpu_check.py`.

Needs Python and PyTorch; says what else is missing. Each part runs in a process of its own with its
own time limit. docs/gpu.md explains the table.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SPECS = ("lecture", "residual", "transformer")
LIMITS = {
    "about": 40, "train": 60, "parity": 80, "precision": 45, "resume": 60, "out-of-memory": 40,
    "memory": 45, "speed": 150, "peak": 60, "where": 45, "keras": 90,
}  # fmt: skip
"""Seconds of each part, in the order in which they run: what matters most comes first."""
Row = dict[str, Any]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("runs/gpu-check"), help="its folder")
    parser.add_argument("--budget", type=float, default=450, help="seconds for all parts")
    parser.add_argument("--device", default="auto", help="cuda, cuda:1 or cpu")
    parser.add_argument("--small", action="store_true", help="small sizes on a GPU, too")
    parser.add_argument("--specs", default=",".join(SPECS), help="some of them, with commas")
    parser.add_argument("--parts", default=",".join(LIMITS), help="some of them, with commas")
    parser.add_argument("--script", action="append", default=[], metavar="SPEC=PATH",
                        help="a PyTorch script in the place of the committed one")  # fmt: skip
    parser.add_argument("--limit", action="append", default=[], metavar="PART=SECONDS",
                        help="another time limit")  # fmt: skip
    args = parser.parse_args()
    for kind, known in (("specs", SPECS), ("parts", tuple(LIMITS))):
        unknown = [name for name in getattr(args, kind).split(",") if name not in known]
        if unknown:
            parser.error(f"there is no {unknown[0]} in --{kind}; there is {', '.join(known)}")
    return args


def find_scripts(args: argparse.Namespace) -> dict[str, str]:
    given = dict(pair.split("=", 1) for pair in args.script)
    found = {}
    for name in args.specs.split(","):
        path = Path(given.get(name, ROOT / f"generated/{name}/train_torch.py"))
        found[name] = str((path if path.exists() else build(name, args.out)).resolve())
    return found


def build(name: str, out: Path) -> Path:
    folder = out / "scripts" / name
    if importlib.util.find_spec("specc") is None:
        sys.exit(f"error: there is no script of {name}, and no specc to build it; name one: "
                 f"--script {name}=PATH")  # fmt: skip
    command = [sys.executable, "-m", "specc", "build", str(ROOT / f"specs/{name}.cnn"),
               "--backend", "all", "--out", str(folder)]  # fmt: skip
    subprocess.run(command, check=True)
    return folder / "train_torch.py"


def find_device(wish: str) -> str:
    """In a process of its own, so that a broken driver cannot hang this one."""
    if wish != "auto":
        return wish
    ask = "import torch; print('cuda' if torch.cuda.is_available() else 'cpu')"
    try:
        done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True,
                              timeout=60)  # fmt: skip
    except subprocess.TimeoutExpired:
        sys.exit("error: PyTorch has not said within 60 s whether there is a GPU")
    if done.returncode:
        last = (done.stderr.strip().split("\n") or [""])[-1]
        sys.exit(f"error: {sys.executable} cannot import PyTorch: {last}")
    return done.stdout.strip()


def run_part(part: str, task: Row, seconds: float) -> list[Row]:
    """The rows of a part, and one more if it was ended."""
    out = Path(task["out"])
    log = out / f"{part}.log"
    rows = out / f"{part}.jsonl"
    rows.unlink(missing_ok=True)
    order = {**task, "part": part, "until": time.time() + seconds}
    command = [sys.executable, str(ROOT / "benchmarks/gpu_worker.py"), json.dumps(order)]
    with log.open("w", encoding="utf-8") as file:
        worker = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT,
                                  start_new_session=True)  # fmt: skip
        try:
            end = how_it_ended(worker.wait(timeout=seconds))
        except subprocess.TimeoutExpired:
            end = f"stopped after {seconds:.0f} s, its time limit"
        finally:
            stop_all(worker)
    lines = rows.read_text(encoding="utf-8").splitlines() if rows.exists() else []
    found = [json.loads(line) for line in lines]
    if end:
        found.append({"part": part, "what": "the part itself", "status": "failed",
                      "value": f"{end}; see {log.name}"})  # fmt: skip
    return found


def stop_all(worker: subprocess.Popen[bytes]) -> None:
    """The worker and what it has started, such as compilers."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def how_it_ended(code: int) -> str:
    if code < 0:
        return f"ended by signal {signal.Signals(-code).name}"
    return f"ended with exit code {code}" if code else ""


def table(head: Row, rows: list[Row]) -> str:
    count = {status: sum(row["status"] == status for row in rows)
             for status in ("passed", "failed", "measured", "missing")}  # fmt: skip
    lines = [f"# GPU check on {head['card']}", "", head["note"], "",
             ", ".join(f"{number} {status}" for status, number in count.items())
             + f"; {head['seconds']:.0f} s.", "",
             "| part | what | status | result |", "| --- | --- | --- | --- |"]  # fmt: skip
    for row in rows:
        status = f"**{row['status']}**" if row["status"] == "failed" else row["status"]
        value = " ".join(str(row["value"]).replace("|", "\\|").split())
        lines.append(f"| {row['part']} | {row['what']} | {status} | {value} |")
    return "\n".join(lines) + "\n"


def write(out: Path, head: Row, rows: list[Row]) -> None:
    (out / "gpu-check.json").write_text(json.dumps({**head, "rows": rows}, indent=1) + "\n")
    (out / "gpu-check.md").write_text(table(head, rows))


def main() -> None:
    args = parse()
    args.out.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    device = find_device(args.device)
    small = args.small or device == "cpu"
    note = f"Device {device}."
    if device == "cpu":
        note = ("**No GPU**: everything ran on the CPU at small sizes; parity compares the CPU "
                "with itself, and no number tells anything about a GPU.")  # fmt: skip
    print(note, flush=True)
    task: Row = {"scripts": find_scripts(args), "device": device, "small": small,
                 "out": str(args.out.resolve())}  # fmt: skip
    limits = LIMITS | {p: float(s) for p, s in (one.split("=") for one in args.limit)}
    head: Row = {"card": "a CPU" if device == "cpu" else device, "device": device, "note": note}
    rows: list[Row] = []
    for part in [part for part in LIMITS if part in args.parts.split(",")]:
        left = args.budget - (time.monotonic() - begun)
        if left < 10:
            spent = f"not run: the {args.budget:.0f} s for all parts are used up"
            found = [{"part": part, "what": "the part itself", "status": "missing", "value": spent}]
        else:
            print(f"{time.monotonic() - begun:4.0f} s  {part}", flush=True)
            found = run_part(part, task, min(limits[part], left))
        for row in found:
            print(f"        {row['status']:9} {row['what']}: {row['value']}", flush=True)
            head["card"] = row.get("name", head["card"]) if part == "about" else head["card"]
        rows += found
        head["seconds"] = time.monotonic() - begun
        write(args.out, head, rows)
    failed = sum(row["status"] == "failed" for row in rows)
    print(f"{failed} failed; the table is {args.out / 'gpu-check.md'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
