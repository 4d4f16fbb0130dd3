"""What is installed: packages, data, entry points, and a wheel that works without the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from harness.backends import BACKENDS
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import specc

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = PROJECT["tool"]["setuptools"]["package-dir"]
DATA_ENDINGS = {".cnn", ".typed", ".lark", ".md", ".j2"}

SPEC = """\
model tiny {
  input 8x8x1
  Flatten
  Dense(10, softmax)
}

data {
  source = digits
  split  = 80% train, 20% validation
}

train {
  loss      = categorical_crossentropy
  optimizer = adam(1e-3)
  batch     = 32
  epochs    = 1
  seed      = 1
}
"""


def package_of(folder: Path) -> str:
    """The package that a folder of the checkout is installed as."""
    top, *rest = folder.relative_to(ROOT).parts
    names = {place: package for package, place in FOLDERS.items()}
    return ".".join([names[top], *rest])


def files_to_install() -> set[str]:
    """The paths inside the wheel of every source and data file below the mapped folders."""
    found = set()
    for place in FOLDERS.values():
        for path in (ROOT / place).rglob("*"):
            inside = path.relative_to(ROOT / place).parts
            if "__pycache__" not in inside and path.suffix in DATA_ENDINGS | {".py"}:
                top = package_of(ROOT / place).replace(".", "/")
                found.add("/".join([top, *inside]))
    return found


def run(*command: str | Path, cwd: Path) -> str:
    """The output of a command that must succeed, away from this checkout's import paths."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_list_of_packages_is_complete() -> None:
    # A package missing there imports well from the checkout and is absent from the wheel.
    found = {
        package_of(init.parent)
        for place in FOLDERS.values()
        for init in (ROOT / place).rglob("__init__.py")
    }
    assert sorted(found) == PROJECT["tool"]["setuptools"]["packages"]


def test_every_folder_with_sources_is_a_package() -> None:
    for place in FOLDERS.values():
        for module in (ROOT / place).rglob("*.py"):
            assert (module.parent / "__init__.py").is_file(), f"{module.parent} has no __init__.py"


def test_the_pins_fulfil_the_requirements() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    groups = PROJECT["project"]["optional-dependencies"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(text for group in groups for text in group)]
    for requirement in map(Requirement, wanted):
        if (name := canonicalize_name(requirement.name)) != "specc":
            assert requirement.specifier.contains(pins[name]), f"{requirement} against {pins[name]}"


def test_the_entry_points_are_installed_as_declared() -> None:
    declared = PROJECT["project"]["entry-points"]["specc.backends"]
    installed = {point.name: point.value for point in entry_points(group="specc.backends")}
    assert declared.items() <= installed.items(), "install the checkout anew: pip install -e ."


def test_importing_specc_reaches_no_backend_and_no_framework(tmp_path: Path) -> None:
    code = "import sys, specc; print(*sorted(sys.modules))"
    modules = run(sys.executable, "-c", code, cwd=ROOT).split()
    heavy = {"backends", "specc.backends", "grammar", "keras", "tensorflow", "torch", "numpy"}
    assert not heavy & set(modules)


def test_backends_are_loaded_once_under_their_installed_name() -> None:
    # From the root `backends` is importable as well, and would be a second copy of each class.
    code = (
        "import sys; from importlib.metadata import entry_points\n"
        "for point in entry_points(group='specc.backends'): point.load()\n"
        "print(*sorted(sys.modules))"
    )
    modules = set(run(sys.executable, "-c", code, cwd=ROOT).split())
    assert "specc.backends.keras" in modules
    assert "specc.backends.torch" in modules
    assert not {"backends", "grammar"} & modules


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution of a copy without leftovers of other builds."""
    # A stale list of sources beside the checkout would hide that a file is left out.
    copy, out = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("dist")
    for place in FOLDERS.values():
        shutil.copytree(ROOT / place, copy / place, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, copy, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_every_source_and_data_file(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == files_to_install()


@pytest.mark.slow
def test_the_wheel_works_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    # The new environment borrows the requirements from this one by path, but not its specc: the
    # hook of an editable install lives in this one's .pth files, which a path alone does not run.
    environment = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=tmp_path)
    programs = environment / "bin"
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = run(programs / "python", "-c", code, cwd=tmp_path).strip()
    pip = (sys.executable, "-m", "pip", "--python", programs / "python")
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    Path(site, "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    where = run(programs / "python", "-c", "import specc; print(specc.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(site)

    (tmp_path / "tiny.cnn").write_text(SPEC, encoding="utf-8")
    assert specc.__version__ in run(programs / "specc", "--version", cwd=tmp_path)
    run(programs / "specc", "check", "tiny.cnn", cwd=tmp_path)
    run(programs / "specc", "build", "tiny.cnn", "--backend", "all", "-o", "out", cwd=tmp_path)
    for backend in BACKENDS:
        compile((tmp_path / f"out/train_{backend}.py").read_bytes(), backend, "exec")
