"""What stands in a script and cannot be reached: what nothing reads, branches that are decided.

A parameter is settled where every call in the script gives it the same value that hangs on nothing
but the script's own text: a literal, its default, or another settled parameter. A test that reads
settled parameters alone has one outcome, so that its other branch is dead.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field

BUILTINS = frozenset(dir(builtins))
UNKNOWN = "<unknown>"


def unread(text: str) -> set[str]:
    """Names at the top level of a script that only their own definitions read."""
    found: dict[str, set[str]] = {}
    read: set[str] = set()
    for statement in ast.parse(text).body:
        names = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and _loads(n)}
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found[statement.name] = names
            names = names - {statement.name}
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            found |= {t.id: names for t in targets if isinstance(t, ast.Name)}
        read |= names
    return found.keys() - read


def _loads(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


@dataclass
class _Function:
    """name: what calls it. values: of each parameter in the calls that were found."""

    name: str
    node: ast.FunctionDef
    parameters: list[str]
    defaults: dict[str, ast.expr]
    values: dict[str, set[str]] = field(default_factory=dict)

    def given(self, call: ast.Call, skipped: int) -> dict[str, ast.expr | None]:
        """What a call gives for each parameter; None where that is not known."""
        arguments = call.args[skipped:]
        if any(isinstance(a, ast.Starred) for a in arguments) or any(
            k.arg is None for k in call.keywords
        ):
            return dict.fromkeys(self.parameters)
        found: dict[str, ast.expr | None] = dict(self.defaults)
        if skipped:  # of a `partial`, which may be given more
            found = dict.fromkeys(self.parameters)
        found |= dict(zip(self.parameters, arguments, strict=False))
        return found | {k.arg: k.value for k in call.keywords if k.arg}


def decided(text: str) -> list[str]:
    """Tests with one outcome, each as `function: test`."""
    tree = ast.parse(text)
    functions = dict(_functions(tree))
    settled: set[tuple[str, str]] = {(f.name, p) for f in functions.values() for p in f.parameters}
    # Take all for settled first: what is not then unsettles what it is passed on to.
    while True:
        values = _values(tree, functions, settled)
        kept = {
            key for key in settled if len(values.get(key, ())) == 1 and UNKNOWN not in values[key]
        }
        if kept == settled:
            break
        settled = kept
    return [
        f"{function.name}: {ast.unparse(test)}"
        for function in functions.values()
        for test in _tests(function.node)
        if (read := {n.id for n in ast.walk(test) if isinstance(n, ast.Name)} - BUILTINS)
        and all((function.name, name) in settled for name in read)
    ]


def _functions(tree: ast.Module) -> Iterator[tuple[str, _Function]]:
    classes = [each for each in tree.body if isinstance(each, ast.ClassDef)]
    bases = {base.id for c in classes for base in c.bases if isinstance(base, ast.Name)}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            yield statement.name, _function(statement.name, statement, 0)
        elif isinstance(statement, ast.ClassDef) and statement.name not in bases:
            for each in statement.body:
                if isinstance(each, ast.FunctionDef) and each.name == "__init__":
                    yield statement.name, _function(statement.name, each, 1)


def _function(name: str, node: ast.FunctionDef, skipped: int) -> _Function:
    places = [a.arg for a in node.args.args][skipped:]
    defaults = dict(zip(reversed(places), reversed(node.args.defaults), strict=False))
    pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    defaults |= {a.arg: value for a, value in pairs if value is not None}
    return _Function(name, node, [*places, *(a.arg for a in node.args.kwonlyargs)], defaults)


def _values(
    tree: ast.Module, functions: dict[str, _Function], settled: set[tuple[str, str]]
) -> dict[tuple[str, str], set[str]]:
    """The values of each parameter in all calls."""
    top = {name for statement in tree.body for name in _defined(statement)}
    found: dict[tuple[str, str], set[str]] = {}
    for statement in tree.body:
        for scope, nodes in _scopes(statement):
            known = {name for owner, name in settled if owner == scope}
            called = set()
            for call in (n for n in nodes if isinstance(n, ast.Call)):
                skipped = int(isinstance(call.func, ast.Name) and call.func.id == "partial")
                target = call.args[0] if skipped else call.func
                if not isinstance(target, ast.Name) or target.id not in functions:
                    continue
                called.add(target)
                for name, value in functions[target.id].given(call, skipped).items():
                    fixed = value is not None and _fixed(value, known, top)
                    text = ast.unparse(value) if value is not None and fixed else UNKNOWN
                    found.setdefault((target.id, name), set()).add(text)
            for node in nodes:  # passed on, and called from who knows where
                if isinstance(node, ast.Name) and node.id in functions and node not in called:
                    for name in functions[node.id].parameters:
                        found.setdefault((node.id, name), set()).add(UNKNOWN)
    return found


def _scopes(statement: ast.stmt) -> Iterator[tuple[str, list[ast.AST]]]:
    """The nodes of a statement that run, by the function whose parameters they see."""
    if isinstance(statement, ast.ClassDef):
        for each in statement.body:
            name = statement.name if getattr(each, "name", "") == "__init__" else ""
            yield name, _running(each)
    else:
        yield getattr(statement, "name", ""), _running(statement)


def _running(statement: ast.stmt) -> list[ast.AST]:
    annotations = {
        inner
        for node in ast.walk(statement)
        for name in ("annotation", "returns")
        if isinstance(said := getattr(node, name, None), ast.AST)
        for inner in ast.walk(said)
    }
    return [node for node in ast.walk(statement) if node not in annotations]


def _fixed(value: ast.expr, settled: set[str], top: set[str]) -> bool:
    names = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
    return names <= settled | top | BUILTINS | {"partial"}


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        yield from (target.id for target in statement.targets if isinstance(target, ast.Name))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id


def _tests(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """What decides between branches."""
    for node in ast.walk(function):
        match node:
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                yield from _parts(test)
            case ast.BoolOp(values=[*values, _]):  # what is left stands where none decides
                yield from values
            case ast.comprehension(ifs=ifs):
                for test in ifs:
                    yield from _parts(test)


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    """A test and, of `a and b`, the last part too."""
    yield test
    if isinstance(test, ast.BoolOp):
        yield from _parts(test.values[-1])
    elif isinstance(test, ast.UnaryOp):
        yield from _parts(test.operand)
