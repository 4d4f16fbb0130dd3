"""Keras scripts as a user meets them: they train, resume, test, predict, and end with one line."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import photos
import pytest
import tables
from harness.processes import start
from harness.scripts import Script, build, digits_as_npz, said, state
from PIL import Image

pytestmark = pytest.mark.slow

DIGITS = """
block ConvBN(filters) {
  Conv2D(filters, 3x3, same, bias=false) -> BatchNorm -> ReLU
}
model digits {
  input 8x8x1
  ConvBN(8) -> MaxPool2D(2x2) -> Dropout(0.1)
  layer tower = ConvBN(8)
  a = tower
  b = a -> tower
  a -> Add(b)
  Flatten -> Dropout(0.25)
  Dense(10, softmax)
}
data {
  source = digits
  split  = 80% train, 10% validation, 10% test
  scale  = standardize
}
train {
  loss      = categorical_crossentropy
  optimizer = OPTIMIZER
  metrics   = accuracy, top_k(3), precision, recall(average=weighted), f1(average=micro), auc
  batch     = 64
  epochs    = 4
  seed      = 7
}
"""
ADAM = DIGITS.replace("OPTIMIZER", "adam")
# Without most of the metrics, whose tracing takes longer than the epochs.
BARE = re.sub(r"top_k.*", "f1", DIGITS)
MOMENTUM = BARE.replace("OPTIMIZER", "sgd(0.02, momentum=0.9, nesterov=true)")
PLAIN = BARE.replace("OPTIMIZER", "sgd(0.1)")
PHOTOS = """
model lecture {
  input 64x64x3
  Conv2D(8, 3x3, relu, kernel_initializer=he_normal) -> MaxPool2D(4x4)
  Conv2D(8, 3x3, relu) -> MaxPool2D(4x4)
  Flatten
  Dense(1, sigmoid)
}
data {
  source = folder("photos")
  scale  = 0..1
}
train {
  loss      = binary_crossentropy(label_smoothing=0.1)
  optimizer = adam(learning_rate=3e-3)
  metrics   = accuracy, auc, f1
  batch     = 16
  epochs    = 2
  seed      = 42
}
"""
ONEHOT = """
model arrays {
  input 8x8x1
  Flatten -> Dense(32, tanh) -> Dense(10) -> Softmax
}
data {
  source = npz("digits.npz")
  split  = 80% train, 10% validation, 10% test
  labels = onehot
}
train {
  loss      = categorical_crossentropy(label_smoothing=0.1)
  optimizer = sgd(0.02)
  batch     = 32
  epochs    = 2
  seed      = 0
}
"""
TABLE = """
model diabetes {
  input 10
  Dense(16, relu) -> Dense(1)
}
data {
  source = csv("diabetes.csv", target="progression")
  split  = 80% train, 20% test
  scale  = standardize
}
train {
  loss      = mse
  optimizer = adam(1e-2)
  metrics   = mae, rmse
  batch     = 32
  epochs    = 3
  seed      = 1
}
"""
SPECS = {"digits": ADAM, "photos": PHOTOS, "onehot": ONEHOT, "table": TABLE}
FILES = {"best.keras", "best.safetensors", "config.json", "curves.png", "data.json", "history.csv",
         "history.json", "last.json"}  # fmt: skip
OPEN_ALONE = """
import sys, keras, numpy as np
model = keras.models.load_model(sys.argv[1])
print(model.count_params(), model(np.zeros((1, *model.input_shape[1:]), "float32")).shape)
"""


def few_photos(folder: Path) -> None:
    """Of the photographs' patches 24, 8 and 8 of each class."""
    photos.write(folder)
    for path in sorted(folder.glob("*/*/*.png")):
        if int(path.stem) > (24 if path.parts[-3] == "train" else 8):
            path.unlink()


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Script]:
    """The scripts of all specs, their data beside them."""
    made = {}
    for name, text in SPECS.items():
        made[name] = build("keras", text, tmp_path_factory.mktemp(name))
    few_photos(made["photos"].folder / "photos")
    digits_as_npz(made["onehot"].folder / "digits.npz")
    tables.write(made["table"].folder / "diabetes.csv")
    return made


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "history.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("name", "columns", "validates"),
    [
        ("digits", "loss accuracy top_3 precision recall f1 auc", True),
        ("photos", "loss accuracy auc f1", True),
        ("onehot", "loss", True),
        ("table", "loss mae rmse", False),
    ],
)
def test_trains_and_keeps_its_results(
    scripts: dict[str, Script], name: str, columns: str, validates: bool
) -> None:
    script = scripts[name]
    printed = script.run("--epochs", 2, "--out", "run")
    out = script.folder / "run"
    names = columns.split() + [f"val_{column}" for column in columns.split() if validates]
    assert list(rows(out)[0]) == ["epoch", *names]
    assert [row["epoch"] for row in rows(out)] == ["1", "2"]
    assert float(rows(out)[1]["loss"]) < float(rows(out)[0]["loss"])
    assert all(np.isfinite(float(value)) for row in rows(out) for value in row.values())
    assert json.loads((out / "history.json").read_text()) == state(out)["history"]
    assert json.loads((out / "config.json").read_text())["epochs"] == 2
    found = {path.name for path in out.iterdir()}
    assert found == FILES | {"last-00001.safetensors", "last-00002.safetensors"}
    for line in ("device      cpu", "samples     ", "iterations  ", "epoch 2/2", "results in run"):
        assert line in printed
    said(start("keras", "-c", OPEN_ALONE, out / "best.keras", folder=Path("/")), 0)


