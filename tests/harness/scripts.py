"""Generated scripts, built from a spec's text and run as a user runs them: each in a process of its
own."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from specc.codegen.backend import get_backend
from specc.compile import compile_file
from specc.ir import Buildable

ENVIRONMENT = os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "NO_COLOR": "1"}


@dataclass(frozen=True)
class Script:
    """A script in the folder of its spec, where it also runs."""

    path: Path

    @property
    def folder(self) -> Path:
        return self.path.parent

    def command(self, *flags: object) -> list[str]:
        return [sys.executable, str(self.path), *map(str, flags)]

    def run(self, *flags: object, code: int = 0) -> str:
        """What the script prints, errors behind the rest; it must end with the code."""
        return run(self.command(*flags), self.folder, code)

    def probe(self, code: str, *arguments: object) -> str:
        """Run Python code in a process that has imported the script as `script`."""
        imports = f"import sys\nsys.path.insert(0, {str(self.folder)!r})\n"
        text = f"{imports}import {self.path.stem} as script\n{code}"
        return run([sys.executable, "-c", text, *map(str, arguments)], self.folder, 0)


def run(command: list[str], folder: Path, code: int) -> str:
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def build(backend: str, text: str, folder: Path) -> Script:
    """Write the spec and its script into a folder."""
    spec = folder / "spec.cnn"
    spec.write_text(text, encoding="utf-8")
    result = compile_file(spec, buildable=True)
    assert isinstance(result.spec, Buildable), result.diagnostics
    script = Script(folder / f"train_{backend}.py")
    script.path.write_text(get_backend(backend).script(result.spec), encoding="utf-8")
    return script


def state(out: Path) -> dict[str, Any]:
    """What last.json says of the last finished epoch."""
    found: dict[str, Any] = json.loads((out / "last.json").read_text(encoding="utf-8"))
    return found


def digits_as_npz(path: Path, count: int = 300) -> None:
    """Some of scikit-learn's digits with one-hot labels."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    x = digits.images[:count, ..., np.newaxis].astype(np.float32)
    np.savez(path, x=x, y=np.eye(10, dtype=np.float32)[digits.target[:count]])


def write_idx(path: Path, array: Any) -> None:
    """A file of bytes as MNIST has them, packed if its name ends in `.gz`."""
    head = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    content = head + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
