"""Makes a whole script: the template's text, the parts that it uses, the imports of it all."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, ChoiceLoader, Environment, FunctionLoader, StrictUndefined
from jinja2.bccache import Bucket

from specc.codegen.python.expressions import quote
from specc.codegen.python.layout import WIDTH
from specc.codegen.python.scan import (
    defined,
    first_line,
    globals_read,
    imported,
    read_at_import,
)
from specc.codegen.script.contract import Member, misfits
from specc.codegen.script.parts import SHARED, Library, PartDefinition, library
from specc.codegen.script.pieces import Assembly

_PARTS = "# What follows does not depend on the spec.\n"
_MAIN = 'if __name__ == "__main__":\n'
_FUTURE = "from __future__ import annotations\n"
_GAPS = re.compile(r"\n{4,}")
NOTHING = Assembly(())
_KNOWN = frozenset(dir(builtins)) | {"__doc__", "__file__", "__name__"}


@dataclass(frozen=True)
class Template:
    """A template, and what its text is completed from.

    package: its `templates` come before those that all backends share. parts: packages of parts.
    imports: those that the template's own text may use. before: lines that must run before anything
    but the standard library is imported. contract: what the script must have.
    """

    package: str
    parts: tuple[str, ...]
    imports: str
    before: str = ""
    name: str = "script.py.j2"
    contract: tuple[Member, ...] = ()
    lean: bool = False

    def render(
        self, context: Mapping[str, Any], pieces: Assembly = NOTHING, module: str = ""
    ) -> str:
        """The script: docstring, imports, the template's text with its slots filled, and the parts.

        A part stands behind the text, or before the first statement that needs it to run at all;
        with `module` the script imports its parts from there. The text is parsed once, which is
        also the proof that it is Python; parts are known to be.
        """
        text = _GAPS.sub("\n\n\n", pieces.fill(_template(self.package, self.name).render(context)))
        script = _Script(text, ast.parse(text), library(*self.parts), self.before)
        wrong = list(misfits(self.contract, script.tree, script.reached))
        assert not wrong, f"the script's {wrong}"
        if module:
            return script.beside(module, self.imports)
        return script.whole(self.imports, self.lean)

    def module(self, title: str) -> str:
        """A module with all parts, which scripts beside it import."""
        parts = library(*self.parts)
        every = parts.pick(parts.names())
        read = frozenset[str]().union(*(part.reads for part in every))
        table = parts.imports(every)
        needed = [table[name] for name in sorted(read) if name in table]
        head = f'"""What does not depend on the spec, for the {title} scripts of this folder."""\n'
        # The seal below it stands two lines from a definition.
        return _put_together(head, import_block(needed), _joined(_sources(every))) + "\n"


class _Script:
    """A template's text on the way to a script."""

    def __init__(self, text: str, tree: ast.Module, parts: Library, before: str) -> None:
        self.text, self.tree, self.parts, self.before = text, tree, parts, before
        self.read = globals_read(text, tree) | globals_read(before, ast.parse(before))
        own = [name for statement in tree.body for name in defined(statement)]
        self.own = set(own)
        self.reached = {part.name for part in parts.pick(self.read - self.own)}
        hidden = self.own & self.reached | {n for n in own if n in _KNOWN or own.count(n) > 1}
        assert not hidden, f"the script binds again what it has already: {sorted(hidden)}"

    def whole(self, imports: str, lean: bool) -> str:
        """With the parts in it. lean: nothing is said of where they begin."""
        early = _early(self.tree, self.parts)
        placed = [part for _, parts in early for part in parts]
        late = [part for part in self.parts.pick(self.read - self.own) if part not in placed]
        every = [*placed, *late]
        read = self.read.union(*(part.reads for part in every))
        own = self.own.union(part.name for part in every)
        block = self._imports(_import_table(imports) | self.parts.imports(every), read - own)
        head, body = _cut_docstring(self.text, self.tree, early)
        main, _, tail = body.rpartition(_MAIN)
        said = [] if lean else [_PARTS]
        blocks = [main, *(said if late else []), *_sources(late), _MAIN + tail]
        code = _joined(blocks)
        future = "" if lean and not _reads_ahead(code) else _FUTURE
        return _put_together(head, block, code, future)

    def beside(self, module: str, imports: str) -> str:
        """With its parts in a module of its folder."""
        named = {name: (module, name) for name in self.parts.names()}
        block = self._imports({**_import_table(imports), **named}, self.read - self.own)
        head, body = _cut_docstring(self.text, self.tree, [])
        return _put_together(head, block, body.strip("\n") + "\n")

    def _imports(self, table: Mapping[str, tuple[str, str]], read: set[str]) -> str:
        missing = read - _KNOWN - set(table)
        assert not missing, f"the script reads names that nothing defines: {sorted(missing)}"
        return import_block([table[name] for name in sorted(read) if name in table], self.before)


