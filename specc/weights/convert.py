"""Moves weights between the files of the frameworks and the canonical one.

Each backend brings a module `exchange`, which is run in a process of its own with a script of the
spec: so the script's own tables say where a framework keeps a weight.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from specc import ir
from specc.building import how_to_install, missing_modules
from specc.codegen.backend import Backend, backend_names, get_backend
from specc.codegen.script.form import WHOLE
from specc.codegen.script.write import replace
from specc.weights import file
from specc.weights.file import SUFFIX, Array, WeightsError


def kinds() -> dict[str, Backend | None]:
    """The endings of files that can be converted, with the backend whose they are."""
    backends = [get_backend(name) for name in backend_names()]
    found = {ending: backend for backend in backends for ending in backend.weight_files}
    return {SUFFIX: None, **found}


def convert(source: Path, target: Path, spec: ir.Buildable) -> None:
    """Write the weights in `source` to `target`; their endings say how. Raises WeightsError."""
    weights = _read(source, spec)
    file.check(source, weights, file.shapes_of(spec.model))
    backend = _backend(target)
    if backend is None:
        file.write(target, weights, spec.model)
        return
    with _workshop(backend, spec, target) as folder:
        given = folder / f"given{SUFFIX}"
        file.write(given, weights, spec.model)
        # The ending stays: it says how to write.
        made = folder / f"made{_ending(target)}"
        _exchange(backend, spec, folder, "write", given, made, target)
        replace(target, made.read_bytes())


def _read(source: Path, spec: ir.Buildable) -> dict[str, Array]:
    backend = _backend(source)
    if backend is None:
        return file.read(source).weights()
    source.open("rb").close()  # a missing file is not the framework's to explain
    with _workshop(backend, spec, source) as folder:
        made = folder / f"made{SUFFIX}"
        _exchange(backend, spec, folder, "read", source.resolve(), made, source)
        return file.read(made).weights()


def _ending(path: Path) -> str:
    for ending in kinds():
        if path.name.endswith(ending):
            return ending
    raise WeightsError(path, [f"has none of the endings {', '.join(kinds())}"])


def _backend(path: Path) -> Backend | None:
    return kinds()[_ending(path)]


@contextmanager
def _workshop(backend: Backend, spec: ir.Buildable, named: Path) -> Iterator[Path]:
    """A folder with the backend's script of the spec. `named` is the file that messages name."""
    if refused := backend.refusals(spec):
        title = f"refused by {backend.title}"
        raise WeightsError(named, [f"{title}: {each.reason}" for each in refused])
    with TemporaryDirectory(prefix="specc-") as name:
        folder = Path(name)
        (folder / WHOLE.file(backend.name)).write_text(backend.script(spec), encoding="utf-8")
        yield folder


def _exchange(
    backend: Backend,
    spec: ir.Buildable,
    folder: Path,
    call: str,
    given: Path,
    made: Path,
    named: Path,
) -> None:
    """Let a backend read or write a file. `named` is the file that messages name."""
    script = folder / WHOLE.file(backend.name)
    if missing := missing_modules(script.read_text(encoding="utf-8")):
        raise WeightsError(named, [how_to_install(backend.name, missing)])
    module = f"{type(backend).__module__}.exchange"
    assert find_spec(module) is not None, module
    maker = backend.model_code(spec.model).maker
    done = subprocess.run(
        [sys.executable, "-m", module, call, str(script), maker, str(given), str(made)],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        wrong = [line.removeprefix("wrong: ") for line in lines if line.startswith("wrong: ")]
        raise WeightsError(named, wrong or [f"{backend.title} cannot {call} it: {lines[-1]}"])
