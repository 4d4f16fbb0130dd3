"""The names that a block of a spec may not take, because a script may have them already."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from specc.codegen.script.render import SHARED

_DEFINED = re.compile(r"^(?:def|class) (\w+)|^(\w+) *[:=]", re.MULTILINE)
_IMPORTED = re.compile(r"^ *(?:from (?!specc|\.|__)\S+ )?import (?:\(([^)]*)\)|(.*))", re.MULTILINE)
_BOUND = re.compile(r"(?:[\w.]+ as )?(\w+)[\w.]*")


@cache
def script_names(package: str, parts: tuple[str, ...]) -> frozenset[str]:
    """Names at the top level of what a script may be put together from.

    package: the backend's own. parts: the packages of its parts.
    """
    return frozenset(_names(package, parts))


def _names(package: str, parts: tuple[str, ...]) -> Iterator[str]:
    own = files(package)
    for folder in (*map(files, parts), own / "templates", files(SHARED) / "templates"):
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name.endswith((".py", ".j2")):
                text = path.read_text(encoding="utf-8")
                yield from (match[1] or match[2] for match in _DEFINED.finditer(text))
                yield from _imported(text)
    # The import lines for a template stand in a string of a module.
    for path in own.iterdir():
        if path.name.endswith(".py"):
            yield from _imported(path.read_text(encoding="utf-8"))


def _imported(text: str) -> Iterator[str]:
    """The names that a text imports, but for those of the compiler itself."""
    for match in _IMPORTED.finditer(text):
        yield from _BOUND.findall(match[1] or match[2])
