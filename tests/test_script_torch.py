"""PyTorch training scripts from the outside: they train, go on, evaluate, predict and refuse."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import photos
import pytest
from harness.scripts import Script, build, digits_as_npz, state
from PIL import Image
from safetensors.numpy import load_file

PICTURES = """
model small {
  input 16x16x3
  Conv2D(4, 3x3, relu, same) -> MaxPool2D(4x4) -> Flatten -> Dense(1, sigmoid)
}
data {
  source = folder("photos", size=16x16)
  scale = 0..1
}
train {
  loss = binary_crossentropy(label_smoothing=0.1)
  optimizer = adam(1e-2)
  metrics = accuracy, auc, precision, recall, f1
  batch = 32
  epochs = 2
  seed = 5
}
"""

DIGITS = """
model digits {
  input 8x8x1
  Conv2D(8, 3x3, same, relu) -> BatchNorm -> MaxPool2D(2x2) -> Flatten -> Dropout(0.25)
  Dense(10, softmax)
}
data {
  source = digits
  split = 80% train, 10% validation, 10% test
  scale = standardize
}
train {
  loss = categorical_crossentropy(label_smoothing=0.1)
  optimizer = OPTIMIZER
  metrics = accuracy, top_k(3), precision, recall(weighted), f1(micro), auc
  batch = 64
  epochs = 3
  seed = 7
}
"""

ONEHOT = """
model onehot {
  input 8x8x1
  Flatten -> Dense(16, relu) -> Dense(10, softmax)
}
data {
  source = npz("digits.npz")
  split = 80% train, 20% validation
  labels = onehot
  scale = standardize(mean=[8], std=[6])
}
train {
  loss = categorical_crossentropy
  optimizer = sgd(0.1)
  metrics = accuracy
  batch = 40
  epochs = 2
  seed = 0
}
"""

TABLE = """
model table {
  input 3
  Dense(8, relu) -> Dense(1)
}
data {
  source = csv("table.csv", target="y")
  split = 70% train, 15% validation, 15% test
  scale = standardize
}
train {
  loss = mse
  optimizer = adam(1e-2)
  metrics = mae, rmse
  batch = 16
  epochs = 3
  seed = 1
}
"""

ADAM, SGD = "adam(1e-2)", "sgd(0.05, momentum=0.9, nesterov=true)"


def digits(folder: Path, optimizer: str = ADAM) -> Script:
    return build("torch", DIGITS.replace("OPTIMIZER", optimizer), folder)


def table(path: Path, rows: int = 120) -> None:
    x = np.random.default_rng(0).normal(size=(rows, 3))
    y = x @ [1.0, -2.0, 0.5] + 3
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "y"])
        writer.writerows(np.column_stack([x, y]).tolist())


def history(out: Path) -> list[dict[str, float]]:
    rows: list[dict[str, float]] = json.loads((out / "history.json").read_text())
    return rows


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Script:
    """The small picture net, trained for two epochs on the photographs."""
    folder = tmp_path_factory.mktemp("pictures")
    photos.write(folder / "photos")
    script = build("torch", PICTURES, folder)
    script.run()
    return script


@pytest.fixture(scope="module")
def trained_digits(tmp_path_factory: pytest.TempPathFactory) -> Script:
    """The digits with Adam, trained to the end in `whole` by a process that begins from nothing."""
    script = digits(tmp_path_factory.mktemp("digits"))
    script.run("--out", "whole", fresh=True)
    return script


# What a run leaves


@pytest.mark.slow
def test_a_run_leaves_its_files(trained: Script) -> None:
    out = trained.folder / "runs" / "spec_torch"
    names = sorted(path.name for path in out.iterdir())
    assert names == [
        "best.pt", "best.safetensors", "config.json", "curves.png", "data.json", "history.csv",
        "history.json", "last-00001.safetensors", "last-00002.safetensors", "last.json",
    ]  # fmt: skip
    metrics = ["loss", "accuracy", "auc", "precision", "recall", "f1"]
    columns = ["epoch", *metrics, *(f"val_{name}" for name in metrics)]
    rows = history(out)
    assert [list(row) for row in rows] == [columns, columns]
    assert rows[1]["loss"] < rows[0]["loss"]
    config = json.loads((out / "config.json").read_text())
    assert config["seed"] == 5 and config["data"] == "photos" and "resume" not in config
    assert json.loads((out / "data.json").read_text())["classes"] == {"output": ["china", "flower"]}
    with (out / "history.csv").open(newline="") as file:
        assert [float(row["val_auc"]) for row in csv.DictReader(file)] == [
            row["val_auc"] for row in rows
        ]


@pytest.mark.slow
def test_damaged_weights_are_refused(trained: Script, tmp_path: Path) -> None:
    whole = trained.folder / "runs" / "spec_torch"
    shutil.copytree(whole, tmp_path / "run")
    for content in (b"", b"text", (whole / "best.safetensors").read_bytes()[:-1]):
        (tmp_path / "run" / "best.safetensors").write_bytes(content)
        shown = trained.run("--evaluate", "--out", tmp_path / "run", code=1)
        assert "best.safetensors is damaged" in shown


@pytest.mark.slow
def test_evaluate_and_predict_use_the_best_epoch(trained: Script) -> None:
    shown = trained.run("--evaluate")
    assert shown.startswith("test  160 samples  loss ") and "auc" in shown
    picture = trained.folder / "photos" / "test" / "flower" / "0001.png"
    first, second = (line.split() for line in trained.run("--predict", picture).splitlines())
    assert {first[0], second[0]} == {"china", "flower"}
    assert float(first[1]) + float(second[1]) == pytest.approx(1, abs=1e-4)  # four digits shown


@pytest.mark.slow
def test_best_weights_are_plain(trained: Script) -> None:
    code = """
