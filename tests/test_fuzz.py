"""Whatever stands in a file, the compiler answers with diagnostics or with scripts that parse.

`SPECC_FUZZ=1000 pytest tests/test_fuzz.py` tries that many examples of each property.
"""

from __future__ import annotations

import ast
import os
import re
import time
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import lark
import pytest
from harness.backends import BACKENDS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark
from specs_in_text import DIGITS, SECTIONS, compiled, model

from specc.codegen.backend import Backend, get_backend
from specc.diagnostics.codes import all_codes, explain
from specc.diagnostics.render import render
from specc.ir import Buildable, Spec

HERE = Path(__file__).parent
EXAMPLES = int(os.environ.get("SPECC_FUZZ", "60"))
FUZZ = settings(
    max_examples=EXAMPLES,
    derandomize="SPECC_FUZZ" not in os.environ,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
# Comparing two whole scripts takes its time.
FEW = settings(FUZZ, max_examples=max(EXAMPLES // 10, 1))
SPECS = [path.read_text("utf-8") for path in sorted((HERE.parent / "specs").glob("*.cnn"))]
PAGES = [
    text
    for code in all_codes()
    if (page := explain(code)) is not None
    for text in (page.bad, page.good)
    if text is not None
]
TEXTS = SPECS + PAGES
GRAMMAR = lark.Lark(files("specc.grammar").joinpath("cnn.lark").read_text("utf-8"), parser="lalr")

TOKEN = re.compile(r'"[^"\n]*"|[0-9][0-9.x%]*|\w+|->|\.\.|[^\w\s]|\s+')
NUMBERS = (
    "0", "1", "2", "3x3", "1x1", "0x0", "999999999999999999", "2147483647", "2147483648", "1e308",
    "1e-308", "0.5", "100%", "0%", "8x8x1", "99999x99999x99999", "1..3", "0..1", "[]", "(1, 2)",
    "[1, [2]]", "1/0", "-1", "5 epochs", "true", "input", "input.channels", "relu", '"x"',
)  # fmt: skip
WORDS = sorted({token for text in TEXTS for token in TOKEN.findall(text) if token.strip()})
NASTY = (
    "}", "{", "{{ config }}", "{% raw %}", "{#", '"""', "'", "''' + x", "\\", "\\n", "\t", "\r",
    "\u2028", "\x85", "ß", "\U0001f600", "\u202e", "__import__('os')", "%(x)s", "$HOME", "f{x}",
)  # fmt: skip


@cache
def backend(name: str) -> Backend:
    return get_backend(name)


def check(text: str, **options: Any) -> None:
    """Compile, show what is wrong, and build what is not."""
    result = compiled(text, **options)
    for form in ("text", "json"):
        render(result.diagnostics, form)
    assert result.spec is not None or result.diagnostics or "model" not in text
    if result.spec is not None:
        Spec.model_validate_json(result.spec.model_dump_json())
        if isinstance(result.spec, Buildable):
            scripts(result.spec)


def scripts(spec: Buildable) -> dict[str, str]:
    """The script of each backend that does not refuse the spec; each must be Python."""
    made = {}
    for name in BACKENDS:
        if not backend(name).refusals(spec):
            made[name] = backend(name).script(spec)
            ast.parse(made[name])
    return made


@FUZZ
@given(st.data())
def test_characters_changed(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 4)))
        inserted = data.draw(st.one_of(st.just(""), st.sampled_from(NASTY), st.text(max_size=3)))
        text = text[:start] + inserted + text[end:]
    check(text)


@FUZZ
@given(st.data())
def test_words_changed(data: st.DataObject) -> None:
    tokens = TOKEN.findall(data.draw(st.sampled_from(TEXTS)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(tokens) - 1))
        match data.draw(st.integers(0, 3)):
            case 0:
                del tokens[place]
            case 1:
                tokens.insert(place, data.draw(st.sampled_from(WORDS)))
            case 2:
                tokens[place] = data.draw(st.sampled_from(WORDS))
            case 3:
                other = data.draw(st.integers(0, len(tokens) - 1))
                tokens[place], tokens[other] = tokens[other], tokens[place]
        if not tokens:
            break
    check("".join(tokens), buildable=data.draw(st.booleans()))


@FUZZ
@given(st.data())
def test_numbers_changed(data: st.DataObject) -> None:
    tokens = TOKEN.findall(data.draw(st.sampled_from(TEXTS)))
    places = [index for index, token in enumerate(tokens) if token[0].isdigit()]
    for _ in range(data.draw(st.integers(1, 3)) if places else 0):
        tokens[data.draw(st.sampled_from(places))] = data.draw(st.sampled_from(NUMBERS))
    check("".join(tokens))


@FUZZ
@given(st.data())
def test_lines_changed(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from(TEXTS)).splitlines(keepends=True)
    others = data.draw(st.sampled_from(TEXTS)).splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines)))
        match data.draw(st.integers(0, 2)):
            case 0:
                lines[place:] = lines[place + 1 :]
            case 1:
                lines.insert(place, data.draw(st.sampled_from(others)))
            case 2:
                lines.insert(place, lines[place - 1] if lines else "\n")
    check("".join(lines))


