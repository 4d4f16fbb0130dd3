"""The names that a block of a spec may not take, because a script may have them already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from importlib.resources import files

from specc.codegen.script.parts import SHARED

_DEFINED = re.compile(r"^(?:def|class) (\w+)|^(\w+) *[:=]", re.MULTILINE)
_IMPORTED = re.compile(r"^ *(?:from (?!specc|\.|__)\S+ )?import (?:\(([^)]*)\)|(.*))", re.MULTILINE)
_BOUND = re.compile(r"(?:[\w.]+ as )?(\w+)[\w.]*")


@cache
def script_names(package: str, parts: tuple[str, ...]) -> ScriptNames:
    return ScriptNames(package, parts)


class ScriptNames:
    """Names at the top level of what a script may be put together from.

    package: the backend's own. parts: the packages of its parts.
    """

    def __init__(self, package: str, parts: tuple[str, ...]) -> None:
        self._texts = [*_texts(package, parts)]

    def __contains__(self, name: object) -> bool:
        # Most names stand nowhere at all, which is sooner found than every name that does.
        word = re.compile(rf"\b{re.escape(str(name))}\b")
        return any(word.search(text) for _, text in self._texts) and name in self.every

    @cached_property
    def every(self) -> frozenset[str]:
        return frozenset(_names(self._texts))


def _texts(package: str, parts: tuple[str, ...]) -> Iterator[tuple[bool, str]]:
    """Sources, and whether what they define counts: of a backend's own modules only the import
    lines for a template do, which stand in strings."""
    own = files(package)
    for folder in (*map(files, parts), own / "templates", files(SHARED) / "templates"):
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name.endswith((".py", ".j2")):
                yield True, path.read_text(encoding="utf-8")
    for path in own.iterdir():
        if path.name.endswith(".py"):
            yield False, path.read_text(encoding="utf-8")


def _names(texts: Iterable[tuple[bool, str]]) -> Iterator[str]:
    for defines, text in texts:
        if defines:
            yield from (match[1] or match[2] for match in _DEFINED.finditer(text))
        yield from _imported(text)


def _imported(text: str) -> Iterator[str]:
    """The names that a text imports, but for those of the compiler itself."""
    for match in _IMPORTED.finditer(text):
        yield from _BOUND.findall(match[1] or match[2])
