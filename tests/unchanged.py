"""Proves that a change of the code generator leaves alone what scripts compute: `make unchanged`.

The scripts of an old commit and those that specc makes of specs/ now run on the same data and the
same processor, with few batches: they train, go on, evaluate and predict. What they keep must be
equal byte by byte, and what they print up to the seconds. The old runs are kept for the next call.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import regenerate
from harness.backends import BACKENDS
from harness.examples import make_data
from harness.side_by_side import STEPS, TRAINING, Pair, Run
from pages import ROOT

RUNS = ROOT / "runs" / "unchanged"
BASE = "c4d6cb9"
"""The last commit before the generator is taken apart."""
REQUIRED = [f"{step}/{name}" for step in TRAINING for name in ("best.safetensors", "history.json")]
AT_ONCE = 2
Script = tuple[str, str]
"""The spec and the backend of a script."""


# ---- the scripts


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8")
    return done.stdout if done.returncode == 0 else sys.exit(done.stderr.strip())


def named(path: Path) -> Script:
    """The script of a path such as generated/SPEC/train_BACKEND.py."""
    return path.parent.name, path.stem.removeprefix("train_")


def whole(path: Path) -> bool:
    """Whether it is a whole script: a lean one writes other files."""
    return path.name.startswith("train_")


def old_scripts(commit: str) -> dict[Script, str]:
    listed = git("ls-tree", "-r", "--name-only", commit, "generated").splitlines()
    paths = [path for path in map(Path, listed) if whole(path)]
    return {named(path): git("show", f"{commit}:{path.as_posix()}") for path in paths}


def new_scripts() -> dict[Script, str]:
    """Made now: the committed ones in generated/ may be stale in the middle of a change."""
    made = [regenerate.scripts(spec) for spec in regenerate.specs()]
    return {named(path): text for scripts in made for path, text in scripts.items() if whole(path)}


# ---- the comparison


def differences(old: Path, new: Path) -> Iterator[str]:
    """What is not equal byte by byte in two folders of results, or is not there."""
    sides = {"old": old, "new": new}
    found = (path.relative_to(side) for side in sides.values() for path in side.rglob("*.*"))
    names = {*REQUIRED} | {path.as_posix() for path in found}
    # In the order of the steps: what goes wrong in one goes on in all that follow.
    for name in sorted(names, key=lambda name: ([*STEPS].index(name.partition("/")[0]), name)):
        if missing := [title for title, side in sides.items() if not (side / name).is_file()]:
            yield f"{name} is missing: {' and '.join(missing)}"
        elif (old / name).read_bytes() != (new / name).read_bytes():
            yield f"{name} differs{'' if name.endswith('.safetensors') else line(old, new, name)}"


def line(old: Path, new: Path, name: str) -> str:
    """The first line that is not the same in two texts."""
    texts = [(side / name).read_text(encoding="utf-8").split("\n") for side in (old, new)]
    for number, (before, now) in enumerate(zip(*texts, strict=False), start=1):
        if before != now:
            return f" in line {number}: {before.strip()!r}, now {now.strip()!r}"
    return f": {len(texts[0])} lines, now {len(texts[1])}"


def verdict(old: Run, new: Run) -> list[str]:
    """What is wrong with a pair's runs, line by line."""
    sides = {"old": old, "new": new}
    # Two scripts that fail alike have shown nothing, however equal their results are.
    failures = [f"{side}: {run.failure}" for side, run in sides.items() if run.failure]
    return failures or list(differences(old.results, new.results))


def compare(pairs: Sequence[Pair], cache: Path, scratch: Path, folder: Path) -> int:
    """Run all pairs and show each when it is done; how many are not equal."""
    bad = cached = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = [
            (
                pool.submit(pair.run_old, cache, scratch / pair.name),
                pool.submit(pair.run, pair.new, folder / pair.name),
            )
            for pair in pairs
        ]
        try:
            for pair, (old, new) in zip(pairs, runs, strict=True):
                wrong = verdict(old.result(), new.result())
                show(pair.spec, pair.backend, *(wrong or ["ok"]))
                bad, cached = bad + bool(wrong), cached + old.result().cached
        finally:
            pool.shutdown(cancel_futures=True)  # else Ctrl-C would wait for all that is left
    print(f"{len(pairs)} pairs, {bad} not equal; {cached} old runs are of an earlier call")
    return bad


def show(spec: str, backend: str, *lines: str) -> None:
    for number, text in enumerate(lines):
        print(f"{'' if number else spec:12} {'' if number else backend:6} {text}", flush=True)


# ---- the command


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("specs", nargs="*", metavar="SPEC", help="instead of all")
    parser.add_argument("--backend", choices=BACKENDS, help="instead of both")
    parser.add_argument("--rev", default=BASE, help=f"the old commit, in place of {BASE}")
    parser.add_argument("--keep", type=Path, help="a new folder for the data and the new runs")
    options = parser.parse_args(arguments)
    if options.keep and options.keep.exists():
        parser.error(f"{options.keep} is there already")
    return options


def chosen(scripts: Collection[Script], options: argparse.Namespace) -> list[Script]:
    if unknown := {*options.specs} - {spec for spec, _ in scripts}:
        sys.exit(f"there is no spec {', '.join(sorted(unknown))}")
    return sorted(
        (spec, backend)
        for spec, backend in scripts
        if spec in (options.specs or [spec]) and backend == (options.backend or backend)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    options, begun = parsed(arguments), time.monotonic()
    commit = git("rev-parse", "--short=7", "--verify", f"{options.rev}^{{commit}}").strip()
    old, new = old_scripts(commit), new_scripts()
    scripts = chosen(old.keys() | new.keys(), options)
    both = [script for script in scripts if script in old and script in new]
    RUNS.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=RUNS) as scratch:
        folder = options.keep.resolve() if options.keep else Path(scratch, "new")
        data = {
            spec: make_data(folder / "data" / spec, spec) for spec in {spec for spec, _ in both}
        }
        pairs = [Pair(*script, old[script], new[script], data[script[0]]) for script in both]
        bad = compare(pairs, RUNS / commit, Path(scratch, "old"), folder)
    for script in sorted({*scripts} - {*both}):
        show(*script, f"{'new' if script in new else 'gone'} since {commit}")
        bad += script not in new
    print(f"{time.monotonic() - begun:.0f} s; the old results lie in runs/unchanged/{commit}")
    return 1 if bad or not pairs else 0


if __name__ == "__main__":
    sys.exit(main())
