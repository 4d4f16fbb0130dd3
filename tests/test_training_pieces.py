"""The trials of docs/training-pieces.md: pieces in scripts of unedited templates, which train."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness.processes import start
from harness.scripts import said, state
from pages import DOCS, ROOT, blocks, write_files
from safetensors.numpy import load_file

from specc.codegen.backend import Backend, get_backend
from specc.codegen.script.pieces import Piece
from specc.compile import compile_file

PAGE = DOCS / "training-pieces.md"
BACKENDS = ("torch", "keras")
TRIALS = ("momentum", "nadam", "big", "stages", "plateau")
# Without kinks, so that rounding grows slowly, and without dropout, which both draw their own way.
SMALL = """
model small {
  input 8x8x1
  Conv2D(4, 3x3, same, bias=false) -> BatchNorm(momentum=0.9) -> Tanh
  Flatten -> Dense(10, softmax)
}
data {
  source = digits
  split  = 80% train, 10% validation, 10% test
  scale  = standardize
}
train {
  loss      = categorical_crossentropy
  optimizer = adam
  metrics   = accuracy
  batch     = 64
  epochs    = 3
  seed      = 3
}
"""
SHORT: dict[str, dict[str, Any]] = {
    **{trial: {"limit_batches": 6} for trial in TRIALS},
    # Five batches of which the last is smaller: one waits at the end of the first epoch.
    "big": {"batch_size": 300},
    # No epoch is good enough: the rate falls after the second and after the third.
    "plateau": {"limit_batches": 6, "patience": 1, "min_delta": 9.0},
    # The big one with no update in its first epoch.
    "late": {"limit_batches": 3},
    "bfloat16": {"batch_size": 300},
}
"""The flags with which each trial trains. The last piece of the big one is bfloat16: without it
both frameworks can be compared. It goes last, as a policy of Keras is one for the process."""
EARLY = ("late", "stages")
"""Where a run also goes on after its first epoch, behind which something new begins."""

DRIVER = """
import importlib, json, shutil, sys
from pathlib import Path
backend, trials, early, other = sys.argv[1], *map(json.loads, sys.argv[2:4]), sys.argv[4:]
sys.path.insert(0, ".")
if backend == "torch":
    import torch
    torch.set_num_threads(1)  # two that wait for each other take longer
for trial, flags in trials.items():
    script = importlib.import_module(f"{backend}_{trial}")
    script.plot_history = lambda path, history: path.touch()  # it takes longer than the training
    def go(out, epochs, resume=False):
        script.train_model(
            script.Config(out=Path(out), epochs=epochs, resume=resume, device="cpu", **flags)
        )
    go(f"{backend}/{trial}/whole", 3)
    if trial in early:
        go(f"{backend}/{trial}/early", 1)
        go(f"{backend}/{trial}/early", 3, resume=True)
    if trial in ("late", "bfloat16"):
        continue
    go(f"{backend}/{trial}/part", 2)
    shutil.copytree(f"{backend}/{trial}/part", f"{backend}/{trial}/two")
    go(f"{backend}/{trial}/part", 3, resume=True)
    for name in other:
        shutil.copytree(f"{name}/{trial}/two", f"{backend}/{trial}/over")
        go(f"{backend}/{trial}/over", 3, resume=True)
"""


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The page's files as packages, which Python finds while the tests here run."""
    folder = tmp_path_factory.mktemp("page")
    for path in write_files(PAGE, folder):
        (path.parent / "__init__.py").touch()
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "trial"]:
        del sys.modules[name]


def pieces(backend: str, trial: str) -> list[Piece]:
    found: list[Piece] = getattr(import_module(f"trial.{trial}"), backend.upper())
    return found


def rendered(backend: str, training: list[Piece], spec: Path) -> str:
    """The script of a spec with another training."""
    result = compile_file(spec, buildable=True)
    assert result.spec is not None, result.diagnostics
    made: Backend = get_backend(backend)
    train = import_module(f"{made.lowerings.package}.train")
    parts = (f"trial.{backend}", "trial.parts", *made.parts)
    text = train.render(result.spec, made.model_code(result.spec.model), training, parts)
    assert isinstance(text, str)
    return text


