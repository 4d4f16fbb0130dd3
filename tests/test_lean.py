"""`--lean`: what one would show in a lecture computes what the whole script does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness.examples import make_data
from harness.scripts import Script, digits_as_npz, write_idx
from pages import ROOT
from PIL import Image
from typer.testing import CliRunner

from specc import parity
from specc.building import build_file
from specc.cli.main import app
from specc.codegen.backend import backend_names, get_backend
from specc.codegen.script.form import LEAN, WHOLE, Form
from specc.data.sources import Folder

SPECS = ROOT / "specs"
BACKENDS = [name for name in backend_names() if get_backend(name).trains]
MOST = {"torch": 160, "keras": 120}
"""Lines of the lecture's network, which also are what a lecture has room for."""

TIES = """
from pathlib import Path
script.EPOCHS, script.LEARNING_RATE, script.OUT = 2, 0.0, Path("tie")
kept, save = [], script.torch.save
script.torch.save = lambda *given: kept.append(given) or save(*given)
figures = script.train_model()["val_loss"]
print(len(kept), len(set(figures)))
"""

LEAN_RUN = """
import json
from pathlib import Path
script.EPOCHS, script.OUT = 2, Path("lean")
if len(sys.argv) > 1:
    script.DATA = Path(sys.argv[1])
script.train_model()
"""


def both(backend: str, spec: Path, folder: Path) -> dict[Form, Script]:
    """The whole and the lean script of a spec, in a folder of their own."""
    found = {}
    for form in (WHOLE, LEAN):
        built = build_file(spec, [get_backend(backend)], form=form)
        assert built.scripts, built.diagnostics
        (path,) = built.write(folder)
        found[form] = Script(path)
    return found


def figures(backend: str, spec: Path, folder: Path, data: Path | None) -> list[dict[str, Any]]:
    """What two epochs come to: of the whole script, then of the lean one."""
    scripts = both(backend, spec, folder)
    flags = ["--epochs", 2, "--out", "whole", *(["--data", data] if data else [])]
    scripts[WHOLE].run(*flags)
    scripts[LEAN].probe(LEAN_RUN, *([data] if data else []))
    rows = json.loads((folder / "whole" / "history.json").read_text())
    whole = {name: [row[name] for row in rows] for name in rows[0] if name != "epoch"}
    return [whole, json.loads((folder / "lean" / "history.json").read_text())]


def shown(row: dict[str, list[float]]) -> dict[str, list[str]]:
    return {name: [f"{value:.4f}" for value in values] for name, values in row.items()}


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_lecture_has_room_for_it(backend: str) -> None:
    text = (ROOT / "generated" / "lecture" / f"lean_{backend}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST[backend]
    assert "argparse" not in text and "RunError" not in text


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["lecture", "diabetes", "fashion", "homes", "transformer"])
def test_epochs_come_to_the_same(name: str, backend: str, tmp_path: Path) -> None:
    data = make_data(tmp_path / "data", name).source
    whole, lean = figures(backend, SPECS / f"{name}.cnn", tmp_path, data)
    assert shown(whole) == shown(lean)
    assert list((tmp_path / "lean").glob("best.*"))


METRICS = {
    "binary": ("Dense(1, sigmoid)", "binary_crossentropy", "accuracy, auc, precision, recall, f1"),
    "classes": (
        "Dense(10, softmax)",
        "categorical_crossentropy",
        "accuracy, top_k(2), auc, f1, precision(average=micro), recall(average=weighted)",
    ),
    "numbers": ("Dense(1)", "mae", "mae, rmse, mape"),
}


def spec_of(folder: Path, end: str, loss: str, metrics: str, data: str) -> Path:
    path = folder / "spec.cnn"
    path.write_text(
        f"model m {{\n  input 8x8x1\n  Flatten\n  Dense(8, relu)\n  {end}\n}}\n"
        f"data {{\n{data}\n}}\n"
        f"train {{\n  loss = {loss}\n  metrics = {metrics}\n  optimizer = sgd(0.01)\n"
        "  batch = 32\n  epochs = 2\n  seed = 3\n}\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", METRICS)
def test_every_metric_comes_to_the_same(kind: str, backend: str, tmp_path: Path) -> None:
    end, loss, metrics = METRICS[kind]
    rng = np.random.default_rng(4)
    labels = {"binary": rng.integers(0, 2, 200), "classes": rng.integers(0, 10, 200)}
    y = labels.get(kind, rng.standard_normal((200, 1)))
    np.savez(tmp_path / "d.npz", x=rng.standard_normal((200, 8, 8, 1)), y=y)
    data = '  source = npz("d.npz")\n  split = 80% train, 20% validation\n  scale = standardize'
    spec = spec_of(tmp_path, end, loss, metrics, data)
    whole, lean = figures(backend, spec, tmp_path, None)
    assert shown(whole) == shown(lean)
    assert len(whole) == 2 * (2 + metrics.count(","))