def _put_together(head: str, imports: str, code: str, future: str = _FUTURE) -> str:
    gap = "\n\n" if code.startswith(("class ", "def ", "@")) else "\n"
    return f"{head}\n{future}\n{imports}{gap}{code}" if future else f"{head}\n{imports}{gap}{code}"


def _reads_ahead(code: str) -> bool:
    """Whether an annotation names what is defined only behind it."""
    statements = ast.parse(code).body
    later = {name for statement in statements for name in defined(statement)}
    for statement in statements:
        inside = ast.walk(statement)
        said = [n.annotation for n in inside if isinstance(n, ast.arg | ast.AnnAssign)]
        said += [n.returns for n in ast.walk(statement) if isinstance(n, ast.FunctionDef)]
        read = {n.id for each in said if each for n in ast.walk(each) if isinstance(n, ast.Name)}
        if read & later:
            return True
        later -= set(defined(statement))
    return False


def _early(tree: ast.Module, parts: Library) -> list[tuple[int, list[PartDefinition]]]:
    """The parts that statements need when they run, each with the line of the first of these."""
    found: list[tuple[int, list[PartDefinition]]] = []
    seen: set[str] = set()
    for statement in tree.body:
        new = [
            part for part in parts.pick(read_at_import(statement) - seen) if part.name not in seen
        ]
        if new:
            found.append((first_line(statement), new))
            seen.update(definition.name for definition in new)
    return found


class _Compiled(BytecodeCache):
    """What templates of all backends extend and include is compiled once."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self.codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


@cache
def _template(package: str, name: str) -> Any:
    environment = Environment(
        bytecode_cache=_COMPILED,
        loader=ChoiceLoader([FunctionLoader(partial(_read, home)) for home in (package, SHARED)]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["literal"] = quote
    return environment.get_template(name)


def _read(package: str, name: str) -> str | None:
    path = files(package).joinpath("templates", name)
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _sources(definitions: Iterable[PartDefinition]) -> list[str]:
    return [definition.source for definition in definitions]


def _joined(blocks: list[str]) -> str:
    """Blocks of code with two blank lines between them."""
    return "\n\n\n".join(block.strip("\n") for block in blocks) + "\n"


def _cut_docstring(
    text: str, tree: ast.Module, early: Iterable[tuple[int, list[PartDefinition]]]
) -> tuple[str, str]:
    """The module's docstring and the rest, with early parts where they are needed."""
    end = tree.body[0].end_lineno
    assert end is not None and ast.get_docstring(tree) is not None
    lines = text.splitlines(keepends=True)
    for line, definitions in reversed(list(early)):
        place = line - 1
        while lines[place - 1].startswith("#"):  # what is said of the statement
            place -= 1
        lines[place:place] = [f"{source}\n\n\n" for source in _sources(definitions)]
    return "".join(lines[:end]), "".join(lines[end:])


def _import_table(text: str) -> dict[str, tuple[str, str]]:
    return {name: origin for node in ast.parse(text).body for name, origin in imported(node)}


def import_block(imports: Iterable[tuple[str, str]], before: str = "") -> str:
    """Import statements as isort orders them: the standard library, `before`, the rest, and what
    lies beside the script."""
    own: list[str] = []
    others: list[str] = []
    beside: list[str] = []
    modules: dict[str, list[str]] = {}
    wanted = list(imports)
    for home, name in wanted:
        modules.setdefault(home, []).extend([name] if name else [])
    plain = sorted((home, f"import {home}\n") for home, name in set(wanted) if not name)
    members = [(home, _from(home, names)) for home, names in modules.items() if names]
    members.sort(key=lambda member: member[0].lower())
    for home, line in [*plain, *members]:
        top = home.split()[0].split(".")[0]
        standard = top in sys.stdlib_module_names
        (own if standard else beside if top.startswith("common_") else others).append(line)
    middle = [f"{before}\n"] if before else []
    return "\n".join("".join(lines) for lines in (own, middle, others, beside) if lines)


def _from(home: str, names: list[str]) -> str:
    """`from home import a, b`: constants first, then classes, then functions."""
    names = sorted(set(names), key=lambda n: (not n.isupper(), not n[0].isupper(), n.lower(), n))
    line = f"from {home} import {', '.join(names)}\n"
    if len(line) - 1 <= WIDTH:
        return line
    return f"from {home} import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"
