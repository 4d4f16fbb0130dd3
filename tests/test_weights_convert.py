"""Weights move between the frameworks' files and the canonical one: bit for bit, or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
from harness.processes import start
from harness.scripts import said
from safetensors.numpy import load_file, save_file
from test_weights import call

from specc.compile import compile_file
from specc.weights import convert, file

pytestmark = pytest.mark.slow

# A block, a shared layer, a kernel that is not square, statistics, biases.
SPEC = """
block Part(filters) {
  Conv2D(filters, 3x3, same, bias=false) -> BatchNorm -> ReLU
}
model small {
  input 8x8x1
  Part(4)
  layer tower = Conv2D(4, 2x3, same)
  a = tower
  b = a -> tower
  a -> Add(b) -> Flatten -> Dropout(0.5)
  Dense(10, softmax)
}
data {
  source = digits
  split = 80% train, 10% validation, 10% test
}
train {
  loss = categorical_crossentropy
  optimizer = adam
  batch = 64
  epochs = 1
  seed = 3
}
"""


SEVERAL = """
model small {
  input left: 4
  input right: 4
  layer tower = Dense(3, relu)
  a = left -> tower
  right -> tower -> Concat(a)
  output kind = Dense(3, softmax)
  output price = Dense(1)
}
data {
  source = npz("a.npz", left="left", right="right", kind="kind", price="price")
  split = 80% train, 10% validation, 10% test
}
train {
  loss {
    kind = categorical_crossentropy
    price = mae
  }
  optimizer = adam
  batch = 64
  epochs = 1
}
"""


@pytest.fixture(autouse=True)
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frameworks' processes are forked: a start takes ten times as long as reading a file."""

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        assert command[:2] == [sys.executable, "-m"] and command[2].endswith(".exchange")
        done = start(command[2].split(".")[-2], *command[1:]).wait()
        return subprocess.CompletedProcess(command, done.code, done.out, done.err)

    monkeypatch.setattr(convert, "subprocess", SimpleNamespace(run=run))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The spec, and a canonical file in which no two numbers are alike."""
    folder = tmp_path_factory.mktemp("convert")
    (folder / "small.cnn").write_text(SPEC)
    spec = compile_file(folder / "small.cnn").spec
    assert spec is not None
    random = np.random.default_rng(1)
    shapes = file.shapes_of(spec.model)
    arrays = {name: random.uniform(0.5, 1, shape).astype("f4") for name, shape in shapes.items()}
    file.write(folder / "given.safetensors", arrays, spec.model)
    return folder


def move(folder: Path, source: str, target: str, code: int = 0) -> str:
    words = ("--spec", folder / "small.cnn", "--force")
    return call("convert", folder / source, folder / target, *words, code=code).output


def refused(folder: Path, source: str, *reasons: str) -> None:
    lines = move(folder, source, "never.safetensors", code=1).splitlines()
    assert sorted(lines) == sorted(f"error: {folder / source}: {reason}" for reason in reasons)
    assert not (folder / "never.safetensors").exists()


@pytest.mark.parametrize("ending", [".keras", ".weights.h5", ".pt"])
def test_there_and_back_again(folder: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    move(folder, "given.safetensors", f"made{ending}")
    if ending != ".weights.h5":
        monkeypatch.undo()  # back in a process that begins from nothing
    move(folder, f"made{ending}", "back.safetensors")
    assert (folder / "back.safetensors").read_bytes() == (folder / "given.safetensors").read_bytes()


def test_models_of_several_outputs_move_too(tmp_path: Path) -> None:
    """In the file of Keras that holds inputs and outputs by their names."""
    (tmp_path / "small.cnn").write_text(SEVERAL)
    call("init", tmp_path / "small.cnn", "-o", tmp_path / "given.safetensors")
    move(tmp_path, "given.safetensors", "made.keras")
    move(tmp_path, "made.keras", "back.safetensors")
    given, back = (tmp_path / f"{name}.safetensors" for name in ("given", "back"))
    assert back.read_bytes() == given.read_bytes()


def test_a_checkpoint_gives_its_weights(folder: Path) -> None:
    arrays = load_file(folder / "given.safetensors")
    last = {f"model.{name}": array for name, array in arrays.items()}
    last["optimizer.exp_avg.dense.bias"] = np.zeros(10, np.float32)
    save_file(last, folder / "last-00003.safetensors")
    move(folder, "last-00003.safetensors", "back.safetensors")
    assert (folder / "back.safetensors").read_bytes() == (folder / "given.safetensors").read_bytes()


def test_pytorch_s_files_are_refused_by_name(folder: Path) -> None:
    code = """
