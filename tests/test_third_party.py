"""The pages on adding a layer and a backend, followed to the letter: files, installation, build."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from harness.packages import install, run, specc
from pages import DOCS


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("layer")
    return folder, install(DOCS / "adding-a-layer.md", folder)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("backend")
    return folder, install(DOCS / "adding-a-backend.md", folder)


def test_a_foreign_layer_is_in_the_reference(layer: tuple[Path, Path]) -> None:
    shown = specc("layers", "Trim2D", place=layer)
    assert shown.returncode == 0, shown.stderr
    assert "Cuts `cells` off each side of a picture." in shown.stdout
    schema = json.loads(specc("schema", place=layer).stdout)
    assert {"$ref": "#/$defs/layer.Trim2D"} in schema["$defs"]["layer"]["oneOf"]


def test_a_foreign_layer_is_built(layer: tuple[Path, Path]) -> None:
    built = specc("build", "trimmed.cnn", "-o", "out", place=layer)
    assert built.returncode == 0, built.stderr
    folder = layer[0] / "out"
    assert 'layers.Cropping2D(1, name="trim")' in (folder / "train_keras.py").read_text()
    assert "x[:, :, 1:-1, 1:-1]" in (folder / "train_torch.py").read_text()


def test_a_foreign_layer_has_its_own_errors(layer: tuple[Path, Path]) -> None:
    bad = layer[0] / "bad.cnn"
    bad.write_text((layer[0] / "trimmed.cnn").read_text().replace("Trim2D(1)", "Trim2D(4)"))
    checked = specc("check", bad.name, place=layer)
    assert checked.returncode == 1
    assert "bad.cnn:3:10: error[E0303]: nothing is left of the 8x8x1 input" in checked.stderr


def test_a_foreign_backend_builds_a_script_that_runs(backend: tuple[Path, Path]) -> None:
    built = specc("build", "small.cnn", "--backend", "numpy", "-o", "out", place=backend)
    assert built.returncode == 0, built.stderr
    ran = run(
        sys.executable, Path("out", "train_numpy.py"), folder=backend[0], target=Path("nowhere")
    )
    assert ran.stdout == f"small.cnn {64 * 16 + 16 + 16 * 10 + 10} (2, 10)\n", ran.stderr


def test_a_foreign_backend_is_one_of_all(backend: tuple[Path, Path]) -> None:
    built = specc("build", "small.cnn", "-o", "every", place=backend)
    assert built.returncode == 0, built.stderr
    names = sorted(path.name for path in (backend[0] / "every").iterdir())
    assert names == ["train_keras.py", "train_numpy.py", "train_torch.py"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "  Flatten",
            "  Conv2D(4, 3x3)\n  Flatten",
            "3:3: error[E0601]: refused by NumPy: the numpy backend has no `Conv2D`",
        ),
        ("relu", "tanh", "4:13: error[E0601]: refused by NumPy: there is no `tanh` yet"),
    ],
    ids=["layer", "argument"],
)
def test_what_a_foreign_backend_refuses(
    backend: tuple[Path, Path], old: str, new: str, message: str
) -> None:
    bad = backend[0] / "bad.cnn"
    bad.write_text((backend[0] / "small.cnn").read_text().replace(old, new, 1))
    built = specc("build", bad.name, "-o", "never", place=backend)
    assert built.returncode == 1
    assert f"bad.cnn:{message}" in built.stderr, built.stderr
    assert not (backend[0] / "never").exists()