import torch
weights = torch.load("runs/spec_torch/best.pt", weights_only=True)
script.Small().load_state_dict(weights)
print(sorted(weights))
"""
    assert trained.probe(code).strip() == str(
        ["conv.bias", "conv.weight", "dense.bias", "dense.weight"]
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "code", "message"),
    [
        (["--data", "gone"], 1, "error: there is no folder gone"),
        (["--batch-size", 2000], 1, "error: a batch of 2000 is larger than the 714 training"),
        (["--evaluate", "--seed", 9], 1, "error: the run in runs/spec_torch has --seed 5, not 9"),
        (["--evaluate", "--out", "none"], 1, "error: none holds no finished epoch"),
        (["--predict", "gone.png"], 1, "error: there is no picture gone.png"),
        (["--predict", "spec.cnn"], 1, "error: spec.cnn is not a picture"),
        (["--resume", "--batch-size", 16], 1, "has --batch-size 32, not 16"),
        (["--resume", "--out", "none"], 1, "error: none holds no finished epoch"),
        (["--device", "tpu"], 1, "error: no device `tpu` here; there is cpu"),
        (["--epochs", 0], 2, "argument --epochs: 0 is below 1"),
    ],
)
def test_what_cannot_be_done(trained: Script, flags: list[Any], code: int, message: str) -> None:
    out = trained.folder / "runs" / "spec_torch"
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert message in trained.run(*flags, code=code)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.slow
def test_corrupt_pictures_are_named(trained: Script, tmp_path: Path) -> None:
    photos.write(tmp_path / "photos")
    bad = tmp_path / "photos" / "train" / "china" / "0003.png"
    bad.write_bytes(bad.read_bytes()[:200])
    shown = trained.run("--data", tmp_path / "photos", code=1)
    assert shown.startswith(f"error: {bad} cannot be read") and shown.count("\n") == 1


@pytest.mark.slow
def test_a_second_run_moves_the_first_aside(tmp_path: Path) -> None:
    digits_as_npz(tmp_path / "digits.npz")
    script = build("torch", ONEHOT, tmp_path)
    script.run()
    first = history(tmp_path / "runs" / "spec_torch")
    assert "is now in spec_torch-1" in script.run()
    assert history(tmp_path / "runs" / "spec_torch-1") == first
    # The same seed is the same run, bit for bit.
    assert history(tmp_path / "runs" / "spec_torch") == first


# Going on


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", [ADAM, SGD])
def test_a_resumed_run_is_the_uninterrupted_one(
    tmp_path: Path, trained_digits: Script, optimizer: str
) -> None:
    if optimizer == ADAM:
        script = trained_digits
        assert Image.open(script.folder / "whole" / "curves.png").width == 4 * 540
    else:
        script = digits(tmp_path, optimizer)
        script.run("--out", "whole")
    outs = [script.folder / name for name in ("whole", "parts")]
    script.run("--out", "parts", "--epochs", 1)
    shown = script.run("--out", "parts", "--resume")
    assert "epoch 1/3" not in shown and "epoch 3/3" in shown
    assert history(outs[0]) == history(outs[1])
    whole, parts = (load_file(out / state(out)["file"]) for out in outs)
    assert whole.keys() == parts.keys()
    assert all(whole[name].tobytes() == parts[name].tobytes() for name in whole)
    slots = {name.split(".")[1] for name in whole if name.startswith("optimizer.")}
    assert slots == ({"exp_avg", "exp_avg_sq"} if optimizer == ADAM else {"momentum_buffer"})
    assert state(outs[1])["step"] == 3 * 23


@pytest.mark.slow
def test_a_stopped_run_keeps_its_epochs(tmp_path: Path) -> None:
    script = digits(tmp_path)
    process = script.start("--epochs", 10000)
    last = tmp_path / "runs" / "spec_torch" / "last.json"
    end = time.monotonic() + 120
    while not last.exists() and time.monotonic() < end:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    done = process.wait(60)
    assert done.code == 130
    assert done.err.strip() == "stopped; --resume goes on after the last finished epoch"
    more = state(last.parent)["epoch"] + 1
    assert f"epoch {more}/{more}" in script.run("--resume", "--epochs", more)


@pytest.mark.slow
def test_a_loss_that_explodes_stops_the_run(tmp_path: Path) -> None:
    table(tmp_path / "table.csv")
    script = build("torch", TABLE.replace("adam(1e-2)", "sgd(1e6)"), tmp_path)
    shown = script.run(code=1)
    assert "error: the loss became" in shown and "--learning-rate" in shown


# Kinds of data and training


@pytest.mark.slow
def test_all_metrics_of_classes_equal_scikit_learn(trained_digits: Script) -> None:
    code = """
