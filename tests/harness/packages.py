"""Packages of other people: written to a folder and installed where one process finds them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from pages import write_files


def run(*words: str | Path, folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """A command that finds the installed package, and no other of this machine's."""
    return subprocess.run(
        list(map(str, words)),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(target), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def specc(*words: str | Path, place: tuple[Path, Path]) -> subprocess.CompletedProcess[str]:
    """`specc WORDS` in a folder, beside what is installed in another one."""
    folder, target = place
    return run(sys.executable, "-m", "specc", *words, folder=folder, target=target)


def install(page: Path, folder: Path) -> Path:
    """Write the files of a page and install them; the folder that Python finds them in."""
    files = write_files(page, folder)
    assert folder / "pyproject.toml" in files
    target = folder / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*pip, "--no-index", "--target", str(target), str(folder)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    # Imports are sorted by the project's own layout, so that rule says nothing here.
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "100"]
    python = [path for path in files if path.suffix == ".py"]
    linted = subprocess.run(
        [*ruff, "--select", "E,F,UP,B", *map(str, python)], capture_output=True, text=True
    )
    assert linted.returncode == 0, linted.stdout
    return target


def lay_out(
    folder: Path, files: Mapping[str, str], entry_points: Mapping[str, Mapping[str, str]]
) -> None:
    """The modules of a package and what pip would write beside them: for one that is made up."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    facts = folder / "made_up-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n")
    lines = [
        line
        for group, points in entry_points.items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
    ]
    (facts / "entry_points.txt").write_text("\n".join(lines) + "\n")
