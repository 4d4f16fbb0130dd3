"""What each name of the language is, read from its class: `specc layers` and docs/layers.md."""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from specc.ops.base import Layer
from specc.registry import CATEGORIES, every, find, known
from specc.spelling import spell
from specc.terms import Term, kind_of

TITLES = {
    "layer": "Layers",
    "initializer": "Initializers",
    "loss": "Losses",
    "optimizer": "Optimizers",
    "metric": "Metrics",
    "source": "Data sources",
    "scaling": "Scalings",
}


@dataclass(frozen=True)
class Argument:
    """default: the text to write for it; None where it is required, or may be left out as it is."""

    name: str
    expected: str
    required: bool
    default: str | None
    meaning: str
    elsewhere: tuple[str, ...]
    """Its names in Keras and PyTorch, where they differ."""


@dataclass(frozen=True)
class Entry:
    name: str
    category: str
    family: str
    text: str
    arguments: tuple[Argument, ...]
    examples: tuple[str, ...]
    elsewhere: tuple[str, ...]

    @property
    def headline(self) -> str:
        return self.text.partition("\n")[0]

    @property
    def signature(self) -> str:
        """`Conv2D(filters, kernel, stride=1x1, ...)`; what may be left out stands in brackets."""
        parts = [
            a.name
            if a.required
            else f"[{a.name}]"
            if a.default is None
            else f"{a.name}={a.default}"
            for a in self.arguments
        ]
        return f"{self.name}({', '.join(parts)})" if parts else self.name


def describe(cls: type[Term]) -> Entry:
    """The entry of a class."""
    cases = cls.cases if issubclass(cls, Layer) else ()
    return Entry(
        name=cls.word(),
        category=cls.category,
        family=cls.__module__.rpartition(".")[2],
        text=inspect.getdoc(cls) or "",
        arguments=tuple(_argument(name, field) for name, field in cls.model_fields.items()),
        examples=tuple(dict.fromkeys(case.text for case in cases)),
        elsewhere=cls.foreign,
    )


def _argument(name: str, field: FieldInfo) -> Argument:
    kind = kind_of(field)
    default = None
    if field.default is not None and field.default is not PydanticUndefined:
        default = spell(field.default, kind)
    extra = field.json_schema_extra
    foreign = extra.get("foreign", []) if isinstance(extra, dict) else []
    assert isinstance(foreign, list)
    elsewhere = tuple(map(str, foreign))
    meaning = field.description or ""
    return Argument(name, kind.expected, field.is_required(), default, meaning, elsewhere)


def entries(category: str) -> list[Entry]:
    """All of a category, in the order of their families and names."""
    return sorted(
        (describe(cls) for cls in every(category)), key=lambda entry: (entry.family, entry.name)
    )


def lookup(name: str) -> list[Entry]:
    """What a name means; a word may stand in more than one category, as `mae` does."""
    found = (find(category, name) for category in CATEGORIES)
    return [describe(cls) for cls in found if cls is not None]


def near(name: str) -> list[str]:
    """Names that were perhaps meant: known under the name elsewhere, or spelled like it."""
    from difflib import get_close_matches

    short = name.rpartition(".")[2]
    foreign = [
        cls.word()
        for category in CATEGORIES
        for cls in every(category)
        if {name, short} & set(cls.foreign)
    ]
    if foreign:
        return foreign
    names = {other.lower(): other for category in CATEGORIES for other in known(category)}
    return [names[match] for match in get_close_matches(name.lower(), list(names), n=3)]


def everything() -> list[Entry]:
    """Every name of every category."""
    return [entry for category in CATEGORIES for entry in entries(category)]


def as_json(found: list[Entry]) -> dict[str, Any]:
    return {"entries": [asdict(entry) | {"signature": entry.signature} for entry in found]}
