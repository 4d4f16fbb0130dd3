"""What each name of the language is, read from its class: `specc layers` and docs/layers.md."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from specc.kinds import Keywords
from specc.library.shipped import LibraryBlock, shipped_blocks
from specc.ops.base import Case, Dims, Layer
from specc.ops.ranks import written
from specc.registry import CATEGORIES, every, find, known
from specc.spelling import spell
from specc.terms import Term, kind_of

if TYPE_CHECKING:
    from specc.codegen.backend import Backend

TITLES = {
    "layer": "Layers",
    "initializer": "Initializers",
    "loss": "Losses",
    "optimizer": "Optimizers",
    "metric": "Metrics",
    "source": "Data sources",
    "scaling": "Scalings",
}

OWN_NAME = "NAME"
"""Stands for names that the user's own model gives to arguments."""


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
class Example:
    """A use of a term, and what it shows."""

    text: str
    about: str


@dataclass(frozen=True)
class LayerExample(Example):
    """A use of a layer, of `a`, `b` and so on where it takes several values, and their shapes."""

    inputs: tuple[Dims, ...]
    output: Dims


@dataclass(frozen=True)
class Elsewhere:
    """What a backend makes of a layer.

    remark: what one must know to read its code. names: the classes and functions that it calls.
    own: those that a script itself holds, with what they are. example: a use, and the code of it.
    refused: uses that it has no code for, and why.
    """

    backend: str
    title: str
    remark: str
    names: tuple[str, ...]
    own: dict[str, str]
    example: tuple[str, str] | None
    refused: dict[str, str]


@dataclass(frozen=True)
class Entry:
    """other_names: those of other libraries that specc answers with this one."""

    name: str
    category: str
    family: str
    text: str
    arguments: tuple[Argument, ...]
    examples: tuple[Example, ...]
    other_names: tuple[str, ...]
    backends: tuple[Elsewhere, ...] = ()

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


def describe(cls: type[Term], backends: Sequence[Backend] | None = None) -> Entry:
    """The entry of a class. Without backends it holds what a list shows: the rest takes longer."""
    layer = cls if issubclass(cls, Layer) and backends is not None else None
    return Entry(
        name=cls.word(),
        category=cls.category,
        family=cls.__module__.rpartition(".")[2],
        text=inspect.getdoc(cls) or "",
        arguments=tuple(_argument(name, field) for name, field in cls.model_fields.items()),
        examples=() if backends is None else _examples(cls),
        other_names=cls.foreign,
        backends=tuple(_elsewhere(layer, backends or ())) if layer else (),
    )


def _examples(cls: type[Term]) -> tuple[Example, ...]:
    if issubclass(cls, Layer):
        return tuple(_layer_example(cls, case) for case in cls.cases)
    return tuple(Example(case.text, case.about) for case in cls.cases)


def _layer_example(cls: type[Layer], case: Case) -> Example:
    from specc.bind.model.single_layer import layer_from_text

    output = layer_from_text(case.text).output_shape(*case.inputs)
    shapes = f"{', '.join(map(written, case.inputs))} -> {written(output)}"
    return LayerExample(use_of(cls, case), shapes, case.inputs, output)


def use_of(cls: type[Layer], case: Case) -> str:
    """The case as a spec writes it: `Dense(3)`, `a -> Concat(b)`."""
    values = ascii_lowercase[: len(case.inputs)]
    use = cls.written(case, values)
    return f"{values[0]} -> {use}" if len(values) > 1 else use


def _elsewhere(layer: type[Layer], backends: Sequence[Backend]) -> Iterator[Elsewhere]:
    from specc.called import called, refusals

    for backend in backends:
        found = called(backend.lowerings, layer)
        yield Elsewhere(
            backend.name,
            backend.title,
            backend.remark,
            found.names if found else (),
            dict(found.own) if found else {},
            (use_of(layer, found.case), found.form) if found else None,
            {use_of(layer, each.case): each.reason for each in refusals(backend.lowerings, layer)},
        )


def _argument(name: str, field: FieldInfo) -> Argument:
    kind = kind_of(field)
    default = None
    own = isinstance(kind, Keywords)
    if not own and field.default is not None and field.default is not PydanticUndefined:
        default = spell(field.default, kind)
    extra = field.json_schema_extra
    foreign = extra.get("foreign", []) if isinstance(extra, dict) else []
    assert isinstance(foreign, list)
    elsewhere = tuple(map(str, foreign))
    meaning = field.description or ""
    named = isinstance(extra, dict) and "unless_named" in extra
    required = field.is_required() or named
    name = OWN_NAME if own else name
    return Argument(name, kind.expected, required, default, meaning, elsewhere)


def entries(category: str, backends: Sequence[Backend] | None = None) -> list[Entry]:
    """All of a category, in the order of their families and names."""
    found = [describe(cls, backends) for cls in every(category)]
    return sorted(found, key=lambda entry: (entry.family, entry.name))


def lookup(name: str, backends: Sequence[Backend]) -> list[Entry]:
    """What a name means; a word may stand in more than one category, as `mae` does."""
    found = (find(category, name) for category in CATEGORIES)
    return [describe(cls, backends) for cls in found if cls is not None]


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
    names |= {other.lower(): other for other in shipped_blocks()}
    return [names[match] for match in get_close_matches(name.lower(), list(names), n=3)]


def everything(backends: Sequence[Backend]) -> list[Entry]:
    """Every name of every category."""
    return [entry for category in CATEGORIES for entry in entries(category, backends)]


def as_json(found: list[Entry], blocks: Sequence[LibraryBlock] = ()) -> dict[str, Any]:
    entries = [asdict(entry) | {"signature": entry.signature} for entry in found]
    return {"entries": entries, "blocks": [asdict(block) for block in blocks]}
