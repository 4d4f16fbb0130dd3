"""The tool behind `make unchanged`: what it compares, and on which specs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import unchanged
from harness.backends import BACKENDS
from harness.examples import DATA, Data
from harness.side_by_side import keep
from regenerate import specs

from specc.compile import compile_file

RESULTS = {
    "train/history.json": "[1]",
    "train/best.safetensors": "abc",
    "resume/history.json": "[1,\n2]",
    "resume/best.safetensors": "abc",
    "evaluate/stdout.txt": "test\n",
}
# What the new run has in another way, None for a file that is not there, and what is said of it.
CASES: dict[str, tuple[dict[str, str | None], list[str]]] = {
    "equal": ({}, []),
    "a byte": ({"resume/best.safetensors": "abd"}, ["resume/best.safetensors differs"]),
    "a line": (
        {"resume/history.json": "[1,\n3]"},
        ["resume/history.json differs in line 2: '2]', now '3]'"],
    ),
    "longer": (
        {"evaluate/stdout.txt": "test\nmore"},
        ["evaluate/stdout.txt differs in line 2: '', now 'more'"],
    ),
    "missing": ({"evaluate/stdout.txt": None}, ["evaluate/stdout.txt is missing: new"]),
    "more": ({"predict/stdout.txt": "cat"}, ["predict/stdout.txt is missing: old"]),
    "two": (
        {"resume/history.json": None, "train/best.safetensors": ""},
        ["train/best.safetensors differs", "resume/history.json is missing: new"],
    ),
}


def write(folder: Path, files: dict[str, Any]) -> Path:
    for name, text in files.items():
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(("changed", "said"), CASES.values(), ids=CASES)
def test_differences(changed: dict[str, str | None], said: list[str], tmp_path: Path) -> None:
    old, new = write(tmp_path / "old", RESULTS), write(tmp_path / "new", RESULTS | changed)
    assert list(unchanged.differences(old, new)) == said


def test_runs_that_left_nothing_are_not_equal(tmp_path: Path) -> None:
    said = [f"{name} is missing: old and new" for name in unchanged.REQUIRED]
    assert list(unchanged.differences(tmp_path / "old", tmp_path / "new")) == said


def test_times_are_left_out(tmp_path: Path) -> None:
    keep(tmp_path / "a", "epoch 1/2  9.9 s  loss 1.5\n              val_loss 2.5 x\n", None)
    keep(tmp_path / "b", "epoch 1/2  10.1 s  loss 1.5\n               val_loss 2.5 x\n", None)
    texts = [(tmp_path / side / "stdout.txt").read_text() for side in "ab"]
    assert texts == ["epoch 1/2  ~  loss 1.5\n~val_loss 2.5 x\n"] * 2


def test_all_specs_are_compared() -> None:
    names = {path.stem for path in (Path(__file__).parents[1] / "specs").glob("*.cnn")}
    assert unchanged.new_scripts().keys() == {(name, each) for name in names for each in BACKENDS}


@pytest.mark.parametrize("path", specs(), ids=lambda path: path.stem)
def test_a_spec_that_reads_a_file_has_its_data(path: Path) -> None:
    spec = compile_file(path).spec
    assert spec is not None and spec.data is not None
    assert hasattr(spec.data.source, "path") == (path.stem in DATA)


# ---- from end to end, with scripts that train nothing

SCRIPT = """
import sys
from pathlib import Path
class Config:
    predict: Path
Path("run").mkdir(exist_ok=True)
if "--epochs" in sys.argv:
    epochs = sys.argv[sys.argv.index("--epochs") + 1]
    Path("run/history.json").write_text(f"[{epochs}]")
    Path("run/best.safetensors").write_text("weights")
print("predicted" if "--predict" in sys.argv else "done")
"""
CHANGES = {
    "nothing": ("", "", "ok"),
    "history": ("[{epochs}]", "{epochs}", "resume/history.json differs in line 1: '[3]', now '3'"),
    "weights": ('"weights"', '"weight"', "train/best.safetensors differs"),
    "predict": ("predicted", "cat", "predict/stdout.txt differs in line 1: 'predicted', now 'cat'"),
    "failure": ("print(", "sys.exit(", "new: train ends with code 1: done"),
}


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    sample = tmp_path / "sample.png"
    sample.touch()
    monkeypatch.setattr(unchanged, "RUNS", tmp_path)
    monkeypatch.setattr(unchanged, "git", lambda *arguments: "0123456\n")
    monkeypatch.setattr(unchanged, "make_data", lambda folder, spec: Data(None, sample))
    monkeypatch.setattr(unchanged, "old_scripts", lambda commit: {("it", "torch"): SCRIPT})
    return monkeypatch


@pytest.mark.parametrize(("before", "now", "said"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_found(
    before: str, now: str, said: str, made_up: pytest.MonkeyPatch, capsys: Any
) -> None:
    new = {("it", "torch"): SCRIPT.replace(before, now) if before else SCRIPT}
    made_up.setattr(unchanged, "new_scripts", lambda: new)
    assert unchanged.main([]) == (said != "ok")
    shown = capsys.readouterr().out
    assert said in shown and "0 old runs are of an earlier call" in shown
    assert unchanged.main(["it", "--backend", "torch"]) == (said != "ok")
    shown = capsys.readouterr().out
    assert said in shown and "1 old runs are of an earlier call" in shown


def test_scripts_without_a_partner(made_up: pytest.MonkeyPatch, capsys: Any) -> None:
    made_up.setattr(unchanged, "new_scripts", lambda: {("it", "keras"): SCRIPT})
    assert unchanged.main([]) == 1
    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "it keras new since 0123456" in rows and "it torch gone since 0123456" in rows
    with pytest.raises(SystemExit, match="there is no spec that"):
        unchanged.main(["that"])
