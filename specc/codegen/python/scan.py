"""What names Python source reads and defines at its top level, by the rules of scopes."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator


def globals_read(source: str, tree: ast.AST) -> set[str]:
    """The global names that a module reads anywhere in it, annotations too."""
    return {*_read(symtable.symtable(source, "<script>", "exec")), *_annotations(tree)}


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        # Module-level names count as local to the module's own table.
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _read(child)


def _annotations(tree: ast.AST) -> Iterator[str]:
    """Annotations are not evaluated, so the compiler's tables leave their names out."""
    for node in _statements(tree):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.FunctionDef):
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            every += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
            parts = [node.returns, *(argument.annotation for argument in every)]
        for part in parts:
            if part is not None:
                yield from (n.id for n in ast.walk(part) if isinstance(n, ast.Name))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Statements alone: a walk over every expression of a long script would take seconds."""
    yield node
    for name in ("body", "orelse", "finalbody"):
        for child in getattr(node, name, ()):
            yield from _statements(child)


def defined(statement: ast.stmt) -> list[str]:
    """The names that a top-level statement defines; none for an import."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def imported(statement: ast.stmt) -> Iterator[tuple[str, tuple[str, str]]]:
    """The names that an import binds, each with its module and what it takes of it (`""`: all)."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0], (_spelt(alias), "")
    elif isinstance(statement, ast.ImportFrom):
        home = "." * statement.level + (statement.module or "")
        for alias in statement.names:
            yield alias.asname or alias.name, (home, _spelt(alias))


def _spelt(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def read_at_import(statement: ast.stmt) -> set[str]:
    """The names that must be there when a top-level statement itself runs: annotations and the
    bodies of functions wait."""
    return {
        node.id
        for part in _at_import(statement)
        for node in ast.walk(part)
        if isinstance(node, ast.Name)
    }


def _at_import(statement: ast.stmt) -> Iterator[ast.AST]:
    match statement:
        case ast.FunctionDef(args=args, decorator_list=decorators):
            yield from decorators
            yield from args.defaults
            yield from (default for default in args.kw_defaults if default is not None)
        case ast.ClassDef(bases=bases, keywords=keywords, decorator_list=decorators, body=body):
            yield from [*decorators, *bases, *keywords]
            for inner in body:
                yield from _at_import(inner)
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            if value is not None:
                yield value


def first_line(statement: ast.stmt) -> int:
    """Where a statement begins, decorators included, counted from 1."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])
