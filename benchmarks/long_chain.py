"""How the time to compile a chain of layers grows with its length.

Each length is checked and built by the command line in a process of its own, so start-up is in
the numbers; a growth near the ratio of the lengths is linear: `python benchmarks/long_chain.py`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LENGTHS = (1_000, 10_000)
AIM = 5.0  # seconds, for the build of the longest chain

HEAD = "model chain {\n  input 64\n"
TAIL = """\
  Dense(10, softmax)
}

data {
  source = npz("data.npz", x="x", y="y")
  split  = 80% train, 20% validation
}

train {
  loss      = categorical_crossentropy
  optimizer = adam(1e-3)
  batch     = 32
  epochs    = 1
  seed      = 1
}
"""


def chain(length: int) -> str:
    """A spec of that many layers: small dense ones, and a last one for the classes."""
    return HEAD + "  Dense(64, relu)\n" * (length - 1) + TAIL


def seconds(*arguments: str) -> float:
    """The time of one run of `specc`, which must succeed."""
    specc = Path(sys.executable).with_name("specc")
    start = time.perf_counter()
    subprocess.run([specc, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS)
    parser.add_argument("--backend", default="torch", help="a backend's name, or all")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for length in options.lengths:
            spec = Path(folder, f"chain{length}.cnn")
            spec.write_text(chain(length), encoding="utf-8")
            check = seconds("check", str(spec))
            build = seconds("build", str(spec), "--backend", options.backend, "-o", folder)
            print(f"{length:>7,} layers: check {check:6.2f} s, build {build:6.2f} s")
    print(f"aim: linear, and the build of {max(LENGTHS):,} layers under {AIM:g} s")


if __name__ == "__main__":
    main()
