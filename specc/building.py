"""From a spec file to scripts: compile, ask the backends, render all, and only then write."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import metadata
from importlib.util import find_spec
from pathlib import Path

from specc import ir
from specc.codegen.backend import Backend
from specc.codegen.lowering import Refusal
from specc.codegen.script.data import data_path
from specc.codegen.script.form import WHOLE, Form
from specc.codegen.script.write import check_replaceable, write_script
from specc.compile import Result, compile_file
from specc.diagnostics.model import Diagnostic
from specc.lacking import refused


@dataclass(frozen=True)
class Built:
    """scripts: the text for each backend; empty when there are errors. files: all that is to be
    written, by names."""

    spec: ir.Buildable | None
    diagnostics: list[Diagnostic]
    scripts: dict[str, str]
    files: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path, *, force: bool = False) -> list[Path]:
        """Write the scripts; their paths. Raises Kept before the first is written, or OSError."""
        files = {folder / name: text for name, text in self.files.items()}
        if not force:
            for path, text in files.items():
                check_replaceable(path, text)
        for path, text in files.items():
            write_script(path, text, force=force)
        return list(files)


def build_file(
    path: Path,
    backends: Sequence[Backend],
    *,
    model: str | None = None,
    settings: Mapping[str, str] | None = None,
    form: Form = WHOLE,
) -> Built:
    """Render a script for each backend; nothing is written."""
    result = compile_file(path, model=model, settings=settings, buildable=True)
    diagnostics, spec = list(result.diagnostics), result.spec
    if not isinstance(spec, ir.Buildable):
        return Built(None, diagnostics, {})
    found = refusals(result, backends)
    if form.lean:
        from specc.codegen.script.lean import refusals as without_lean

        found += [
            refused(result, backend.title, "it writes no lean scripts", "")
            for backend in backends
            if not backend.lean
        ]
        for place, reason in without_lean(spec):
            found.append(refused(result, "the lean form", reason, place))
    if found:
        return Built(spec, diagnostics + found, {})
    made = {backend.name: backend.files(spec, form) for backend in backends}
    scripts = {name: next(iter(files.values())) for name, files in made.items()}
    every = {name: text for files in made.values() for name, text in files.items()}
    return Built(spec, diagnostics, scripts, every)


def refusals(result: Result, backends: Sequence[Backend]) -> list[Diagnostic]:
    """What backends cannot express of a compiled spec, each at its place."""
    if result.spec is None:
        return []
    return [
        _refusal(result, backend, refusal)
        for backend in backends
        for refusal in backend.refusals(result.spec)
    ]


def _refusal(result: Result, backend: Backend, refusal: Refusal) -> Diagnostic:
    place = refusal.node, refusal.argument or ""
    return refused(result, backend.title, refusal.reason, *place, help=refusal.help)


def missing_modules(script: str) -> list[str]:
    """What a script imports and this Python does not have."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(script)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return sorted(name for name in names if find_spec(name) is None)


def how_to_install(extra: str, missing: Sequence[str]) -> str:
    """What is missing, with the command where specc has an extra of the name."""
    extras = metadata("specc").get_all("Provides-Extra") or []
    named = " and ".join(missing)
    if extra in extras:
        return f"this needs {named}: pip install 'specc[{extra}]'"
    return f"this needs {named}, and this Python does not have it"


def run_arguments(spec: ir.Spec, folder: Path, out: Path) -> list[str]:
    """What a script is told before the user's own flags: where its data and its results lie."""
    found = ["--out", str(out)]
    path = None if spec.data is None else data_path(spec.data)
    return found if path is None else ["--data", str(folder / path), *found]


def run_script(script: Path, arguments: Sequence[str]) -> int:
    """Run a script with this Python, in a process of its own; its exit code."""
    with subprocess.Popen([sys.executable, str(script), *arguments]) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # The terminal sent it to the script too, which ends in its own way.
                continue
