"""The JSON schema of the IR: what `specc ir` prints, for tools that read it."""

from __future__ import annotations

from typing import Any

from specc import ir
from specc.nested import CATEGORY_MARK
from specc.registry import CATEGORIES, every
from specc.terms import Term

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Draft 2020-12. A field that holds a layer refers to `$defs/layer`: one of all layers."""
    whole = ir.Spec.model_json_schema()
    definitions: dict[str, Any] = whole.pop("$defs")
    for category in CATEGORIES:
        kinds = []
        for cls in every(category):
            name = f"{category}.{cls.word()}"
            definitions[name] = _term(cls)
            kinds.append({"$ref": f"#/$defs/{name}"})
        definitions[category] = {"oneOf": kinds}
    title = f"specc IR, version {ir.IR_VERSION}"
    found = {**whole, "title": title, "$defs": dict(sorted(definitions.items()))}
    return {"$schema": DIALECT, **_with_references(found)}


def _with_references(part: Any) -> Any:
    """The schema with each mark of a category replaced by a reference to its definition."""
    if isinstance(part, list):
        return [_with_references(item) for item in part]
    if not isinstance(part, dict):
        return part
    replaced = {name: _with_references(value) for name, value in part.items()}
    if CATEGORY_MARK in replaced:
        replaced["$ref"] = f"#/$defs/{replaced.pop(CATEGORY_MARK)}"
    return replaced


def _term(cls: type[Term]) -> dict[str, Any]:
    """The IR writes every argument out, so all are required."""
    own = cls.model_json_schema()
    own.pop("$defs", None)
    properties = {"kind": {"const": cls.word()}, **own.get("properties", {})}
    for field in properties.values():
        field.pop("foreign", None)
        field.pop("unless_named", None)
        field.pop("default", None)
    return {**own, "title": cls.word(), "properties": properties, "required": list(properties)}
