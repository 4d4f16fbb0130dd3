"""The IR as JSON: the schema describes it, and nothing is lost on the way there and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from specc import ir
from specc.compile import compile_file, compile_text
from specc.ops.base import Layer
from specc.registry import CATEGORIES, every, known
from specc.schema import schema
from specc.source import Source

SPECS = sorted((Path(__file__).parent.parent / "specs").glob("*.cnn"))


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    found = schema()
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def compiled(path: Path) -> ir.Spec:
    spec = compile_file(path).spec
    assert spec
    return spec


def cases() -> list[tuple[str, ir.Spec]]:
    """A model for each case of each layer with one input."""
    found = []
    for cls in every("layer"):
        assert issubclass(cls, Layer)
        for case in cls.cases if cls.arity == (1, 1) else ():
            shape = "x".join(map(str, case.inputs[0]))
            text = f"model m {{\n input {shape}\n {case.text}\n}}\n"
            spec = compile_text(Source("m.cnn", text)).spec
            assert spec, case.text
            found.append((case.text, spec))
    return found


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_is_valid_and_survives(
    path: Path, validator: jsonschema.Draft202012Validator
) -> None:
    spec = compiled(path)
    text = spec.model_dump_json()
    validator.validate(json.loads(text))
    assert type(spec).model_validate_json(text) == spec


@pytest.mark.parametrize(("text", "spec"), cases(), ids=lambda value: str(value)[:60])
def test_every_case_is_valid_and_survives(
    text: str, spec: ir.Spec, validator: jsonschema.Draft202012Validator
) -> None:
    data = spec.model_dump_json()
    validator.validate(json.loads(data))
    assert ir.Spec.model_validate_json(data) == spec


def test_the_schema_has_every_name(validator: jsonschema.Draft202012Validator) -> None:
    definitions = validator.schema["$defs"]
    for category in CATEGORIES:
        refs = [item["$ref"] for item in definitions[category]["oneOf"]]
        assert refs == [f"#/$defs/{category}.{name}" for name in known(category)]
        for name in known(category):
            term = definitions[f"{category}.{name}"]
            assert term["properties"]["kind"] == {"const": name}
            assert term["additionalProperties"] is False


def _first_layer(data: dict[str, Any]) -> dict[str, Any]:
    layer = data["model"]["nodes"][0]["op"]
    assert layer["kind"] == "Conv2D"
    return layer  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: _first_layer(data).update(kind="Conv9D"),
        lambda data: _first_layer(data).update(filters="many"),
        lambda data: _first_layer(data).pop("stride"),
        lambda data: _first_layer(data).update(unknown=1),
        lambda data: data["train"]["stages"][0]["optimizer"].update(kind="Conv2D"),
        lambda data: data.update(version=2),
        lambda data: data["model"].pop("nodes"),
        lambda data: data["train"]["stages"][0].pop("epochs"),
    ],
    ids=["kind", "type", "missing", "unknown", "category", "version", "graph", "stage"],
)
def test_what_is_no_ir_is_refused(spoil: Any, validator: jsonschema.Draft202012Validator) -> None:
    data = json.loads(compiled(SPECS[-1].with_name("lecture.cnn")).model_dump_json())
    validator.validate(data)
    spoil(data)
    assert not validator.is_valid(data)
