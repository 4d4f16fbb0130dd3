"""The arguments that a call can be given, and those it was given."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from specc.kinds import Keywords, Kind, Mismatch
from specc.source import Span
from specc.terms import Term, kind_of


@dataclass(frozen=True)
class Field:
    """What can be passed: kind is None for a block's parameter, which takes anything."""

    name: str
    kind: Kind | None
    required: bool
    foreign: tuple[str, ...] = ()
    unless_named: bool = False
    """Not required where an argument has a name of the user's own."""

    def accepts(self, value: Any) -> bool:
        if self.kind is None:
            return True
        try:
            self.kind.accept(value)
        except Mismatch:
            return False
        return True


@dataclass
class Given:
    """The arguments of one call. values: what a merge joins; fields: everything else."""

    fields: dict[str, Any] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    values: list[tuple[Any, Span]] = field(default_factory=list)
    failed: bool = False


@dataclass(frozen=True)
class Signature:
    """What a call may hold: all fields, those that may stand by position, those by bare word."""

    name: str
    fields: tuple[Field, ...]
    values: tuple[str, ...] = ()
    """The names of values that it reads beside the chain's."""
    rest: Field | None = None
    """What takes the arguments of all other names."""

    @cached_property
    def by_position(self) -> list[Field]:
        return [item for index, item in enumerate(self.fields) if index == 0 or item.required]

    def get(self, name: str) -> Field | None:
        return next((item for item in self.fields if item.name == name), None)

    def taking(self, word: str) -> list[Field]:
        return [item for item, words in self._words if word in words]

    @cached_property
    def _words(self) -> list[tuple[Field, tuple[str, ...]]]:
        return [(item, item.kind.words) for item in self.fields if item.kind is not None]

    def missing(self, given: Given) -> list[Field]:
        """The required arguments that were not given."""
        named = self.rest is not None and self.rest.name in given.fields
        return [
            item
            for item in self.fields
            if item.required and item.name not in given.fields and not (item.unless_named and named)
        ]

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(word for item in self.fields if item.kind for word in item.kind.words)


@cache
def signature_of(cls: type[Term]) -> Signature:
    """The arguments of a term, in the order of their positions."""
    made, rest = [], None
    for name, info in cls.model_fields.items():
        kind, extra = kind_of(info), info.json_schema_extra
        if isinstance(kind, Keywords):
            rest = Field(name, kind.item, required=False)
            continue
        foreign = extra.get("foreign") if isinstance(extra, dict) else None
        names = tuple(map(str, foreign)) if isinstance(foreign, list) else ()
        maybe = isinstance(extra, dict) and bool(extra.get("unless_named"))
        made.append(Field(name, kind, info.is_required() or maybe, names, maybe))
    return Signature(cls.word(), tuple(made), getattr(cls, "value_names", ()), rest)