import sys, torch
from safetensors.torch import load_file
weights = load_file(sys.argv[1] + "/given.safetensors")
weights["dense.weight"] = weights["dense.weight"].half()
weights["tower.bias"] = weights["tower.bias"].reshape(2, 2)
weights["part.conv.weight"][0] = float("nan")
weights["extra"] = weights.pop("dense.bias")
torch.save(weights, sys.argv[1] + "/odd.pt")
torch.save({"epoch": 3, "model": weights}, sys.argv[1] + "/nested.pt")
torch.save([1, 2], sys.argv[1] + "/list.pt")
torch.save(torch.nn.Linear(2, 2), sys.argv[1] + "/whole.pt")
"""
    said(start("torch", "-c", code, folder), 0)
    refused(
        folder,
        "odd.pt",
        "`dense.bias` is missing",
        "`dense.weight` is float16, not float32",
        "`extra` is not in the model",
        "`part.conv.weight` holds 9 of 36 values that are not finite",
        "`tower.bias` is 2x2, the model has 4",
    )
    refused(folder, "nested.pt", "`epoch` is no tensor", "`model` is no tensor")
    refused(folder, "list.pt", "holds no state dict but a list")
    shown = move(folder, "whole.pt", "never.safetensors", code=1)
    assert "PyTorch cannot read it" in shown and len(shown.splitlines()) == 1


def test_keras_s_files_are_refused_by_name(folder: Path) -> None:
    move(folder, "given.safetensors", "odd.weights.h5")
    with h5py.File(folder / "odd.weights.h5", "r+") as weights:
        weights["layers/spare/vars/0"] = np.zeros(3, np.float32)
    refused(folder, "odd.weights.h5", "`layers/spare/vars/0` is not in the model")
    code = """
import sys, keras
x = keras.Input((8, 8, 1))
y = keras.layers.Dense(10, name="dense")(keras.layers.Flatten()(x))
keras.Model(x, y).save(sys.argv[1] + "/other.keras")
"""
    said(start("keras", "-c", code, folder), 0)
    shown = move(folder, "other.keras", "never.safetensors", code=1)
    lines = [line.partition("other.keras: ")[2] for line in shown.splitlines()]
    assert "`part.conv.weight` is missing" in lines
    assert "`dense.weight` is 10x64, the model has 10x256" in lines


@pytest.mark.parametrize("name", ["torn.keras", "torn.weights.h5", "torn.pt"])
def test_damaged_files_are_one_line(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"torn")
    shown = move(folder, name, "never.safetensors", code=1)
    title = "PyTorch" if name.endswith(".pt") else "Keras"
    assert shown.startswith(f"error: {folder / name}: {title} cannot read it: ")
    assert len(shown.splitlines()) == 1 and not (folder / "never.safetensors").exists()


def test_files_of_no_kind_and_files_that_are_not_there(folder: Path) -> None:
    endings = ".safetensors, .keras, .weights.h5, .pt"
    assert list(convert.kinds()) == endings.split(", ")
    refused(folder, "a.onnx", f"has none of the endings {endings}")
    refused(folder, "gone.keras", "No such file or directory")
    given = folder / "given.safetensors"
    shown: Any = call("convert", given, given, "--spec", folder / "small.cnn", code=2)
    assert "exists; `--force` replaces it" in shown.stderr
