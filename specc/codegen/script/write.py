"""Writes a script: whole or not at all, and never over somebody's own work."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

_SEAL = re.compile(r"# specc: ([0-9a-f]{16})\n\Z")
_IN_NOTEBOOK = re.compile(r'(?<="specc": ")([0-9a-f]{16})(?=")')


class Kept(Exception):
    """A file that stays as it is: specc did not write it, or it was changed since."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.path, self.reason = path, reason


def sealed(text: str) -> str:
    """A text with its seal: a later build knows that nobody changed it.

    A script has it as its last line, a notebook in its metadata.
    """
    if _is_notebook(text):
        return text.replace('"specc": ""', f'"specc": "{_digest(text)}"')
    return f"{text}\n# specc: {_digest(text)}\n"


def untouched(text: str) -> bool:
    """Whether a script or notebook is as specc wrote it."""
    match = _seal(text)
    if match is None:
        return False
    bare = text[: match.start() - 1]
    if _is_notebook(text):
        bare = text[: match.start()] + text[match.end() :]
    return match[1] == _digest(bare)


def _seal(text: str) -> re.Match[str] | None:
    return (_IN_NOTEBOOK if _is_notebook(text) else _SEAL).search(text)


def _is_notebook(text: str) -> bool:
    return text.startswith("{")


def write_script(path: Path, text: str, *, force: bool = False) -> bool:
    """Write a script; False where the file holds the same text already. Raises Kept or OSError."""
    if not force:
        check_replaceable(path, text)
    text = sealed(text)
    if path.exists() and path.read_bytes() == text.encode():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, text.encode())
    return True


def replace(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there when it is whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def check_replaceable(path: Path, text: str) -> None:
    """Raise Kept unless a script may take the place of what the file holds now."""
    if not path.exists():
        return
    try:
        old = path.read_bytes().decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Kept(path, "was not written by specc") from None
    if old == sealed(text):
        return
    if not _seal(old):
        raise Kept(path, "was not written by specc")
    if not untouched(old):
        raise Kept(path, "was changed since specc wrote it")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
