"""Scripts that somebody edited, given to `specc parity --script`: caught, and located.

The edits are of other kinds than those of tests/mutations. The smallest one moves a bias by 1e-7 in
each step; the tolerance of a step in float64 is 1e-11.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from mutations.mutant import FOLDER
from mutations.suite import built

from specc import parity
from specc.parity.text import render

pytestmark = [pytest.mark.parity, pytest.mark.slow]

SPEC = FOLDER / "specs" / "rich.cnn"
STEP = "        optimizer.step()\n"
DENSE2 = "self.dense2 = nn.Linear(32, 32)"
NORM2 = 'momentum=0.9, epsilon=0.001, name="norm2"'

CASES = {
    "a branch counts twice": ("torch", "x = x + skip", "x = x + 2 * skip", "L1", "conv3"),
    "a window with holes": (
        "keras",
        'padding="same", use_bias=False, name="conv2"',
        'padding="same", dilation_rate=2, use_bias=False, name="conv2"',
        "L1",
        "conv2",
    ),
    "scales that do not begin at 1": (
        "keras",
        NORM2,
        f"{NORM2}, gamma_initializer=keras.initializers.Constant(0.9)",
        "L1",
        "norm2",
    ),
    "a gradient that is doubled": (
        "torch",
        DENSE2,
        f"{DENSE2}\n        self.dense1.bias.register_hook(lambda gradient: 2 * gradient)",
        "L2",
        "dense1",
    ),
    "a bias that drifts": (
        "torch",
        STEP,
        f"        with torch.no_grad():\n            model.dense2.bias.add_(1e-7)\n{STEP}",
        "L3",
        "dense2",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_edited_script_is_caught_and_located(
    name: str, tmp_path: Path, probes: parity.Probes
) -> None:
    backend, old, new, level, layer = CASES[name]
    text = built("rich").scripts[backend]
    assert text.count(old) == 1
    script = tmp_path / "edited.py"
    script.write_text(text.replace(old, new), "utf-8")
    report = parity.run(SPEC, level=5, scripts={backend: script}, probes=probes)
    assert not report.passed
    said = render(report)
    assert f"keras and torch differ at {level}" in said
    first = next(line for line in said.splitlines() if line.startswith("first difference"))
    assert f"layer `{layer}`" in first
