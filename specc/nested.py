"""Arguments and IR fields that hold another term, such as a layer's initializer or a node's
layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import SerializeAsAny
from pydantic_core import core_schema

from specc.kinds import Kind, Mismatch, Text
from specc.terms import Term

CATEGORY_MARK = "termOf"


@dataclass(frozen=True)
class TermOf(Kind):
    """A term of a category: called, or its bare word where it needs no arguments."""

    category: str

    @property
    def expected(self) -> str:  # type: ignore[override]
        article = "an" if self.category[0] in "aeiou" else "a"
        return f"{article} {self.category}"

    @property
    def words(self) -> tuple[str, ...]:  # type: ignore[override]
        from specc.registry import known

        return tuple(known(self.category))

    def accept(self, value: Any) -> Term:
        from specc.registry import find

        if isinstance(value, Term) and value.category == self.category:
            return value
        if isinstance(value, dict) and isinstance(value.get("kind"), str):
            cls = find(self.category, value["kind"])
            if cls is not None:
                return cls.model_validate(value)
        if isinstance(value, str) and not isinstance(value, Text):
            cls = find(self.category, value)
            if cls is not None and not any(
                field.is_required() for field in cls.model_fields.values()
            ):
                return cls.build({})  # type: ignore[no-any-return]
        raise Mismatch(self.expected)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        # The source type would make a bare Term of the dict: only this kind finds the class.
        return core_schema.no_info_plain_validator_function(
            self.accept,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda term: term.model_dump()
            ),
        )

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        # specc.schema turns the mark into a reference; pydantic refuses one that it did not make.
        return {CATEGORY_MARK: self.category}


LayerTerm: TypeAlias = Annotated[SerializeAsAny[Term], TermOf("layer")]
InitializerTerm: TypeAlias = Annotated[SerializeAsAny[Term], TermOf("initializer")]
