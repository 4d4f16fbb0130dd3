"""Reads spec files; a file that cannot be one is a diagnostic, never an exception."""

from __future__ import annotations

import re
from pathlib import Path

from specc.diagnostics.model import Diagnostic, error
from specc.source import Source, Span

MAX_BYTES = 4 * 2**20
_NOTHING = re.compile(r"(\s|#[^\n]*)*\Z")


def read_source(path: Path) -> Source | Diagnostic:
    """The text of a spec file, or the one reason why there is none."""
    problem = _problem(path)
    if problem:
        return problem
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as reason:
        return _unreadable(path, reason)
    if len(data) > MAX_BYTES:
        return _of_file(
            "E0156",
            path,
            f"`{path}` is larger than {MAX_BYTES // 2**20} MiB",
            help="a spec is a short text; data belongs into a file that `source = ...` names",
        )
    return _decoded(path, data)


def _problem(path: Path) -> Diagnostic | None:
    try:
        if path.is_dir():
            inside = sorted(path.glob("*.cnn"))
            advice = f"name a file in it, such as `{inside[0]}`" if inside else "name a `.cnn` file"
            return _of_file("E0151", path, f"`{path}` is a directory, not a spec", help=advice)
        if path.exists() and not path.is_file():
            return _of_file("E0152", path, f"`{path}` is not a regular file")
    except (OSError, ValueError) as reason:
        return _unreadable(path, reason)
    return None


def _unreadable(path: Path, reason: OSError | ValueError) -> Diagnostic:
    if isinstance(reason, FileNotFoundError | NotADirectoryError):
        folder = path.parent
        near = sorted(p.name for p in folder.glob("*.cnn")) if folder.is_dir() else []
        advice = f"`.cnn` files there: {', '.join(near[:5])}" if near else None
        return _of_file("E0150", path, f"there is no file `{path}`", help=advice)
    why = reason.strerror if isinstance(reason, OSError) else None
    return _of_file("E0152", path, f"`{path}` cannot be read: {(why or str(reason)).lower()}")


def _decoded(path: Path, data: bytes) -> Source | Diagnostic:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _of_file(
            "E0153", path, "the file is UTF-16, not UTF-8", help="save it with the encoding UTF-8"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        return _not_utf8(path, data, reason.start)
    if "\0" in text:
        source = Source(str(path), text)
        place = text.index("\0")
        return error(
            "E0154",
            "the file holds a NUL byte, so it is no text",
            source,
            Span(place, place + 1),
            help="check that this is the spec and not, say, a weights file",
        )
    if _NOTHING.match(text):
        return error(
            "E0155",
            "the file holds no model",
            Source(str(path), text),
            Span(0, 0),
            help="`specc init` writes a spec to start from",
        )
    return Source(str(path), text)


def _not_utf8(path: Path, data: bytes, place: int) -> Diagnostic:
    """Shows the line with the bad bytes replaced; the span is the first of them."""
    good = data[:place].decode("utf-8-sig")
    source = Source(str(path), good + data[place:].decode("utf-8", errors="replace"))
    line = source.position(len(good))[0]
    return error(
        "E0153",
        f"the file is not UTF-8: byte 0x{data[place]:02x} at offset {place}, line {line}",
        source,
        Span(len(good), len(good) + 1),
        help="save it with the encoding UTF-8",
    )


def _of_file(code: str, path: Path, message: str, help: str | None = None) -> Diagnostic:
    """A diagnostic of a file that has no text to show."""
    return error(code, message, Source(str(path), ""), Span(0, 0), help=help)