@FUZZ
@given(from_lark(GRAMMAR))
def test_texts_of_the_grammar(text: str) -> None:
    check(text)


@FUZZ
@given(from_lark(GRAMMAR, start="body"))
def test_bodies_of_the_grammar(body: str) -> None:
    check(f"model m {body}\n{SECTIONS}")


LAYERS = st.sampled_from(
    [
        "ReLU", "BatchNorm", "Flatten", "Dense(4)", "Dense(3, relu)", "Conv2D(4, 3x3, same, relu)",
        "Conv2D(2, 2x3, stride=2)", "MaxPool2D(2x2)", "AvgPool2D(2x2, stride=1, same)",
        "GlobalAvgPool2D", "Dropout(0.5)", "Reshape(4)", "Reshape(2x2x4)", "ZeroPad2D(1)", "B(3)",
        "shared", "Softmax", "input", "v1", "Add(v1)", "Concat(v1)", "Multiply(v1)", "Add(v2)",
        "Add { branch { ReLU }\n branch { } }", "Concat { branch { B(2) }\n branch { B(3) } }",
        "v1 = Conv2D(4, 3x3, same)", "v1 = ReLU", "v2 = B(4)", "v2 = Dense(4)",
        "repeat 2 { ReLU -> BatchNorm }", "repeat i in 1..2 { v3 = Conv2D(i, 1x1) }",
        "if input.channels > 1 { ReLU } else { Dropout(0.1) }", "output o = Flatten",
    ]
)  # fmt: skip
BLOCK = (
    "block B(n, k=3x3) {\n  Conv2D(n, k, same) -> BatchNorm\n  r = ReLU\n  r -> Dropout(0.1)\n}\n"
)


@FUZZ
@given(st.lists(LAYERS, min_size=1, max_size=8), st.sampled_from(["8x8x1", "16", "8x4x4", "6x3"]))
def test_models_of_random_lines(lines: list[str], shape: str) -> None:
    body = "\n  ".join(["layer shared = Conv2D(4, 3x3, same)", *lines])
    sections = SECTIONS.replace("digits", 'npz("a.npz")')
    for end in ("", "\n  Flatten -> Dense(10, softmax)"):
        check(BLOCK + model(body + end, shape) + sections, buildable=True)


@FEW
@given(st.text(st.characters(exclude_characters='"\r\n\0'), max_size=12), st.sampled_from(NASTY))
def test_strings_of_the_user_stay_literals(text: str, nasty: str) -> None:
    """Two specs that differ in strings alone give scripts that differ in literals alone."""
    sharp = (text + re.sub(r'["\r\n]', "", nasty)) or "x"
    plain, strange = _with_strings("photos", "cat", "dog"), _with_strings(sharp, sharp + "1", sharp)
    first, second = compiled(plain), compiled(strange)
    assert isinstance(first.spec, Buildable)
    if second.spec is None:  # a character that no file may hold, named as such
        assert second.diagnostics
        return
    assert isinstance(second.spec, Buildable)
    for name in BACKENDS:
        pair = [_shape_of(scripts(spec)[name]) for spec in (first.spec, second.spec)]
        assert pair[0] == pair[1]


def _with_strings(path: str, *classes: str) -> str:
    names = ", ".join(f'"{name}"' for name in classes)
    data = SECTIONS.replace("digits", f'folder("{path}")')
    data = data.replace("10% test\n", f"10% test\n  classes = [{names}]\n")
    return model("Flatten -> Dense(2, softmax)", "8x8x3") + data


def _shape_of(script: str) -> str:
    """The script's tree without the values of its strings."""
    tree = ast.parse(script)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


@pytest.mark.parametrize("size", [1_000, 4_000])
def test_time_grows_with_the_text_alone(size: int) -> None:
    text = model("Conv2D(8, 3x3, same, relu)\n" * size)
    start = time.process_time()
    compiled(text)
    assert time.process_time() - start < size / 500


def test_the_specs_are_fine() -> None:
    for text in [*SPECS, DIGITS]:
        built = compiled(text).spec
        assert isinstance(built, Buildable), text
        assert scripts(built).keys() == set(BACKENDS)
