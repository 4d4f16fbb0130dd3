"""What each code means: the pages under explain/, for `specc explain` and the error index."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_BLOCK = re.compile(r"^```cnn (bad|good)\n(.*?)^```\n?", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"[EW][0-9]{4}\Z")


@dataclass(frozen=True)
class Code:
    """bad: a spec that gives just this code, good: the mended one; codes of files have neither."""

    code: str
    title: str
    text: str
    bad: str | None
    good: str | None


@cache
def explain(code: str) -> Code | None:
    """The page of a code, or None if there is no such code."""
    if not _CODE.match(code):
        return None
    page = files("specc.diagnostics").joinpath("explain", f"{code}.md")
    if not page.is_file():
        return None
    return _read(code, page.read_text("utf-8"))


def all_codes() -> list[str]:
    """Every code that has a page, in order."""
    pages = files("specc.diagnostics").joinpath("explain").iterdir()
    return sorted(page.name[:-3] for page in pages if page.name.endswith(".md"))


def _read(code: str, page: str) -> Code:
    title, _, rest = page.partition("\n")
    blocks = dict(_BLOCK.findall(rest))
    text = re.sub(r"\n{3,}", "\n\n", _BLOCK.sub("", rest)).strip()
    return Code(code, title.removeprefix("# ").strip(), text, blocks.get("bad"), blocks.get("good"))
