"""Diagnostics for programs: JSON, SARIF 2.1.0 and GitHub workflow commands."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

import specc
from specc.diagnostics.codes import explain
from specc.diagnostics.model import Diagnostic, Edit
from specc.source import Source, Span


def as_json(diagnostics: list[Diagnostic]) -> str:
    """One object; lines and columns count from 1, in characters, an end is the place after."""
    return json.dumps({"diagnostics": [_json_one(d) for d in diagnostics]}, indent=2) + "\n"


def _json_one(d: Diagnostic) -> dict[str, Any]:
    return {
        "code": d.code,
        "severity": d.severity,
        "message": d.message,
        "path": d.source.path,
        **_places(d.source, d.span),
        "label": d.label,
        "expected": d.expected,
        "found": d.found,
        "help": d.help,
        "related": [
            {"path": r.source.path, **_places(r.source, r.span), "message": r.message}
            for r in d.related
        ],
        "fix": d.fix and {"title": d.fix.title, "edits": [_json_edit(d, e) for e in d.fix.edits]},
    }


def _json_edit(d: Diagnostic, edit: Edit) -> dict[str, Any]:
    return {**_places(d.source, edit.span), "text": edit.text}


def _places(source: Source, span: Span) -> dict[str, Any]:
    ends = {"start": span.start, "end": span.end}
    return {
        name: dict(zip(("line", "column"), source.position(offset), strict=True))
        for name, offset in ends.items()
    }


def as_sarif(diagnostics: list[Diagnostic]) -> str:
    """A SARIF log of one run, for code scanning."""
    codes = sorted({d.code for d in diagnostics})
    driver = {
        "name": "specc",
        "version": specc.__version__,
        "rules": [_sarif_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(d, codes.index(d.code)) for d in diagnostics],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _sarif_rule(code: str) -> dict[str, Any]:
    page = explain(code)
    rule: dict[str, Any] = {"id": code}
    if page:
        rule["shortDescription"] = {"text": page.title}
        rule["fullDescription"] = {"text": page.text}
    return rule


def _sarif_result(d: Diagnostic, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": d.code,
        "ruleIndex": index,
        "level": d.severity,
        "message": {"text": _sentence(d)},
        "locations": [_sarif_location(d.source, d.span)],
    }
    if d.related:
        result["relatedLocations"] = [
            {**_sarif_location(r.source, r.span), "message": {"text": r.message}} for r in d.related
        ]
    if d.fix:
        changes = [
            {"deletedRegion": _region(d.source, e.span), "insertedContent": {"text": e.text}}
            for e in d.fix.edits
        ]
        change = {"artifactLocation": {"uri": _uri(d.source.path)}, "replacements": changes}
        result["fixes"] = [{"description": {"text": d.fix.title}, "artifactChanges": [change]}]
    return result


def _sarif_location(source: Source, span: Span) -> dict[str, Any]:
    where = {"artifactLocation": {"uri": _uri(source.path)}, "region": _region(source, span)}
    return {"physicalLocation": where}


def _region(source: Source, span: Span) -> dict[str, int]:
    line, column = source.position(span.start)
    end_line, end_column = source.position(span.end)
    return {
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
    }


def _uri(path: str) -> str:
    pure = PurePath(path)
    return pure.as_uri() if pure.is_absolute() else quote(os.fsencode(pure.as_posix()))


def as_github(diagnostics: list[Diagnostic]) -> str:
    """Workflow commands, which GitHub shows beside the changed lines."""
    return "".join(_github_line(d) for d in diagnostics)


def _github_line(d: Diagnostic) -> str:
    line, column = d.position
    end_line, end_column = d.source.position(d.span.end)
    place = {"file": d.source.path, "line": line, "col": column, "endLine": end_line}
    if end_line == line:
        place["endColumn"] = end_column
    place["title"] = d.code
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
    return f"::{d.severity} {properties}::{_data(_sentence(d))}\n"


def _sentence(d: Diagnostic) -> str:
    """The message with what the other formats show in lines of their own."""
    notes = [("expected", d.expected), ("found", d.found), ("help", d.help)]
    return "\n".join([d.message, *(f"{title}: {text}" for title, text in notes if text)])


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMATS: dict[str, Callable[[list[Diagnostic]], str]] = {
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}