import json, numpy as np, torch
from sklearn import metrics as m
config = script.Config(out=script.Path("whole"))
data = script.load_data(config)
model = script.load_best(config)
cpu = torch.device("cpu")
found = script.evaluate(model, script.Batches(data.test, 64, data.scale, None, cpu))
((inputs, targets),) = script.Batches(data.test, len(data.test), data.scale, None, cpu)
x, y = inputs["input"], targets["output"]
with torch.inference_mode():
    logits = model(x.permute(0, 3, 1, 2)).double()
share, guess = logits.softmax(1).numpy(), logits.argmax(1).numpy()
expected = {
    "loss": script.F.cross_entropy(logits, y, label_smoothing=0.1).item(),
    "accuracy": m.accuracy_score(y, guess),
    "top_3": m.top_k_accuracy_score(y, share, k=3, labels=range(10)),
    "precision": m.precision_score(y, guess, average="macro", zero_division=0),
    "recall": m.recall_score(y, guess, average="weighted", zero_division=0),
    "f1": m.f1_score(y, guess, average="micro"),
    "auc": m.roc_auc_score(y, share, multi_class="ovr"),
}
print(json.dumps([found, expected]))
"""
    found, expected = json.loads(trained_digits.probe(code))
    assert list(found) == list(expected)
    # Counts are exact; loss and AUC come from float32 logits and their ties.
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_onehot_labels_and_plain_sgd(tmp_path: Path) -> None:
    digits_as_npz(tmp_path / "digits.npz")
    script = build("torch", ONEHOT, tmp_path)
    assert "60 validation" in script.run("--limit-batches", 2)
    assert "--evaluate" not in script.run("--help")
    arrays = dict(np.load(tmp_path / "digits.npz"))
    for name, y, message in (
        ("integers", arrays["y"].argmax(axis=1), "`labels = onehot` needs rows of 10"),
        ("smooth", arrays["y"] * 0.5, "a label is not one-hot"),
    ):
        np.savez(tmp_path / f"{name}.npz", x=arrays["x"], y=y)
        shown = script.run("--data", f"{name}.npz", code=1)
        assert shown.startswith(f"error: {name}.npz: ") and message in shown


@pytest.mark.slow
def test_a_regression_on_a_table(tmp_path: Path) -> None:
    table(tmp_path / "table.csv")
    script = build("torch", TABLE, tmp_path)
    script.run("--epochs", 15, "--learning-rate", 0.05)
    rows = history(tmp_path / "runs" / "spec_torch")
    # The square root of the loss over the whole part, not a mean of the batches' roots.
    assert rows[-1]["val_rmse"] == pytest.approx(rows[-1]["val_loss"] ** 0.5, rel=1e-6)
    assert rows[-1]["val_rmse"] < 0.5 * rows[0]["val_rmse"]
    assert "test  18 samples" in script.run("--evaluate")
    text = (tmp_path / "table.csv").read_text().splitlines()
    text[3] = text[3].replace(",", ",x", 1)
    (tmp_path / "bad.csv").write_text("\n".join(text))
    assert "error: bad.csv, row 3: `b` is not a number" in script.run("--data", "bad.csv", code=1)


@pytest.mark.slow
def test_digits_read_a_picture_at_their_own_scale(trained_digits: Script) -> None:
    code = """