@pytest.fixture(scope="module")
def digits(trials: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scripts of specs/digits.cnn for all trials."""
    folder = tmp_path_factory.mktemp("digits")
    for backend in BACKENDS:
        for trial in TRIALS:
            text = rendered(backend, pieces(backend, trial), ROOT / "specs/digits.cnn")
            (folder / f"{backend}_{trial}.py").write_text(text, encoding="utf-8")
    return folder


def test_scripts_are_formatted_and_free_of_lint(digits: Path) -> None:
    for words in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *words, "--config", str(ROOT / "pyproject.toml")]
        done = subprocess.run([*command, str(digits)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_each_statement_stands_at_its_slot(
    backend: str, trial: str, digits: Path, trials: None
) -> None:
    """In the function whose text holds the slot, and after the statements of the slots before."""
    functions = _functions((digits / f"{backend}_{trial}.py").read_text(encoding="utf-8"))
    for name, slots in _template(backend):
        place = 0
        for slot in slots:
            for piece in pieces(backend, trial):
                for statement in piece.slots.get(slot, ()):
                    code = _dense("".join(statement(0)))
                    assert code in functions[name][place:], (name, slot)
                    place = functions[name].index(code, place) + len(code)


def _functions(text: str) -> dict[str, str]:
    """Each function's text, as `_dense` leaves it."""
    return {
        node.name: _dense(ast.get_source_segment(text, node) or "")
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    }


def _dense(text: str) -> str:
    """Without white space: where a line breaks hangs on the indentation."""
    return "".join(text.split())


def _template(backend: str) -> list[tuple[str, list[str]]]:
    """The functions of a backend's template with their slots."""
    package = get_backend(backend).lowerings.package
    text = (files(package) / "templates" / "script.py.j2").read_text(encoding="utf-8")
    parts = re.split(r"^def (\w+)", text, flags=re.MULTILINE)
    return [
        (name, re.findall(r"# slot: (\w+)", body))
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    ]


@pytest.mark.parametrize(("backend", "title"), [("torch", "PyTorch"), ("keras", "Keras")])
def test_the_page_lists_every_slot_and_region(backend: str, title: str) -> None:
    package = get_backend(backend).lowerings.package
    homes = [files(home) / "templates" for home in (package, "specc.codegen.script")]
    texts = [
        path.read_text(encoding="utf-8")
        for home in homes
        for path in home.iterdir()
        if path.name.endswith(".j2") and path.name != "read_data.py.j2"
    ]
    names = set(re.findall(r"# (?:slot|begin): (\w+)", "\n".join(texts)))
    section = PAGE.read_text(encoding="utf-8").partition("## The slots\n")[2].partition("\n## ")[0]
    table = re.search(rf"^{title},.*?^\|(.*?)\n\n", section, re.MULTILINE | re.DOTALL)
    assert table
    assert names <= set(re.findall(r"`(\w+)`", table[1]))


@pytest.mark.parametrize("block", [b for b in blocks(PAGE) if b.info.startswith("script ")])
def test_the_page_shows_what_comes_out(block: Any, digits: Path) -> None:
    _, backend, trial, name = block.info.split()
    text = (digits / f"{backend}_{trial}.py").read_text(encoding="utf-8")
    (node,) = (n for n in ast.parse(text).body if getattr(n, "name", "") == name)
    assert ast.get_source_segment(text, node) == block.text.rstrip("\n")


@pytest.fixture(scope="module")
def runs(trials: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs, each backend's in one process: `keras/nadam/whole` and so on.

    whole: three epochs. two: two of them. part: these, and resumed. over: PyTorch's two, resumed.
    early: one, and resumed.
    """
    folder = tmp_path_factory.mktemp("runs")
    (folder / "small.cnn").write_text(SMALL, encoding="utf-8")
    for backend in BACKENDS:
        for trial in SHORT:
            training = pieces(backend, trial if trial in TRIALS else "big")
            training = training[:-1] if trial in ("big", "late") else training
            text = rendered(backend, training, folder / "small.cnn")
            (folder / f"{backend}_{trial}.py").write_text(text, encoding="utf-8")
    for backend, others in (("torch", []), ("keras", ["torch"])):
        given = [json.dumps(SHORT), json.dumps(EARLY), *others]
        said(start(backend, "-c", DRIVER, backend, *given, folder=folder), 0)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_resumed_run_is_an_uninterrupted_one(backend: str, trial: str, runs: Path) -> None:
    """Bit for bit: last.json holds the history and the sum of the checkpoint's bytes."""
    whole, part = (state(runs / backend / trial / name) for name in ("whole", "part"))
    assert whole == part
    assert state(runs / backend / trial / "two")["epoch"] == 2 < whole["epoch"]
    assert whole["history"][0]["loss"] > whole["history"][-1]["loss"]


@pytest.mark.slow
@pytest.mark.parametrize("trial", EARLY)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_run_goes_on_before_the_first_update_and_between_stages(
    backend: str, trial: str, runs: Path
) -> None:
    assert state(runs / backend / trial / "early") == state(runs / backend / trial / "whole")


@pytest.mark.slow
@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("name", ["whole", "over"])
def test_both_frameworks_train_alike(name: str, trial: str, runs: Path) -> None:
    """Keras alone, and Keras from PyTorch's second epoch on."""
    rows = state(runs / "torch" / trial / "whole")["history"]
    others = state(runs / "keras" / trial / name)["history"]
    for row, other in zip(rows, others, strict=True):
        assert row == pytest.approx(other, rel=1e-5, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("trial", TRIALS)
def test_checkpoints_are_canonical(trial: str, runs: Path) -> None:
    """After two epochs both hold the same arrays under the same names."""
    torch, keras = (
        load_file(runs / backend / trial / "two" / "last-00002.safetensors") for backend in BACKENDS
    )
    assert torch.keys() == keras.keys()
    for name, array in torch.items():
        scale = max(1.0, float(np.abs(array).max()))
        np.testing.assert_allclose(keras[name], array, rtol=0, atol=1e-5 * scale, err_msg=name)
    kept = {name.split(".")[1] for name in torch if name.startswith("optimizer.")}
    assert (
        kept
        == {
            "momentum": {"momentum_buffer"},
            "nadam": {"exp_avg", "exp_avg_sq", "mu_product"},
            "big": {"exp_avg", "exp_avg_sq", "gradient", "trained"},
            "stages": {"exp_avg", "exp_avg_sq"},
            "plateau": {"momentum_buffer"},
        }[trial]
    )


@pytest.mark.slow
def test_the_trials_do_what_they_are_for(runs: Path) -> None:
    for backend in BACKENDS:
        assert state(runs / backend / "plateau" / "whole")["plateau"][::2] == [0.025, 0]
        # Two of ten batches wait, since four make an update; the average is another number.
        big = load_file(runs / backend / "big" / "two" / "last-00002.safetensors")
        assert np.any(big["optimizer.gradient.dense.weight"])
        assert np.any(big["optimizer.trained.dense.weight"] != big["model.dense.weight"])
        rows, rough = (
            state(runs / backend / trial / "whole")["history"] for trial in ("big", "bfloat16")
        )
        assert rows != rough
        assert rows[-1]["loss"] == pytest.approx(rough[-1]["loss"], rel=0.02)
