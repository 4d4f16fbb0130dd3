"""Makes docs/switching-frameworks.png: `python benchmarks/switching.py`.

Trains a small network for ten epochs in PyTorch, and for five in PyTorch and five in Keras.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.figure import Figure

ROOT = Path(__file__).parent.parent
SPEC = """
model small {
  input 8x8x1
  Conv2D(8, 3x3, same, bias=false) -> BatchNorm(momentum=0.9) -> ReLU
  MaxPool2D(2x2)
  Conv2D(16, 3x3, bias=false) -> BatchNorm(momentum=0.9) -> ReLU
  Flatten -> Dense(10, softmax)
}
data {
  source = digits
  split  = 80% train, 10% validation, 10% test
  scale  = 0..1
}
train {
  loss      = categorical_crossentropy
  optimizer = sgd(0.02, momentum=0.9, nesterov=true)
  metrics   = accuracy
  batch     = 64
  epochs    = 10
  seed      = 7
}
"""
EPOCHS, SWITCH = 10, 5
Rows = list[dict[str, float]]


def build(folder: Path) -> None:
    spec = folder / "small.cnn"
    spec.write_text(SPEC)
    words = [sys.executable, "-m", "specc", "build", str(spec), "-o", str(folder)]
    subprocess.run(words, check=True)


def train(backend: str, out: Path, epochs: int, *flags: str) -> Rows:
    """Run a script; the history in its folder."""
    script = out.parent / f"train_{backend}.py"
    words = [sys.executable, str(script), "--out", str(out), "--epochs", str(epochs), *flags]
    subprocess.run(words, check=True)
    rows: Rows = json.loads((out / "history.json").read_text())
    return rows


def plot(alone: Rows, switched: Rows, path: Path) -> None:
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    for axes, name, title in zip(
        figure.subplots(1, 2), ("loss", "val_loss"), ("training loss", "validation loss"),
        strict=True,
    ):  # fmt: skip
        lines = (
            (alone, "PyTorch alone", "0.6", "-", 5.0),
            (switched[:SWITCH], "PyTorch ...", "tab:red", "o", 1.5),
            (switched[SWITCH - 1 :], "... then Keras", "tab:blue", "s", 1.5),
        )
        for rows, label, color, marker, width in lines:
            x, y = [row["epoch"] for row in rows], [row[name] for row in rows]
            style = "" if marker == "-" else marker
            axes.plot(x, y, color=color, marker=style, markersize=5, linewidth=width, label=label)
        axes.set(title=title, xlabel="epoch")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=90)


def main() -> None:
    with TemporaryDirectory() as folder:
        build(Path(folder))
        alone = train("torch", Path(folder, "alone"), EPOCHS)
        train("torch", Path(folder, "switched"), SWITCH)
        switched = train("keras", Path(folder, "switched"), EPOCHS, "--resume")
    plot(alone, switched, ROOT / "docs" / "switching-frameworks.png")
    print("| epoch | loss, PyTorch alone | loss, switched | val_loss, alone | switched |")
    print("| --- | --- | --- | --- | --- |")
    for row, other in zip(alone, switched, strict=True):
        cells = [f"{r[name]:.5f}" for name in ("loss", "val_loss") for r in (row, other)]
        print(f"| {row['epoch']} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
