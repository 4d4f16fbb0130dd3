"""`--layout folder`: a script beside a module with what does not depend on the spec."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from harness.backends import BACKENDS
from harness.scripts import Script
from pages import ROOT

from specc import parity
from specc.building import Built, build_file
from specc.codegen.backend import get_backend
from specc.codegen.script.form import Form, Layout
from specc.codegen.script.write import Kept, untouched

SPECS = ROOT / "specs"
FOLDER = Form(Layout.FOLDER)


def built(name: str) -> Built:
    found = build_file(SPECS / f"{name}.cnn", [get_backend(b) for b in BACKENDS], form=FOLDER)
    assert found.scripts, found.diagnostics
    return found


def definitions(text: str) -> set[str]:
    kinds = ast.FunctionDef | ast.ClassDef
    return {each.name for each in ast.parse(text).body if isinstance(each, kinds)}


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_module_is_the_same_for_every_spec(backend: str) -> None:
    texts = {built(name).files[f"common_{backend}.py"] for name in ("digits", "homes")}
    assert len(texts) == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_stands_in_both(backend: str) -> None:
    files = built("transformer").files
    script, module = files[f"train_{backend}.py"], files[f"common_{backend}.py"]
    assert definitions(script) and not definitions(script) & definitions(module)
    assert len(script.splitlines()) < 400


def test_both_are_sealed_and_a_change_is_kept(tmp_path: Path) -> None:
    paths = built("digits").write(tmp_path)
    assert sorted(path.name for path in paths) == sorted(
        f"{kind}_{backend}.py" for backend in BACKENDS for kind in ("common", "train")
    )
    assert all(untouched(path.read_text(encoding="utf-8")) for path in paths)
    changed = tmp_path / f"common_{BACKENDS[0]}.py"
    text = changed.read_text(encoding="utf-8")
    changed.write_text(text.replace("What does", "All that does", 1), encoding="utf-8")
    with pytest.raises(Kept, match="was changed"):
        built("digits").write(tmp_path)


@pytest.mark.slow
def test_they_are_clean(tmp_path: Path) -> None:
    for name in ("homes", "transformer"):
        built(name).write(tmp_path / name)
    config = ("--config", str(ROOT / "pyproject.toml"))
    # What it knows of the frameworks' own modules serves all folders.
    types = ("--strict", "--config-file", config[1], "--cache-dir", str(ROOT / ".mypy_cache"))
    for tool in (("ruff", "format", "--check", *config), ("ruff", "check", *config)):
        command = [sys.executable, "-m", *tool, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    for folder in tmp_path.iterdir():
        command = [sys.executable, "-m", "mypy", *types, *map(str, folder.iterdir())]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_it_trains_as_the_whole_script_does(backend: str, tmp_path: Path) -> None:
    flags = ("--epochs", 2, "--limit-batches", 4, "--out", "run")
    spec, chosen = SPECS / "digits.cnn", [get_backend(backend)]
    histories = []
    for name, form in {"whole": Form(), "folder": FOLDER}.items():
        script, *_ = build_file(spec, chosen, form=form).write(tmp_path / name)
        Script(script).run(*flags)
        histories.append((tmp_path / name / "run" / "history.json").read_bytes())
    assert histories[0] == histories[1]
    assert len(json.loads(histories[0])) == 2


@pytest.mark.slow
@pytest.mark.parity
@pytest.mark.parametrize("name", ["digits", "homes"])
def test_they_mean_the_same(name: str, tmp_path: Path, probes: parity.Probes) -> None:
    built(name).write(tmp_path)
    shutil.copy(SPECS / f"{name}.cnn", tmp_path)
    scripts = {backend: tmp_path / f"train_{backend}.py" for backend in BACKENDS}
    # The batches of a whole run and a step in float32 do not hang on where functions stand.
    report = parity.run(
        tmp_path / f"{name}.cnn", level=4, scripts=scripts, whole=False, synthetic=True,
        probes=probes,
    )  # fmt: skip
    assert report.passed, report
