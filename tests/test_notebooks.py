"""`--format notebook`: the lean script in cells, valid, sealed, and run by a kernel."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from pages import ROOT
from typer.testing import CliRunner

from specc.building import Built, build_file
from specc.cli.main import app
from specc.codegen.backend import backend_names, get_backend
from specc.codegen.script.form import LEAN, NOTEBOOK
from specc.codegen.script.write import Kept, untouched

SPECS = ROOT / "specs"
BACKENDS = [name for name in backend_names() if get_backend(name).trains]


def built(name: str) -> Built:
    found = build_file(SPECS / f"{name}.cnn", [get_backend(b) for b in BACKENDS], form=NOTEBOOK)
    assert found.files, found.diagnostics
    return found


def names(text: str) -> list[str]:
    kinds = ast.FunctionDef | ast.ClassDef
    return [each.name for each in ast.parse(text).body if isinstance(each, kinds)]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["lecture", "homes", "transformer"])
def test_it_has_the_code_of_the_lean_script(name: str, backend: str) -> None:
    book = nbformat.reads(built(name).files[f"lean_{backend}.ipynb"], as_version=4)
    nbformat.validate(book)
    code = [cell.source for cell in book.cells if cell.cell_type == "code"]
    script = get_backend(backend).files(build_spec(name), LEAN)[f"lean_{backend}.py"]
    *cells, run, curve = code
    assert names("\n\n".join(cells)) == names(script)
    assert all(len(names(cell)) <= 1 for cell in cells)
    rest = "\n".join(line for cell in cells for line in cell.splitlines() if line)
    assert rest in "\n".join(line for line in script.splitlines() if line)
    assert run == "history = train_model()" and "plt.show()" in curve


def build_spec(name: str) -> Any:
    return built(name).spec


def test_it_is_sealed_and_a_change_is_kept(tmp_path: Path) -> None:
    paths = built("digits").write(tmp_path)
    assert sorted(p.name for p in paths) == sorted(f"lean_{name}.ipynb" for name in BACKENDS)
    assert all(untouched(path.read_text(encoding="utf-8")) for path in paths)
    built("digits").write(tmp_path)
    text = paths[0].read_text(encoding="utf-8")
    paths[0].write_text(text.replace("EPOCHS = 20", "EPOCHS = 2"), encoding="utf-8")
    assert not untouched(paths[0].read_text(encoding="utf-8"))
    with pytest.raises(Kept, match="was changed"):
        built("digits").write(tmp_path)
    paths[0].write_text(json.dumps({"cells": []}), encoding="utf-8")
    with pytest.raises(Kept, match="was not written by specc"):
        built("digits").write(tmp_path)


@pytest.mark.slow
def test_a_kernel_runs_it_and_shows_the_curve(tmp_path: Path) -> None:
    book = nbformat.reads(built("digits").files["lean_torch.ipynb"], as_version=4)
    for cell in book.cells:
        cell.source = cell.source.replace("EPOCHS = 20", "EPOCHS = 2")
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    *_, run, curve = book.cells
    said = "".join(output.text for output in run.outputs if output.output_type == "stream")
    assert "epoch 2  loss " in said
    assert any("image/png" in output.get("data", {}) for output in curve.outputs)
    history = json.loads((tmp_path / "runs" / "digits_torch" / "history.json").read_text())
    assert {len(values) for values in history.values()} == {2}


def test_the_command_line_writes_each_form(tmp_path: Path) -> None:
    build = ["build", str(SPECS / "digits.cnn"), "--backend", "torch", "-o", str(tmp_path)]
    for more in ([], ["--lean"], ["--format", "notebook"]):
        assert CliRunner().invoke(app, [*build, *more]).exit_code == 0
    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == ["lean_torch.ipynb", "lean_torch.py", "train_torch.py"]
    shown = CliRunner().invoke(app, [*build, "--lean", "--show", "script"])
    assert shown.exit_code == 0 and shown.output in (tmp_path / "lean_torch.py").read_text()
    for more in (["--lean"], ["--format", "notebook"]):
        refused = CliRunner().invoke(app, [*build, "--layout", "folder", *more])
        assert refused.exit_code == 2 and "stands alone" in refused.output
