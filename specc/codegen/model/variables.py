"""Gives each value of a scope its variable: the user's name, or the variable of an input that is
read no more.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from itertools import chain, count

from specc.codegen.model.plan import PlannedScope
from specc.codegen.python.names import distinct

_ORDER = ("x", "y", "z", "u", "v", "w")


def variables(
    scope: PlannedScope,
    inputs: tuple[str, ...],
    taken: Iterable[str],
    script: Container[str] = (),
    late: Container[int] = (),
) -> list[str]:
    """The variable of each value, by index: the inputs (as given, or chosen where empty), then the
    items' results.

    taken: names that no variable may have. A user's name stands for its value alone. script: names
    of the script itself; an underscore behind a user's tells it from these. late: places of items
    that still read their inputs when a first part of their result is there.
    """
    return _Scan(scope, inputs, frozenset(taken), script).run(late)


class _Scan:
    def __init__(
        self,
        scope: PlannedScope,
        inputs: tuple[str, ...],
        taken: frozenset[str],
        script: Container[str],
    ) -> None:
        self.scope, self.given = scope, inputs
        named = distinct((item.label for item in scope.items if item.named), script)
        hidden = taken | set(inputs)
        self.users = {label: name for label, name in named.items() if name not in hidden}
        self.banned = hidden | set(named.values())
        self.last = _last_reads(scope)
        self.free: list[str] = []
        self.names = (
            name
            for name in chain(_ORDER, (f"x{number}" for number in count(1)))
            if name not in self.banned and name not in script
        )
        self.order: dict[str, int] = {}

    def run(self, late: Container[int]) -> list[str]:
        held: dict[str, str] = {}
        for value, name in zip(self.scope.inputs, self.given, strict=True):
            held[value] = name or self._take()
        result = list(held.values())
        for position, item in enumerate(self.scope.items):
            read = [held[v] for v in dict.fromkeys(item.inputs) if self.last[v] == position]
            read = [name for name in read if name in self.order]
            if position not in late:
                self.free += read
            name = (self.users.get(item.label) if item.named else None) or self._take()
            if position in late:
                self.free += read
            held[item.value] = name
            result.append(name)
        return result

    def _take(self) -> str:
        """The first free variable in the order of `x`, `y`, `z`; a new one when there is none."""
        if self.free:
            name = min(self.free, key=self.order.__getitem__)
            self.free.remove(name)
            return name
        name = next(self.names)
        self.order[name] = len(self.order)
        return name


def _last_reads(scope: PlannedScope) -> dict[str, int]:
    """The position of the last item that reads each value; outputs are read at the end."""
    last: dict[str, int] = {}
    for position, item in enumerate(scope.items):
        last.update(dict.fromkeys(item.inputs, position))
    last.update(dict.fromkeys(scope.outputs, len(scope.items)))
    return last
