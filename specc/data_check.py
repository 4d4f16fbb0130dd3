"""Whether the data of a spec are there and fit it: reads them with the code of its scripts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from specc import ir
from specc.codegen.script import data
from specc.codegen.script.parts import known_parts
from specc.codegen.script.pieces import Assembly, Piece, assigned
from specc.codegen.script.render import Template
from specc.compile import Result
from specc.diagnostics.model import Diagnostic, error
from specc.source import Span
from specc.syntax import Section, Setting

_IMPORTS = """
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
"""


def script(spec: ir.Buildable) -> str:
    """A program that reads the data and prints what it found."""
    known = data.classes_table(spec)
    constants = [assigned("CLASSES", known)] if known else []
    body = [lambda indent: data.load_data(spec)]
    pieces = Assembly((Piece(slots={"constants": constants, "load_data": body}),))
    template = Template("specc.codegen.script", known_parts(), _IMPORTS, name="read_data.py.j2")
    return template.render({"several": spec.model.several}, pieces)


def look(result: Result, folder: Path) -> str | Diagnostic:
    """Read the data of a buildable spec in a folder; what is there, or what is wrong."""
    spec = result.spec
    assert isinstance(spec, ir.Buildable)
    path = data.data_path(spec.data)
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
