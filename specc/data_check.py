"""Whether the data of a spec are there and fit it: reads them with the code of its scripts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from specc import ir
from specc.codegen.context import known_classes
from specc.codegen.loading import data_path, load_data
from specc.codegen.script import Template
from specc.compile import Result
from specc.diagnostics.model import Diagnostic, error
from specc.source import Span
from specc.syntax import Section, Setting

_TEMPLATE = Template(
    package="specc",
    parts="specc.backends.parts",
    imports="import sys\nfrom dataclasses import dataclass\nfrom functools import partial\n"
    "from pathlib import Path\n",
)


def script(spec: ir.Spec) -> str:
    """A program that reads the data and prints what it found."""
    assert spec.data is not None
    several, names = spec.model.several, known_classes(spec)
    return _TEMPLATE.render(
        {
            "load": load_data(spec),
            "classes": names and names.text(),
            "several": several,
        },
        several=several,
    )


def look(result: Result, folder: Path) -> str | Diagnostic:
    """Read the data of a buildable spec in a folder; what is there, or what is wrong."""
    spec = result.spec
    assert spec is not None and spec.data is not None and spec.train is not None
    path = data_path(spec.data)
    place = "" if path is None else str(folder / path)
    done = subprocess.run(
        [sys.executable, "-", place, str(spec.train.batch), str(spec.train.seed)],
        input=script(spec),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode == 0:
        return done.stdout.strip()
    reason = done.stderr.strip().removeprefix("error: ")
    return error("E0450", reason, result.source, _source_setting(result))


def _source_setting(result: Result) -> Span:
    """Where the spec names its data."""
    assert result.file is not None
    for item in result.file.items:
        if isinstance(item, Section) and item.kind.text == "data":
            for entry in item.entries:
                if isinstance(entry, Setting) and entry.name.text == "source":
                    return entry.values[0].span
    raise AssertionError("a buildable spec has a source")
