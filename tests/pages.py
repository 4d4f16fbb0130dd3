"""The documentation's code blocks, and what is filled into them.

```console            each line that begins with `$ ` is run, its output follows
```LANGUAGE from FILE [NAME]      the file, or a function or class of it
```LANGUAGE FILE                  a file that the page's reader writes
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what stands behind it, its text and its first line."""

    language: str
    info: str
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The file that a reader writes it to."""
        return self.info if "." in self.info and " " not in self.info else None


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(match[1], match[2].strip(), match[3], text.count("\n", 0, match.start()) + 2)
        for match in _FENCE.finditer(text)
    ]


def write_files(page: Path, folder: Path) -> list[Path]:
    """Write the blocks that have a file below a folder; their paths."""
    found = []
    for block in blocks(page):
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            found.append(path)
    return found


def refreshed(page: Path) -> str:
    """The page with the output of its commands and the text of the files that it shows."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copytree(ROOT / "specs", folder / "specs")
        write_files(page, folder)

        def fill(match: re.Match[str]) -> str:
            language, info, text = match[1], match[2].strip(), match[3]
            if language == "console":
                text = _outputs(text, folder)
            elif info.startswith("from "):
                text = _excerpt(*info.split()[1:])
            return f"```{language}{' ' * bool(info)}{info}\n{text}```"

        return _FENCE.sub(fill, page.read_text(encoding="utf-8"))


def _outputs(text: str, folder: Path) -> str:
    commands = [line for line in text.splitlines() if line.startswith("$ ")]
    return "".join(f"{command}\n{_output(command[2:], folder)}" for command in commands)


def _output(command: str, folder: Path) -> str:
    """What a person sees on a terminal without colours."""
    program, *words = shlex.split(command)
    assert program == "specc", f"{command}: only specc is run; use a `shell` block"
    done = subprocess.run(
        [sys.executable, "-m", "specc", *words],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "100", "LINES": "40"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    # Editors and git take spaces at the end of a line amiss.
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.strip("\n").splitlines())


def _excerpt(path: str, name: str | None = None) -> str:
    text = (ROOT / path).read_text(encoding="utf-8")
    if name is None:
        return text
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            return "\n".join(text.splitlines()[first - 1 : node.end_lineno]) + "\n"
    raise AssertionError(f"{path} has no {name}")
