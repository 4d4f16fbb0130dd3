"""Layers whose training a framework could get wrong although each pass is right: whole runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from harness.backends import BACKENDS
from harness.scripts import build, state

pytestmark = [pytest.mark.slow, pytest.mark.parity]

TRAIN = """
data {
  source = npz("samples.npz")
  split  = 80% train, 20% validation
}
train {
  loss      = categorical_crossentropy
  optimizer = adam
  batch     = 20
  epochs    = 2
  seed      = 1
}
"""
SPECS = {
    # Words come more than once in a batch: their gradients must be added up before Adam squares.
    "words": ((12,), "Embedding(9, 6) -> Conv1D(8, 3, causal, tanh)"),
    # A kernel of channels x multiplier is split in Keras, its moments too.
    "depthwise": ((6, 5, 2), "DepthwiseConv2D(3x3, multiplier=3, tanh) -> SeparableConv2D(4, 2x2)"),
    "transposed": ((3, 4, 2), "Conv2DTranspose(4, 3x3, stride=2, same, tanh)"),
    "volumes": ((3, 4, 4, 1), "Conv3D(4, 2, tanh) -> BatchNorm"),
}


def samples(path: Path, shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(2)
    x = random.normal(size=(150, *shape)).astype("f4")
    if len(shape) == 1:
        x = random.integers(0, 9, (150, *shape))
    np.savez(path, x=x, y=random.integers(0, 3, 150))


@pytest.mark.parametrize("name", SPECS)
def test_runs_stay_together(tmp_path: Path, name: str) -> None:
    """Rounding alone: smooth nets drift by less than 2e-5 in the 12 steps of these runs."""
    shape, layers = SPECS[name]
    samples(tmp_path / "samples.npz", shape)
    given = "x".join(map(str, shape))
    text = (
        f"model {name} {{\n  input {given}\n  {layers}\n  Flatten -> Dense(3, softmax)\n}}{TRAIN}"
    )
    losses = []
    for backend in BACKENDS:
        build(backend, text, tmp_path).run("--out", f"run_{backend}")
        history = state(tmp_path / f"run_{backend}")["history"]
        losses.append([row[key] for row in history for key in ("loss", "val_loss")])
    assert all(losses[0] == pytest.approx(others, abs=2e-5) for others in losses[1:])
    assert losses[0][0] != losses[0][2]
