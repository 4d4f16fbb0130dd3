"""Makes a whole script: the template's text, the parts that it uses, the imports of it all."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from specc.codegen.parts import Definition, library
from specc.codegen.python.expressions import quote
from specc.codegen.python.layout import WIDTH
from specc.codegen.python.scan import defined, globals_read, imported

_PARTS = "# What follows does not depend on the spec.\n"
_MAIN = 'if __name__ == "__main__":\n'
_FUTURE = "from __future__ import annotations\n"
_KNOWN = frozenset(dir(builtins)) | {"__doc__", "__file__", "__name__"}


@dataclass(frozen=True)
class Template:
    """A backend's template, the package of its parts, and imports that its own text may use.

    Parts in modules such as `torch_run.py` are for the backend `torch` alone.
    early: parts that the script calls while it is being read, so that they stand before it.
    before: lines that must run before anything but the standard library is imported.
    """

    package: str
    parts: str
    imports: str
    early: tuple[str, ...] = ()
    before: str = ""

    def render(
        self, context: Mapping[str, Any], early_too: Iterable[str] = (), several: bool = False
    ) -> str:
        """The script: docstring, imports, the template's text, and the parts before its last lines.

        early_too: names that this script reads while it is being read; those of parts stand first.
        several: whether the model has several inputs or outputs, so that it takes other parts.
        The text is parsed once, which is also the proof that it is Python; parts are known to be.
        """
        text = _template(self.package).render(context)
        tree = ast.parse(text)
        read = globals_read(text, tree) | globals_read(self.before, ast.parse(self.before))
        own = {name for statement in tree.body for name in defined(statement)}
        parts = library(self.parts, f"{self.package.rpartition('.')[2]}_", several)
        early, picked = parts.pick((*self.early, *early_too)), parts.pick(read - own)
        late = [definition for definition in picked if definition not in early]
        read = read.union(*(definition.reads for definition in [*early, *late]))
        hidden = own.intersection(definition.name for definition in picked)
        assert not hidden, f"the script hides parts: {sorted(hidden)}"
        own.update(definition.name for definition in [*early, *late])
        table = _import_table(self.imports) | parts.imports([*early, *late])
        missing = read - own - _KNOWN - set(table)
        assert not missing, f"the script reads names that nothing defines: {sorted(missing)}"
        needed = [table[name] for name in sorted(read - own) if name in table]
        imports = import_block(needed, self.before)
        head, body = _cut_docstring(text, tree)
        main, _, tail = body.rpartition(_MAIN)
        code = _joined([*_sources(early), main, *_parts_text(late), _MAIN + tail])
        return f"{head}\n{_FUTURE}\n{imports}\n\n{code}"


@cache
def _template(package: str) -> Any:
    environment = Environment(
        loader=FunctionLoader(lambda name: _read(package, name)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["literal"] = quote
    return environment.get_template("script.py.j2")


def _read(package: str, name: str) -> str:
    return files(package).joinpath("templates", name).read_text(encoding="utf-8")


def _sources(definitions: Iterable[Definition]) -> list[str]:
    return [definition.source for definition in definitions]


def _parts_text(definitions: list[Definition]) -> list[str]:
    sources = _sources(definitions)
    return [_PARTS, *sources] if sources else []


def _joined(blocks: list[str]) -> str:
    """Blocks of code with two blank lines between them."""
    return "\n\n\n".join(block.strip("\n") for block in blocks) + "\n"


def _cut_docstring(text: str, tree: ast.Module) -> tuple[str, str]:
    """The module's docstring and the rest."""
    end = tree.body[0].end_lineno
    assert end is not None and ast.get_docstring(tree) is not None
    lines = text.splitlines(keepends=True)
    return "".join(lines[:end]), "".join(lines[end:])


def _import_table(text: str) -> dict[str, tuple[str, str]]:
    return {name: origin for node in ast.parse(text).body for name, origin in imported(node)}


def import_block(imports: Iterable[tuple[str, str]], before: str = "") -> str:
    """Import statements as isort orders them: the standard library, `before`, then the rest."""
    own: list[str] = []
    others: list[str] = []
    modules: dict[str, list[str]] = {}
    wanted = list(imports)
    for home, name in wanted:
        modules.setdefault(home, []).extend([name] if name else [])
    plain = sorted((home, f"import {home}\n") for home, name in set(wanted) if not name)
    members = [(home, _from(home, names)) for home, names in modules.items() if names]
    members.sort(key=lambda member: member[0].lower())
    for home, line in [*plain, *members]:
        standard = home.split()[0].split(".")[0] in sys.stdlib_module_names
        (own if standard else others).append(line)
    middle = [f"{before}\n"] if before else []
    return "\n".join("".join(lines) for lines in (own, middle, others) if lines)


def _from(home: str, names: list[str]) -> str:
    """`from home import a, b`: constants first, then classes, then functions."""
    names = sorted(set(names), key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    line = f"from {home} import {', '.join(names)}\n"
    if len(line) - 1 <= WIDTH:
        return line
    return f"from {home} import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"
