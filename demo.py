"""The lecture's network, from a spec to two scripts that train on photographs: `make demo`.

Everything goes to runs/demo. Each framework trains in a process of its own, and a linear model on
the same pixels is the control: a network that is no better than that has learned no picture.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).resolve().parent
SPEC = "specs/lecture.cnn"
BACKENDS = ("keras", "torch")
PARTS = ("train", "validation", "test")


def title(text: str) -> None:
    print(f"\n== {text}\n", flush=True)


def run(*command: str) -> None:
    """Show a command as a user would type it, then run it; a failure ends the demo."""
    print(f"$ {shlex.join(command)}", flush=True)
    program, *arguments = command
    # The demo may run without an activated environment, so its programs are named by their place.
    program = (
        sys.executable if program == "python" else str(Path(sys.executable).with_name(program))
    )
    done = subprocess.run([program, *arguments], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f"the demo stops: the command above ended with exit code {done.returncode}")


def read_pictures(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The pictures of one part as rows of numbers in 0..1, and their classes by number."""
    files = [
        (path, number)
        for number, kind in enumerate(sorted(folder.iterdir()))
        for path in sorted(kind.iterdir())
    ]
    rows = [np.asarray(Image.open(path), dtype=np.float32).ravel() / 255 for path, _ in files]
    return np.stack(rows), np.array([number for _, number in files])


def control(photos: Path) -> dict[str, float]:
    """The accuracy of a linear model, by part."""
    parts = {part: read_pictures(photos / part) for part in PARTS}
    linear = LogisticRegression(max_iter=200).fit(*parts["train"])
    return {part: float(linear.score(*pictures)) for part, pictures in parts.items()}


def side_by_side(histories: dict[str, list[dict[str, float]]]) -> str:
    """One line an epoch, with the loss and accuracy of every backend."""
    columns = ("loss", "accuracy", "val_loss", "val_accuracy")
    names = [column.replace("accuracy", "acc") for column in columns]
    lines = [
        "      " + "".join(f"{backend:^44}" for backend in histories).rstrip(),
        "epoch " + "".join(f"{name:>11}" for _ in histories for name in names),
    ]
    for epoch, rows in enumerate(zip(*histories.values(), strict=True), start=1):
        cells = [f"{row[column]:>11.4f}" for row in rows for column in columns]
        lines.append(f"{epoch:>5} " + "".join(cells))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="runs/demo", help="where all files go")
    parser.add_argument("--epochs", type=int, help="instead of the number in the spec")
    options = parser.parse_args()
    out, photos = Path(options.out), Path(options.out, "photos")
    extra = [] if options.epochs is None else ["--epochs", str(options.epochs)]

    title("two photographs, cut into patches; no pixel is in two parts")
    run("python", "tests/photos.py", str(photos))

    title("the spec, checked, and the table of its layers")
    run("specc", "check", SPEC)
    run("specc", "summary", SPEC)

    title("both scripts, built from the one spec")
    run("specc", "build", SPEC, "--backend", "all", "-o", str(out))

    for backend in BACKENDS:
        title(f"training with {backend}")
        script = [
            str(out / f"train_{backend}.py"),
            "--data",
            str(photos),
            "--out",
            str(out / backend),
        ]
        run("python", *script, *extra)
        run("python", *script, "--evaluate")

    title("the histories side by side")
    print(
        side_by_side(
            {b: json.loads((ROOT / out / b / "history.json").read_text()) for b in BACKENDS}
        )
    )

    title("the proof that both scripts mean the same, on the same pictures")
    run("specc", "parity", SPEC, "--data", str(photos))

    title("the control: a linear model on the same pixels")
    print(
        "  ".join(f"{part} accuracy {score:.4f}" for part, score in control(ROOT / photos).items())
    )

    title("where everything lies")
    for backend in BACKENDS:
        files = sorted(path.name for path in (ROOT / out / backend).iterdir())
        print(f"{out}/train_{backend}.py: the script")
        print(f"{out}/{backend}/: {', '.join(files)}")
    print(f"{photos}/: the pictures")


if __name__ == "__main__":
    main()
