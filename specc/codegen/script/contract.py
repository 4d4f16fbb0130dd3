"""What every script has at its top level, for those that call it: the probes of parity, exchange.

Rendering asserts it, and a probe refuses a script that lacks a part of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """A name of a script. parameters: those of a function, in their order; None of other things."""

    name: str
    parameters: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return (
            self.name if self.parameters is None else f"{self.name}({', '.join(self.parameters)})"
        )


COMMON = (
    Member("Config"),
    Member("RunError"),
    Member("Samples"),
    Member("load_data", ("config",)),
    Member("train_model", ("config",)),
)
"""What the scripts of all backends have. The run itself is `train_model`; `make_batch`, which takes
what suits the backend, makes each of its batches."""

LEAN_COMMON = (
    Member("OUT"),
    Member("EPOCHS"),
    Member("BATCH_SIZE"),
    Member("SEED"),
    Member("load_data", ()),
    Member("train_model", ()),
)
"""What their lean scripts have: constants in place of a Config."""


def misfits(contract: Iterable[Member], tree: ast.Module, others: Iterable[str]) -> Iterator[str]:
    """What a script's own statements leave out or define in another way.

    others: names that it has besides, from parts.
    """
    found = {s.name: s for s in tree.body if isinstance(s, ast.FunctionDef | ast.ClassDef)}
    known = {*found, *others, *_assigned(tree)}
    for member in contract:
        statement = found.get(member.name)
        if member.name not in known:
            yield f"{member} is missing"
        elif member.parameters is not None and isinstance(statement, ast.FunctionDef):
            parameters = tuple(argument.arg for argument in statement.args.args)
            if parameters != member.parameters:
                yield f"{member} takes ({', '.join(parameters)})"


def _assigned(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else ()
        single = [statement.target] if isinstance(statement, ast.AnnAssign) else []
        yield from (t.id for t in (*targets, *single) if isinstance(t, ast.Name))
