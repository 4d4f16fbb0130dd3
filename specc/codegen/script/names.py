"""The names that no function, class or variable may take from a spec, because a script may have
them already."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from specc.codegen.script.parts import SHARED
from specc.reserved import WORDS

_DEFINED = re.compile(r"^(?:def|class) (\w+)|^(\w+)(?:: [^=\n]+)? = ", re.MULTILINE)
_IMPORTED = re.compile(
    r"^ *(?:from (?!specc|\.|__)\S+ )?import (?:\(([^)]*)\)|([^#\n]*))", re.MULTILINE
)
_STRING = re.compile(r'"""(.*?)"""', re.DOTALL)
_CONSTANT = re.compile(r'"([A-Z][A-Z_0-9]+)\b|Flag\(\s*"(\w+)"')
_BOUND = re.compile(r"(?:[\w.]+ as )?(\w+)[\w.]*")


@cache
def script_names(package: str, parts: tuple[str, ...]) -> ScriptNames:
    return ScriptNames(package, parts)


class ScriptNames:
    """Python's own names, and those at the top level of what a script may be put together from.

    package: the backend's own. parts: the packages of its parts.
    """

    def __init__(self, package: str, parts: tuple[str, ...]) -> None:
        self.package, self.parts = package, parts

    def __contains__(self, name: object) -> bool:
        return name in WORDS or name in self.every

    @cached_property
    def every(self) -> frozenset[str]:
        return frozenset(_names(self.package, self.parts))


def _names(package: str, parts: tuple[str, ...]) -> Iterator[str]:
    own = files(package)
    for folder in (*map(files, parts), own / "templates", files(SHARED) / "templates"):
        for text in (*_texts(folder), *_texts(folder / "lean")):
            yield from _bound(text)
    for text in (*_texts(own), *_texts(files(SHARED))):
        # What is the compiler's own counts only where a string of it becomes a line of scripts.
        yield from _bound("".join(_STRING.findall(text)))
        yield from (match[1] or match[2].upper() for match in _CONSTANT.finditer(text))


def _texts(folder: Traversable) -> Iterator[str]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.endswith((".py", ".j2")):
            yield path.read_text(encoding="utf-8")


def _bound(text: str) -> Iterator[str]:
    """The names that a text defines and imports, but for those of the compiler itself."""
    yield from (match[1] or match[2] for match in _DEFINED.finditer(text))
    for match in _IMPORTED.finditer(text):
        yield from _BOUND.findall(match[1] or match[2])