import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
digit = load_digits().images[0]
Image.fromarray(np.round(digit * 255 / 16).astype(np.uint8)).save("digit.png")
print(load_digits().target[0])
"""
    label = trained_digits.probe(code).strip()
    shown = trained_digits.run("--predict", "digit.png", "--out", "whole")
    assert shown.split()[0] == label


@pytest.mark.slow
def test_adam_adds_epsilon_as_keras_does(tmp_path: Path) -> None:
    code = """
import math, torch
torch.manual_seed(0)
start, grads = torch.randn(5).double(), [torch.randn(5).double() * 1e-6 for _ in range(10)]
weight = torch.nn.Parameter(start.clone())
optimizer = torch.optim.Adam([weight], 1e-3, betas=(0.9, 0.999), eps=1e-7, fused=True)
m = v = torch.zeros(5).double()
expected = start.clone()
for step, grad in enumerate(grads, start=1):
    weight.grad = grad.clone()
    script.keras_epsilon(optimizer, step, epsilon=1e-7, beta2=0.999)
    optimizer.step()
    m, v = 0.9 * m + 0.1 * grad, 0.999 * v + 0.001 * grad**2
    alpha = 1e-3 * math.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    expected -= alpha * m / (v.sqrt() + 1e-7)
print((weight - expected).abs().max().item(), (expected - start).abs().max().item())
"""
    error, moved = map(float, digits(tmp_path).probe(code).split())
    # float64 rounding of ten steps on numbers around 1; small gradients make epsilon matter.
    assert error < 1e-14 < 1e-4 < moved


def test_initial_weights_hang_on_names_alone(tmp_path: Path) -> None:
    special = DIGITS.replace("OPTIMIZER", ADAM).replace(
        "Dense(10, softmax)", "Dense(10, softmax, kernel_initializer=normal(0.5))"
    )
    code = """
model = script.Digits()
script.initialize(model, 3)
first = model.conv.weight.detach().numpy()
again = script.glorot_uniform(script.weight_stream(3, "conv.weight"), first.shape)
usual = (model.dense.bias == 0).all() & (model.norm.weight == 1).all()
print((first == again).all(), usual.item())
print(model.dense.weight.std().item())
"""
    equal, std = build("torch", special, tmp_path).probe(code).splitlines()
    assert equal == "True True"
    # 640 draws: five deviations of the deviation are 14 %.
    assert float(std) == pytest.approx(0.5, rel=0.14)


# The text of the script


PENALTIES = TABLE.replace("relu)", "relu, l1=1e-3)").replace("loss = mse", "loss = mse\n  l2 = 0.1")
SPECS = {"pictures": PICTURES, "digits": DIGITS, "onehot": ONEHOT, "table": PENALTIES}


def test_scripts_are_clean(tmp_path: Path) -> None:
    for name, text in SPECS.items():
        (tmp_path / name).mkdir()
        build("torch", text.replace("OPTIMIZER", SGD), tmp_path / name)
    project = Path(__file__).parents[1] / "pyproject.toml"
    for tool in (
        ["ruff", "format", "--check", "--config", project],
        ["ruff", "check", "--config", project],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *map(str, tool), str(tmp_path)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
def test_scripts_are_typed(tmp_path: Path, name: str) -> None:
    script = build("torch", SPECS[name].replace("OPTIMIZER", SGD), tmp_path)
    project = Path(__file__).parents[1] / "pyproject.toml"
    tool = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(project)]
    done = subprocess.run([*tool, str(script.path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_script_holds_only_what_its_spec_needs(tmp_path: Path) -> None:
    digits_as_npz(tmp_path / "digits.npz")
    text = build("torch", ONEHOT, tmp_path).path.read_text()
    for absent in ("PIL", "sklearn", "keras_epsilon", "seed_torch", "rank_auc", "specc.", "gzip"):
        assert absent not in text.split('"""', 2)[2]


@pytest.mark.parametrize("path", ["a'b\\", "{{ x }}{% y %}", "…ä", "'''", "#", "x" * 120])
def test_strings_of_a_spec_stay_strings(tmp_path: Path, path: str) -> None:
    script = build("torch", ONEHOT.replace("digits.npz", path), tmp_path)
    assert script.probe("print(ascii(str(script.Config().data)))").strip() == ascii(path)


def test_pictures_of_another_size_are_refused_without_size(tmp_path: Path) -> None:
    for part in ("train", "validation"):
        for name in ("a", "b"):
            (tmp_path / "photos" / part / name).mkdir(parents=True)
            Image.new("RGB", (16, 12)).save(tmp_path / "photos" / part / name / "1.png")
    script = build("torch", PICTURES.replace(", size=16x16", ""), tmp_path)
    shown = script.run(code=1)
    assert "1.png is 12x16, the model takes 16x16; `size=16x16` in `folder`" in shown
    assert not (tmp_path / "runs").exists()
