"""The base of everything that a spec can call: layers, losses, optimizers, metrics, data sources,
initializers.

A term is a frozen pydantic model whose fields are its arguments, in the documented order of their
positions.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from specc.cases import TermCase
from specc.kinds import Kind

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """`BinaryCrossentropy` -> `binary_crossentropy`, `ConvBN` -> `conv_bn`."""
    return _WORD_START.sub("_", name).lower()


def arg(
    text: str,
    *,
    default: Any = PydanticUndefined,
    foreign: tuple[str, ...] = (),
    unless_named: bool = False,
) -> Any:
    """An argument: what it means, its default (required without one), its names in Keras and
    PyTorch. unless_named: required where no argument has a name of the user's own."""
    extra: dict[str, Any] = {"foreign": list(foreign)}
    if unless_named:
        extra["unless_named"] = True
    return Field(default, description=text, json_schema_extra=extra)


def kind_of(field: FieldInfo) -> Kind:
    """The kind in a field's annotation."""
    return next(item for item in field.metadata if isinstance(item, Kind))


class Term(BaseModel):
    """A thing with a name and arguments. JSON holds it as `{"kind": name, **arguments}`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", defer_build=True, ser_json_inf_nan="constants"
    )

    category: ClassVar[str]
    """`layer`, `loss`, ...: the set of names it belongs to."""
    foreign: ClassVar[tuple[str, ...]] = ()
    """What Keras and PyTorch call it, where that is not its name here."""
    cases: ClassVar[tuple[TermCase, ...]] = ()
    """Uses that are examples and tests at once; each category has its own kind of case."""
    refusable: ClassVar[tuple[TermCase, ...]] = ()
    """Uses that mean something and that some backend has no exact code for: it refuses them."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        _settle(cls)

    @classmethod
    def word(cls) -> str:
        """Its name in the language: layers as they are, all else in snake case."""
        return cls.__name__ if cls.category == "layer" else snake(cls.__name__)

    @classmethod
    def own(cls) -> bool:
        """Whether it is one of specc itself and not of another package."""
        return cls.__module__.startswith("specc.")

    @classmethod
    def complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Fill defaults that depend on other arguments, such as a pool's stride."""
        return values

    @classmethod
    def build(cls, values: dict[str, Any]) -> Any:
        """Make the term from accepted arguments, every default written out."""
        return cls(**cls.complete(dict(values)))

    @model_serializer(mode="wrap")
    def _with_kind(self, handler: Any) -> dict[str, Any]:
        return {"kind": self.word(), **handler(self)}

    @model_validator(mode="wrap")
    @classmethod
    def _without_kind(cls, data: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        if isinstance(data, dict) and "kind" in data:
            data = dict(data)
            if data.pop("kind") != cls.word():
                raise ValueError(f"is not a {cls.word()}")
        return handler(data)


def _settle(cls: type[Term]) -> None:
    """Forget the annotations of class variables, which pydantic knows by `__class_vars__`. It
    evaluates those of all bases anew for each class: that was half of what a class took."""
    for name in cls.__class_vars__ & cls.__annotations__.keys():
        del cls.__annotations__[name]


_settle(Term)
