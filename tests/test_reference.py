"""`specc layers` shows of every layer what it means, and what each backend calls it."""

from __future__ import annotations

import re
from functools import cache

import pytest
from harness.backends import BACKENDS
from harness.layers import lowered

from specc.bind.model.single_layer import layer_from_text
from specc.codegen.backend import get_backend
from specc.ops.base import Layer
from specc.ops.ranks import written
from specc.reference import Entry, as_json, describe, everything
from specc.reference_text import WIDTH, page
from specc.registry import CATEGORIES, every

OPS = [cls for cls in every("layer") if issubclass(cls, Layer)]
CODE = re.compile(r"`([^`]+)`")
FORMULA = re.compile(r"\b[xy]\b.*[-+*/=(\[]|[-+*/=(\[].*\b[xy]\b", re.DOTALL)
SOURCE = re.compile(r"(?:[A-Z]\w+|\bal\.)\s+(?:19|20)\d\d\b")


@cache
def entry_of(op: type[Layer]) -> Entry:
    return describe(op, [get_backend(name) for name in BACKENDS])


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.word())
def test_every_layer_is_shown_whole(op: type[Layer]) -> None:
    entry = entry_of(op)
    text = page(entry)
    lines = text.splitlines()
    assert text.startswith(op.word())
    formulas = [code for code in CODE.findall(entry.text) if FORMULA.search(code)]
    assert formulas or SOURCE.search(entry.text), "a formula, or a paper with its year"
    for argument in entry.arguments:
        (head,) = (line for line in lines if line.startswith(f"  {argument.name}: "))
        told = " ".join(text[text.index(head) :].split("\n      takes", 1)[0].split())
        assert told.endswith(("(required)", "(may be left out)", f"(default {argument.default})"))
    for case, example in zip(op.cases, entry.examples, strict=True):
        inputs = ", ".join(map(written, case.inputs))
        shapes = f"{inputs} -> {written(layer_from_text(case.text).output_shape(*case.inputs))}"
        assert any(example.text in line for line in lines)
        assert shapes in " ".join(text.split())
    for name in BACKENDS:
        assert f"\nin {get_backend(name).title}" in text
    assert "there is no such layer" not in text
    assert max(map(len, lines)) <= WIDTH


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.word())
def test_what_a_layer_is_called_is_what_scripts_call(op: type[Layer], backend: str) -> None:
    (found,) = (each for each in entry_of(op).backends if each.backend == backend)
    code = []
    for case in op.cases:
        made = lowered(backend, layer_from_text(case.text), case.inputs)
        code.append(f"{made.module} {' '.join(map(str, made.steps))}")
    for name in found.names:
        called, _, word = name.partition("(")
        assert any(f"{called}({word[:-1]}" in each for each in code), name
    # The framework's own names have a module in front of them; the others must be in the script.
    assert {name for name in found.names if "." not in name} == {*found.own}
    assert all(found.own.values())


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_term_shows_its_cases(category: str) -> None:
    for cls in every(category):
        assert cls.cases, f"{cls.word()} has no case"
        entry = describe(cls, [])
        assert len(entry.examples) == len(cls.cases)
        text = " ".join(page(entry).split())
        for example in entry.examples:
            assert example.about and example.about in text and example.text in text
    assert all(len({*cls.cases}) == len(cls.cases) for cls in every(category))


def test_as_data_there_is_everything() -> None:
    found = as_json(everything([get_backend(name) for name in BACKENDS]))["entries"]
    assert len(found) == sum(1 for category in CATEGORIES for _ in every(category))
    (conv,) = (entry for entry in found if entry["name"] == "Conv2D")
    assert conv["examples"][0] == {
        "text": "Conv2D(4, 3x3, relu)", "about": "8x8x3 -> 6x6x4",
        "inputs": ((8, 8, 3),), "output": (6, 6, 4),
    }  # fmt: skip
    keras, torch = conv["backends"]
    assert (keras["names"][0], torch["names"][0]) == ("layers.Conv2D", "nn.Conv2d")
    assert [*keras["refused"]] == ["Conv2D(2, 3x3, stride=2, dilation=2)"]
    assert torch["refused"] == {}


def test_a_layer_that_a_backend_lacks() -> None:
    class Unknown(Layer):
        """Nothing: `y = x`."""

        label = "unknown"
        cases = ()

    assert "there is no such layer" in page(entry_of(Unknown))
