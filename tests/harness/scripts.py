"""Generated scripts, built from a spec's text and run as a user runs them: each in a process of its
own."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.processes import Process, start
from specc.codegen.backend import get_backend
from specc.compile import compile_file
from specc.ir import Buildable


@dataclass(frozen=True)
class Script:
    """A script in the folder of its spec, where it also runs."""

    path: Path

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def backend(self) -> str:
        return self.path.stem.rpartition("_")[2]

    def start(self, *flags: object, fresh: bool = False) -> Process:
        return start(self.backend, self.path, *flags, folder=self.folder, fresh=fresh)

    def run(self, *flags: object, code: int = 0, fresh: bool = False) -> str:
        """What the script prints, errors behind the rest; it must end with the code."""
        return said(self.start(*flags, fresh=fresh), code)

    def probe(self, code: str, *arguments: object) -> str:
        """Run Python code in a process that has imported the script as `script`."""
        imports = f"import sys\nsys.path.insert(0, {str(self.folder)!r})\n"
        text = f"{imports}import {self.path.stem} as script\n{code}"
        return said(start(self.backend, "-c", text, *arguments, folder=self.folder), 0)


def said(process: Process, code: int) -> str:
    """What a process prints, which must end with the code."""
    done = process.wait()
    assert done.code == code, done.out + done.err
    assert "Traceback" not in done.err, done.err
    return done.out + done.err


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