SOURCES = {
    "own parts": ('folder("pictures")', "", "0..1"),
    "own parts, measured": ('folder("pictures")', "", "standardize"),
    "grey, resized": ('folder("mixed", size=8x8, channels=1)', "80% train, 20% validation", "0..1"),
    "own test part": ('folder("tested", channels=1)', "70% train, 30% validation", "0..1"),
    "idx": ('mnist("idx")', "90% train, 10% validation", "0..1"),
    "onehot": ('npz("d.npz")', "60% train, 20% validation, 20% test", "standardize(mean=[3])"),
    "given": ('npz("d.npz")', "75% train, 25% validation", "standardize(mean=[3], std=[2])"),
}


def write_sources(folder: Path) -> None:
    rng = np.random.default_rng(1)
    folders = (
        ("pictures", ("train", "validation"), 8),
        ("mixed", ("",), 11),
        ("tested", ("train", "test"), 8),
    )
    for top, parts, size in folders:
        for place in (folder / top / part / name for part in parts for name in ("cat", "dog")):
            place.mkdir(parents=True)
            (place / ".hidden").write_text("no picture")
            for number in range(6):
                cells = rng.integers(0, 256, (size, size), np.uint8)
                Image.fromarray(cells).save(place / f"{number}.png")
    (folder / "idx").mkdir()
    for prefix, count in (("train", 50), ("t10k", 20)):
        write_idx(
            folder / "idx" / f"{prefix}-images-idx3-ubyte.gz", rng.integers(0, 256, (count, 28, 28))
        )
        write_idx(folder / "idx" / f"{prefix}-labels-idx1-ubyte", rng.integers(0, 10, count))
    digits_as_npz(folder / "d.npz", 60)


LOADED = """
import numpy as np
from pathlib import Path
lean = script.load_data()
sys.modules.pop("Part", None)
import train_torch as whole
data = whole.load_data(whole.Config())
for name in ("train", "validation"):
    part = getattr(data, name)
    ((x, y),) = whole.Batches(part, len(part), data.scale, None, whole.choose_device("cpu"))
    for one, other in zip(lean[name], (x["input"].numpy(), y["output"].numpy()), strict=True):
        assert one.dtype == other.dtype and one.shape == other.shape, (one.dtype, other.dtype)
        assert (one == other).all(), name
print(len(lean["train"][1]), len(lean["validation"][1]))
"""


@pytest.mark.parametrize("name", SOURCES)
def test_data_is_the_same(name: str, tmp_path: Path) -> None:
    source, cut, scale = SOURCES[name]
    write_sources(tmp_path)
    data = f"  source = {source}\n  scale = {scale}" + (f"\n  split = {cut}" if cut else "")
    data += "\n  labels = onehot" if "npz" in source else ""
    pictures, classes = "folder" in source, "Dense(10, softmax)"
    end = "Dense(1, sigmoid)" if pictures else classes
    loss = "binary_crossentropy" if pictures else "categorical_crossentropy"
    spec = spec_of(tmp_path, end, loss, "accuracy", data)
    side = "28x28x1" if name == "idx" else "8x8x3" if "own parts" in name else "8x8x1"
    spec.write_text(spec.read_text().replace("8x8x1", side).replace("batch = 32", "batch = 4"))
    sizes = both("torch", spec, tmp_path)[LEAN].probe(LOADED).split()
    assert all(int(size) > 0 for size in sizes)


TWO = """model m {
  input a: 3
  input b: 2
  a -> Concat(b) -> Dense(4, relu)
  output c = Dense(1)
  output d = Dense(2, softmax)
}
data {
  source = csv("d.csv", a=["u", "v", "w"], b=["x", "y"], c="p", d="q")
  split = 60% train, 20% validation, 20% test
  scale {
    a = standardize
    b = standardize
  }
}
train {
  loss {
    c = mse
    d = categorical_crossentropy
  }
  optimizer = sgd(0.1)
  batch = 4
  epochs = 1
  seed = 5
}
"""


def test_data_of_several_inputs_is_the_same(tmp_path: Path) -> None:
    rows = np.random.default_rng(2).standard_normal((40, 7)) * np.arange(1, 8)
    rows[:, 6] = rows[:, 6] > 0
    head = "u,v,w,x,y,p,q"
    np.savetxt(tmp_path / "d.csv", rows, delimiter=",", header=head, comments="", fmt="%.17g")
    spec = tmp_path / "spec.cnn"
    spec.write_text(TWO, encoding="utf-8")
    code = """
import numpy as np
lean = script.load_data()
import train_torch as whole
data = whole.load_data(whole.Config())
for name in ("train", "validation"):
    part = getattr(data, name)
    (batch,) = whole.Batches(part, len(part), data.scale, None, whole.choose_device("cpu"))
    for one, tensors in zip(lean[name], batch, strict=True):
        other = {key: tensor.numpy() for key, tensor in tensors.items()}
        assert one.keys() == other.keys()
        assert all(one[key].dtype == other[key].dtype for key in other)
        assert all((one[key] == other[key]).all() for key in other), name
"""
    both("torch", spec, tmp_path)[LEAN].probe(code)


