"""The package of docs/adding-a-term.md, followed to the letter: other people's source, loss and
optimizer, in both frameworks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from harness.packages import install, specc
from harness.scripts import Script, state
from pages import DOCS
from safetensors.numpy import load_file

PAGE = DOCS / "adding-a-term.md"
BACKENDS = ("keras", "torch")
SLOTS = {"square_avg", "acc_delta"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("demand")
    return folder, install(PAGE, folder)


@pytest.fixture(scope="module")
def scripts(place: tuple[Path, Path]) -> dict[str, Script]:
    """In the folder of the data, run without the package."""
    folder = place[0]
    random = np.random.Generator(np.random.Philox(key=3))
    x = random.standard_normal((120, 4)).round(3)
    y = (x @ [1.0, -2.0, 0.5, 0.0] + random.standard_normal(120)).round(3)
    lines = [json.dumps({"x": [*row], "y": value}) for row, value in zip(x, y, strict=True)]
    (folder / "demand.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    built = specc("build", "demand.cnn", "-o", ".", place=place)
    assert built.returncode == 0, built.stderr
    return {name: Script(folder / f"train_{name}.py") for name in BACKENDS}


@pytest.fixture(scope="module")
def runs(scripts: dict[str, Script]) -> dict[str, Path]:
    """The results of three epochs in each framework, and of one in it and two in the other."""
    found: dict[str, Path] = {}
    for name, script in scripts.items():
        script.run("--out", name)
        script.run("--out", f"{name}_first", "--epochs", 1)
        found |= {name: script.folder / name}
    for name, script in scripts.items():
        (other,) = {*BACKENDS} - {name}
        script.run("--out", f"{other}_first", "--resume")
        found[f"{other}_{name}"] = script.folder / f"{other}_first"
    return found


@pytest.mark.parametrize("name", ["jsonl", "pinball", "adadelta"])
def test_the_terms_are_in_the_reference(name: str, place: tuple[Path, Path]) -> None:
    shown = specc("layers", name, place=place)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith(name)


def test_a_misspelt_name_is_advised(place: tuple[Path, Path]) -> None:
    text = (place[0] / "demand.cnn").read_text(encoding="utf-8").replace("pinball(", "pinbal(")
    (place[0] / "bad.cnn").write_text(text, encoding="utf-8")
    checked = specc("check", "bad.cnn", place=place)
    assert "error[E0201]: unknown loss `pinbal`" in checked.stderr
    assert "did you mean `pinball`?" in checked.stderr


def test_the_data_is_read_by_the_part_of_the_package(
    place: tuple[Path, Path], scripts: dict[str, Script]
) -> None:
    checked = specc("check", "--data", "demand.cnn", place=place)
    assert checked.returncode == 0, checked.stderr
    assert "84" in checked.stdout + checked.stderr  # 70 % of 120
    bad = place[0] / "demand.cnn"
    text = bad.read_text(encoding="utf-8").replace("demand.jsonl", "other.jsonl")
    (place[0] / "lost.cnn").write_text(text, encoding="utf-8")
    lost = specc("check", "--data", "lost.cnn", place=place)
    assert lost.returncode == 1
    assert "lost.cnn:8:12: error[E0450]: there is no file " in lost.stderr


def test_the_scripts_hold_what_the_package_says(scripts: dict[str, Script]) -> None:
    keras, torch = (scripts[name].path.read_text(encoding="utf-8") for name in BACKENDS)
    for text in (keras, torch):
        assert "specc_demand" not in text
        assert text.count("def read_jsonl(") == 1
    assert "class Pinball(keras.losses.Loss):" in keras
    assert (
        "    loss = 0.5 * (0.75 * F.relu(y - output).mean() + 0.25 * F.relu(output - y).mean())\n"
        in torch
    )


@pytest.mark.slow
def test_both_frameworks_train_alike(runs: dict[str, Path]) -> None:
    rows = {name: state(out)["history"] for name, out in runs.items()}
    assert {*rows} == {"keras", "torch", "keras_torch", "torch_keras"}
    for history in rows.values():
        assert len(history) == 3 and history[0]["loss"] > history[-1]["loss"]
        for row, other in zip(history, rows["torch"], strict=True):
            assert row == pytest.approx(other, rel=1e-4, abs=1e-5)


@pytest.mark.slow
def test_a_checkpoint_is_of_every_framework(runs: dict[str, Path]) -> None:
    found = {name: load_file(out / state(out)["file"]) for name, out in runs.items()}
    for arrays in found.values():
        slots = {name.split(".")[1] for name in arrays if name.startswith("optimizer.")}
        assert slots == SLOTS
        assert arrays.keys() == found["torch"].keys()
        for name, array in arrays.items():
            np.testing.assert_allclose(array, found["torch"][name], rtol=1e-3, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parity
@pytest.mark.parametrize("form", [[], ["--lean"]], ids=["whole", "lean"])
def test_parity_holds(
    form: list[str], place: tuple[Path, Path], scripts: dict[str, Script]
) -> None:
    shown = specc("parity", "demand.cnn", *form, place=place)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "keras and torch mean the same up to L6" in shown.stdout
