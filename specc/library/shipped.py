"""The specs that ship with specc, and their blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import takewhile

from specc.parse import parse
from specc.source import Source
from specc.syntax import Block

SHIPPED = "specc:"
"""What the name of a file that ships with specc begins with."""


@dataclass(frozen=True)
class LibraryBlock:
    """file: what an import names. text: the comment above it. code: the block as it is written."""

    name: str
    file: str
    text: str
    signature: str
    code: str

    @property
    def needs(self) -> str:
        """The line that brings it in."""
        return f'import "{self.file}"'


def shipped_files() -> list[str]:
    """The names that an import may use."""
    folder = files("specc.library")
    return sorted(SHIPPED + p.name for p in folder.iterdir() if p.name.endswith(".cnn"))


def shipped(name: str) -> Source | None:
    if name not in shipped_files():
        return None
    file = files("specc.library").joinpath(name.removeprefix(SHIPPED))
    return Source(name, file.read_text(encoding="utf-8"))


@cache
def shipped_blocks() -> dict[str, LibraryBlock]:
    """Every block of every file by its name, in the order of the files."""
    found = (block for name in shipped_files() for block in _blocks(name))
    return {block.name: block for block in found}


def _blocks(name: str) -> Iterator[LibraryBlock]:
    source = shipped(name)
    assert source is not None
    file, _ = parse(source)
    assert file is not None
    for item in file.items:
        if isinstance(item, Block):
            start, end = item.span.start, item.span.end
            params = ", ".join(source.text[p.span.start : p.span.end] for p in item.params)
            yield LibraryBlock(
                item.name.text,
                name,
                _above(source.text[:start]),
                f"{item.name.text}({params})" if params else item.name.text,
                source.text[start:end].rstrip(),
            )


def _above(before: str) -> str:
    """The comment that ends where a block begins."""
    lines = takewhile(lambda line: line.startswith("#"), reversed(before.splitlines()))
    return " ".join(line.removeprefix("#").strip() for line in reversed(list(lines)))
