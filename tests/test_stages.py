"""`specc build --show`: each stage of the way from text to script."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from specc.cli.main import app

TEXT = """\
block Pair(filters) {
  Conv2D(filters, 3x3, same) -> ReLU
}
model net {
  input 8x8x1
  skip = Pair(4)
  Pair(4) -> Add(skip)
  Flatten -> Dense(10, softmax)
}
data {
  source = digits
  split  = 80% train, 10% validation, 10% test
}
train {
  loss      = categorical_crossentropy
  optimizer = adam
  batch     = 64
  epochs    = 1
}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "net.cnn"
    path.write_text(TEXT, encoding="utf-8")
    return path


def shown(spec: Path, stage: str, *more: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["build", str(spec), "--show", stage, *more])
    assert result.exit_code == code, result.output
    assert not (spec.parent / "generated").exists()
    return result.stdout


def test_the_tree_has_the_places_of_its_nodes(spec: Path) -> None:
    lines = shown(spec, "syntax").splitlines()
    assert lines[0].split() == ["1:1", "File"]
    assert any(line.split() == ["2:3", "path:", "Ident", '"Conv2D"'] for line in lines)


def test_a_tree_is_shown_as_far_as_it_was_read(spec: Path) -> None:
    spec.write_text(TEXT.replace("Flatten ->", "Flattn ->"), encoding="utf-8")
    assert '"Flattn"' in shown(spec, "syntax", code=1)
    assert shown(spec, "ir", code=1) == ""


def test_the_ir_is_that_of_its_own_command(spec: Path) -> None:
    printed = CliRunner().invoke(app, ["ir", str(spec)]).stdout
    assert json.loads(shown(spec, "ir")) == json.loads(printed)


def test_the_plan_has_blocks_and_what_the_loss_has_taken_over(spec: Path) -> None:
    text = shown(spec, "plan")
    assert "  skip: Pair(input) -> 8x8x4\n    conv: Conv2D(input) -> 8x8x4" in text
    assert "dense: Dense(flatten) -> 10  softmax is folded into the loss" in text


def test_scripts_are_shown_as_they_would_be_written(spec: Path) -> None:
    text = shown(spec, "script", "--backend", "torch")
    out = spec.parent / "out"
    CliRunner().invoke(app, ["build", str(spec), "--backend", "torch", "-o", str(out)])
    assert (out / "train_torch.py").read_text(encoding="utf-8").startswith(text)
