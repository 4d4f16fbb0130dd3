"""docs/adding-a-term.md is true: what its three terms took is counted, and its schedule trains."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from harness.scripts import Script, state
from pages import DOCS, ROOT, blocks, write_files
from safetensors.numpy import load_file

from specc.codegen.backend import get_backend
from specc.codegen.training import StageSite
from specc.compile import compile_file
from specc.ir import Buildable

PAGE = DOCS / "adding-a-term.md"
ROW = re.compile(r"^\| (\w+) \| `([\w/]+\.py)` \| `(\w+)` \| (\d+) \|$", re.MULTILINE)
ROWS = [match.groups() for match in ROW.finditer(PAGE.read_text(encoding="utf-8"))]
TERMS = {"log_cosh": "loss", "adagrad": "optimizer", "mape": "metric"}
MOST_FILES, MOST_LINES = 3, 35
BACKENDS = ("torch", "keras")
# Without kinks, so that rounding grows slowly.
SPEC = """\
model small {
  input 8x8x1
  Conv2D(4, 3x3, same) -> Tanh -> Flatten -> Dense(10, softmax)
}
data {
  source = digits
  split  = 80% train, 10% validation, 10% test
  scale  = standardize
}
train {
  loss      = categorical_crossentropy
  optimizer = adagrad(0.05)
  batch     = 64
  epochs    = 2
}
"""


# ---- what the terms took


def taken(file: str, name: str) -> int:
    """The lines of a class or function that are not blank, without the cases of a class."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    (made,) = (node for node in tree.body if getattr(node, "name", None) == name)
    assert isinstance(made, ast.ClassDef | ast.FunctionDef)
    cases = [
        node
        for node in made.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "cases"
    ]
    first = min([made.lineno, *(each.lineno for each in made.decorator_list)])
    text = (ROOT / file).read_text(encoding="utf-8").splitlines()
    hidden = {n for case in cases for n in range(case.lineno, (case.end_lineno or 0) + 1)}
    lines = range(first, (made.end_lineno or 0) + 1)
    return sum(bool(text[number - 1].strip()) for number in lines if number not in hidden)


@pytest.mark.parametrize("term", TERMS)
def test_what_a_term_takes_is_counted(term: str) -> None:
    rows = [(file, name, int(lines)) for word, file, name, lines in ROWS if word == term]
    assert rows == [(file, name, taken(file, name)) for file, name, _ in rows]
    assert 0 < len({file for file, *_ in rows}) <= MOST_FILES
    assert sum(lines for *_, lines in rows) <= MOST_LINES


@pytest.mark.parametrize("term", TERMS)
def test_nothing_else_in_the_compiler_knows_the_term(term: str) -> None:
    files = [
        path
        for folder in ("specc", "backends", "grammar")
        for path in (ROOT / folder).glob("**/*")
        if path.suffix in (".py", ".j2", ".lark", ".md", ".cnn")
    ]
    word = re.compile(rf"\b{term.replace('_', '_?')}\b", re.IGNORECASE)
    naming = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if word.search(path.read_text(encoding="utf-8"))
    }
    plural = {"loss": "losses", "optimizer": "optimizers", "metric": "metrics"}[TERMS[term]]
    proof = {f"specc/meaning/{plural}.py"}
    assert naming == {file for word, file, *_ in ROWS if word == term} | proof


# ---- a schedule


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Script]]:
    """The scripts of the small spec, with the page's schedule beside its own optimizer."""
    folder = tmp_path_factory.mktemp("warm")
    for path in write_files(PAGE, folder):
        (path.parent / "__init__.py").touch()
    sys.path.insert(0, str(folder))
    pieces = import_module("warm.pieces")
    (folder / "small.cnn").write_text(SPEC, encoding="utf-8")
    spec = compile_file(folder / "small.cnn", buildable=True).spec
    assert isinstance(spec, Buildable)
    found = {}
    for name in BACKENDS:
        backend = get_backend(name)
        optimizer = backend.lowerings.lower(spec.train.stages[0].optimizer, StageSite())
        training = [optimizer, getattr(pieces, name.upper())]
        parts = (*(["warm.keras"] if name == "keras" else []), *backend.parts)
        train = import_module(f"{backend.lowerings.package}.train")
        text = train.render(spec, backend.model_code(spec.model), training, parts)
        found[name] = Script(folder / f"train_{name}.py")
        found[name].path.write_text(text, encoding="utf-8")
    yield found
    sys.path.remove(str(folder))
    for module in [module for module in sys.modules if module.partition(".")[0] == "warm"]:
        del sys.modules[module]


def test_the_schedule_is_in_at_most_three_files() -> None:
    assert len([b for b in blocks(PAGE) if b.info.startswith("warm/")]) <= MOST_FILES


def test_the_schedule_is_a_flag_and_a_statement(scripts: dict[str, Script]) -> None:
    said = {
        "torch": 'optimizer.param_groups[0]["lr"] = config.learning_rate * min(',
        "keras": "model.optimizer.learning_rate = Warmup(config.learning_rate, config.warmup)",
    }
    for name, script in scripts.items():
        text = script.path.read_text(encoding="utf-8")
        assert text.count(said[name]) == 1
        assert "    warmup: int = flag(" in text


FLAGS = ("--limit-batches", 6, "--device", "cpu")


@pytest.fixture(scope="module")
def runs(scripts: dict[str, Script]) -> dict[str, Path]:
    """Two epochs in each framework at once, and one after the other; and without a warmup."""
    found = {}
    for name, script in scripts.items():
        script.run("--out", f"{name}_whole", *FLAGS)
        script.run("--out", f"{name}_part", "--epochs", 1, *FLAGS)
        script.run("--out", f"{name}_part", "--resume", *FLAGS)
        script.run("--out", f"{name}_cold", "--warmup", 1, *FLAGS)
        for kind in ("whole", "part", "cold"):
            found[f"{name} {kind}"] = script.folder / f"{name}_{kind}"
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKENDS)
def test_a_resumed_run_is_an_uninterrupted_one(name: str, runs: dict[str, Path]) -> None:
    """Bit for bit; the tenth update, the first at the whole rate, is in the second epoch."""
    assert state(runs[f"{name} whole"]) == state(runs[f"{name} part"])
    assert state(runs[f"{name} whole"])["step"] == 12


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["whole", "cold"])
def test_both_frameworks_train_alike(kind: str, runs: dict[str, Path]) -> None:
    one, other = (state(runs[f"{name} {kind}"]) for name in BACKENDS)
    for row, its in zip(one["history"], other["history"], strict=True):
        assert row == pytest.approx(its, rel=1e-5, abs=1e-5)
    torch, keras = (
        load_file(runs[f"{name} {kind}"] / each["file"])
        for name, each in (("torch", one), ("keras", other))
    )
    assert torch.keys() == keras.keys()
    for key, array in torch.items():
        np.testing.assert_allclose(keras[key], array, rtol=1e-4, atol=1e-5, err_msg=key)


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKENDS)
def test_a_warm_run_moves_less_at_first(name: str, runs: dict[str, Path]) -> None:
    """Its first six rates are 0.35 of the whole one on the mean."""
    warm, cold = (state(runs[f"{name} {kind}"])["history"][0] for kind in ("whole", "cold"))
    assert warm["loss"] > cold["loss"] + 0.05