@pytest.mark.parametrize("text", [ADAM, MOMENTUM, PLAIN], ids=["adam", "momentum", "sgd"])
def test_resume_is_bit_for_bit(tmp_path: Path, text: str) -> None:
    script = build("keras", text, tmp_path)
    script.run("--out", "whole", fresh=text == ADAM)
    script.run("--out", "parts", "--epochs", 1)
    script.run("--out", "parts", "--epochs", 4, "--resume")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    if text == ADAM:
        assert Image.open(whole / "curves.png").width == 4 * 540
        script.run("--out", "parts", "--epochs", 4, "--resume")  # nothing is left to do
    for name in ("last-00004.safetensors", "history.csv", "last.json"):
        assert (whole / name).read_bytes() == (parts / name).read_bytes(), name
    assert sum(calls for _, calls in state(whole)["dropout"].values()) == 2 * 4 * 23


def test_a_kill_loses_no_finished_epoch(tmp_path: Path) -> None:
    script = build("keras", ADAM, tmp_path)
    process = script.start("--epochs", 10_000, "--out", "run")
    deadline = time.monotonic() + 120
    while not (tmp_path / "run" / "last.json").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    done = process.wait(60)
    assert done.code == 130, done.err
    assert "--resume goes on" in done.err and "Traceback" not in done.err
    epoch = state(tmp_path / "run")["epoch"]
    script.run("--epochs", epoch + 1, "--out", "run", "--resume")
    assert state(tmp_path / "run")["epoch"] == epoch + 1


def test_evaluate_tells_what_history_told(scripts: dict[str, Script]) -> None:
    """The validation part, put in the place of the test part, gives the best epoch's figures."""
    script = scripts["photos"]
    script.run("--out", "evaluated")
    out = script.folder / "evaluated"
    test, validation = script.folder / "photos/test", script.folder / "photos/validation"
    test.rename(script.folder / "kept")
    try:
        validation.rename(test)
        (script.folder / "kept").rename(validation)
        printed = script.run("--evaluate", "--out", "evaluated")
    finally:
        if validation.exists():
            validation.rename(script.folder / "kept")
        test.rename(validation)
        (script.folder / "kept").rename(test)
    best = min(state(out)["history"], key=lambda row: row["val_loss"])
    for name in ("loss", "accuracy", "auc", "f1"):
        assert f"{name} {best[f'val_{name}']:.4f}" in printed


def test_predict_names_a_class(scripts: dict[str, Script]) -> None:
    script = scripts["photos"]
    script.run("--out", "predicted", "--epochs", 1)
    place = script.folder / "photos/test/china/0001.png"
    printed = script.run("--predict", place, "--out", "predicted").splitlines()[:2]
    shares = {line.split()[0]: float(line.split()[1]) for line in printed}
    assert set(shares) == {"china", "flower"} and sum(shares.values()) == pytest.approx(1, abs=2e-4)


def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path) -> None:
    script = build("keras", PLAIN, tmp_path)
    printed = script.run("--learning-rate", 1e18, "--out", "run", code=1)
    assert "error: the loss became nan in epoch 1" in printed
    assert not (tmp_path / "run" / "last.json").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--device", "tpu"], "error: no device `tpu` here; there is cpu"),
        (["--batch-size", 5000], "error: a batch of 5000 is larger than the 1437 training samples"),
        (["--resume", "--out", "nowhere"], "error: nowhere holds no finished epoch"),
        (["--evaluate", "--out", "nowhere"], "error: nowhere holds no finished epoch"),
        (["--predict", "x.png", "--out", "nowhere"], "error: nowhere holds no trained model"),
    ],
)
def test_errors_are_one_line(scripts: dict[str, Script], flags: list[object], message: str) -> None:
    assert message in scripts["digits"].run(*flags, code=1)


def test_bad_data_is_named(tmp_path: Path) -> None:
    script = build("keras", PHOTOS, tmp_path)
    assert "error: there is no folder photos" in script.run(code=1)
    few_photos(tmp_path / "photos")
    (tmp_path / "photos/train/china/0003.png").write_bytes(b"not a picture")
    assert "photos/train/china/0003.png is not a picture" in script.run(code=1)
    assert not (tmp_path / "runs").exists()


def test_resume_refuses_other_settings_and_other_models(tmp_path: Path) -> None:
    script = build("keras", PLAIN, tmp_path)
    script.run("--epochs", 1, "--out", "run")
    printed = script.run("--resume", "--seed", 8, "--out", "run", code=1)
    assert "error: the run in run has --seed 7, not 8" in printed
    wider = build("keras", PLAIN.replace("  ConvBN(8) ->", "  ConvBN(8) -> ConvBN(8) ->"), tmp_path)
    printed = wider.run("--resume", "--out", "run", code=1)
    assert "error: the checkpoint does not fit the model: `" in printed


def test_scripts_are_clean(scripts: dict[str, Script]) -> None:
    paths = [str(script.path) for script in scripts.values()]
    root = Path(__file__).parent.parent
    config = ["--config", str(root / "pyproject.toml")]
    for tool in (
        ["ruff", "check", "--no-cache", *config, *paths],
        ["ruff", "format", "--no-cache", "--check", *config, *paths],
        *(["mypy", "--strict", "--config-file", str(root / "pyproject.toml"), p] for p in paths),
    ):
        done = subprocess.run([sys.executable, "-m", *tool], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
