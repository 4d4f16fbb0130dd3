"""The pages on adding a layer and a backend, followed to the letter: files, installation, build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pages import DOCS, write_files


def run(*words: str | Path, folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """A command that finds the installed package, and no other of this machine's."""
    return subprocess.run(
        list(map(str, words)),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(target), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def install(page: str, folder: Path) -> Path:
    """Write the files of a page and install them; the folder that Python finds them in."""
    files = write_files(DOCS / page, folder)
    assert folder / "pyproject.toml" in files
    target = folder / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*pip, "--no-index", "--target", str(target), str(folder)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    # Imports are sorted by the project's own layout, so that rule says nothing here.
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "100"]
    python = [path for path in files if path.suffix == ".py"]
    linted = subprocess.run(
        [*ruff, "--select", "E,F,UP,B", *map(str, python)], capture_output=True, text=True
    )
    assert linted.returncode == 0, linted.stdout
    return target


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("layer")
    return folder, install("adding-a-layer.md", folder)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("backend")
    return folder, install("adding-a-backend.md", folder)


def specc(*words: str | Path, place: tuple[Path, Path]) -> subprocess.CompletedProcess[str]:
    folder, target = place
    return run(sys.executable, "-m", "specc", *words, folder=folder, target=target)


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