@pytest.mark.slow
def test_they_are_clean(tmp_path: Path) -> None:
    """Of specs with everything that the language has for training; those of specs/ are committed,
    and test_generated looks at them."""
    for spec in (ROOT / "tests" / "mutations" / "specs").glob("*.cnn"):
        built = build_file(spec, [get_backend(name) for name in BACKENDS], form=LEAN)
        built.write(tmp_path / spec.stem)
    config = str(ROOT / "pyproject.toml")
    types = ("--strict", "--namespace-packages", "--explicit-package-bases")
    cache = ("--config-file", config, "--cache-dir", str(ROOT / ".mypy_cache"))
    for tool in (
        ("ruff", "format", "--check", "--config", config),
        ("ruff", "check", "--config", config),
        ("mypy", *types, *cache),
    ):
        command = [sys.executable, "-m", *tool, str(tmp_path)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


EDITS = {
    "one order for all epochs": ("torch", "[SEED, epoch]", "[SEED, 0]", 0),
    "another range": ("keras", "/ 255", "/ 256", 0),
    "dropout in the evaluation": ("torch", "model.eval()", "model.train()", 1),
    "no gradient set to zero": ("torch", "        optimizer.zero_grad()\n", "", 4),
    "another epsilon": ("keras", "epsilon=1e-07", "epsilon=1e-06", 3),
}


@pytest.mark.slow
@pytest.mark.parity
@pytest.mark.parametrize("name", ["homes", "lecture", "several"])
def test_they_mean_the_same(name: str, probes: parity.Probes) -> None:
    folder = ROOT / "tests" / "mutations" / "specs" if name == "several" else SPECS
    spec = folder / f"{name}.cnn"
    report = parity.run(spec, level=4, form=LEAN, synthetic=True, probes=probes)
    assert report.passed, report


@pytest.mark.slow
@pytest.mark.parity
@pytest.mark.parametrize("edit", EDITS)
def test_edited_ones_are_caught(edit: str, tmp_path: Path, probes: parity.Probes) -> None:
    backend, before, after, level = EDITS[edit]
    spec, chosen = SPECS / "homes.cnn", [get_backend(name) for name in BACKENDS]
    built = build_file(spec, chosen, form=LEAN)
    assert before in built.scripts[backend]
    script = tmp_path / f"lean_{backend}.py"
    script.write_text(built.scripts[backend].replace(before, after), encoding="utf-8")
    report = parity.run(
        spec, level=4, form=LEAN, scripts={backend: script}, whole=level == 0, synthetic=True,
        probes=probes,
    )  # fmt: skip
    assert report.failed is not None and report.failed.number == level, report


@pytest.mark.slow
def test_of_equal_epochs_the_first_is_kept(tmp_path: Path) -> None:
    """As in the whole script, and as Keras's checkpoints do."""
    spec = tmp_path / "tie.cnn"
    text = (SPECS / "digits.cnn").read_text("utf-8")
    spec.write_text(text.replace("BatchNorm(momentum=0.9) -> ", ""), "utf-8")
    script = both("torch", spec, tmp_path)[LEAN]
    assert "1 1" in script.probe(TIES).splitlines()


def test_what_has_no_lean_form_is_refused_at_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Folder, "reads_lean", lambda self, path, feed: None)
    chosen = [get_backend(name) for name in BACKENDS]
    built = build_file(SPECS / "lecture.cnn", chosen, form=LEAN)
    (found,) = built.diagnostics
    assert found.code == "E0601" and "the lean form: it cannot read `folder`" in found.message
    assert found.source.text[found.span.start : found.span.end] == 'folder("photos")'
    assert not built.files


def test_a_backend_without_the_form_is_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(type(get_backend("torch")), "lean", False)
    build = ["build", str(SPECS / "digits.cnn"), "--lean", "-o", str(tmp_path)]
    refused = CliRunner().invoke(app, [*build, "--backend", "torch"])
    assert refused.exit_code == 1
    assert "refused by PyTorch: it writes no lean scripts" in refused.output
    assert CliRunner().invoke(app, build).exit_code == 0  # all that have it
    assert [path.name for path in tmp_path.iterdir()] == ["lean_keras.py"]
