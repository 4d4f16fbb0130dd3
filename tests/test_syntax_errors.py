"""What is said about texts that cannot be read."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import lark
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark

from specc.diagnostics import Diagnostic
from specc.diagnostics.codes import all_codes, explain
from specc.diagnostics.render import render
from specc.parse import parse
from specc.source import Source

HERE = Path(__file__).parent
SYNTAX = [code for code in all_codes() if "E0100" < code < "E0150"]
EXAMPLES = [path.read_text("utf-8") for path in sorted((HERE / "data/language").glob("*.cnn"))]
GRAMMAR = lark.Lark(files("specc.grammar").joinpath("cnn.lark").read_text("utf-8"), parser="lalr")


def errors(text: str) -> list[Diagnostic]:
    """The diagnostics, each with its places checked."""
    _, diagnostics = parse(Source("a.cnn", text))
    for diagnostic in diagnostics:
        fix = [edit.span for edit in diagnostic.fix.edits] if diagnostic.fix else []
        for span in [diagnostic.span, *(r.span for r in diagnostic.related), *fix]:
            assert 0 <= span.start <= span.end <= len(text)
        assert diagnostic.message
    return diagnostics


def codes(text: str) -> list[str]:
    return [diagnostic.code for diagnostic in errors(text)]


def fixed(text: str) -> str:
    """The text with the edits of all fixes, from the last to the first."""
    edits = [edit for d in errors(text) if d.fix for edit in d.fix.edits]
    for edit in sorted(edits, key=lambda edit: -edit.span.start):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


@pytest.mark.parametrize("code", SYNTAX)
def test_the_bad_example_gives_its_code_and_the_good_one_none(
    code: str, golden: Callable[[Path, str], None]
) -> None:
    page = explain(code)
    assert page and page.bad and page.good
    _, diagnostics = parse(Source(f"{code}.cnn", page.bad))
    assert [diagnostic.code for diagnostic in diagnostics] == [code]
    assert parse(Source(f"{code}.cnn", page.good))[1] == []
    golden(HERE / "errors" / f"{code}.stderr", render(diagnostics))


def test_every_code_of_the_parser_has_a_page() -> None:
    used: set[str] = set()
    for path in (HERE.parent / "specc").rglob("*.py"):
        used |= set(re.findall('"(E01[0-9]{2})"', path.read_text("utf-8")))
    assert used == {code for code in all_codes() if code.startswith("E01")}


@pytest.mark.parametrize("code", SYNTAX)
def test_a_fix_mends_what_it_is_offered_for(code: str) -> None:
    page = explain(code)
    assert page and page.bad
    (diagnostic,) = errors(page.bad)
    if diagnostic.fix:
        assert codes(fixed(page.bad)) == []


def model(lines: str) -> str:
    return f"model m {{\n  input 8x8x3\n  {lines}\n  Dense(3)\n}}\n\ntrain {{\n  epochs = 2\n}}\n"


def train(lines: str) -> str:
    return f"model m {{\n  Dense(3)\n}}\n\ntrain {{\n  {lines}\n  epochs = 2\n}}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (model("Conv2D(32, 3x3"), ["E0101"]),
        (model("Conv2D(f(32, 3x3"), ["E0101"]),
        (model("Conv2D(32, [3, 4)"), ["E0101"]),
        (model("Conv2D(32\n  Conv2D(64"), ["E0101", "E0101"]),
        (model("Add { branch { Flatten }"), ["E0101"]),
        ("model m {\n  Dense(3)\n", ["E0101"]),
        ("model m {\n  repeat 3 {\n    Dense(3)\n}\n\nmodel n { Dense(3) }\n", ["E0101"]),
        (model("Conv2D(32, (3, 3]"), ["E0101", "E0103"]),
        (model("Conv2D(32, (3, 3])"), ["E0103"]),
        ("model m {\n  Dense(3)\n)\n", ["E0103"]),
        ("model m {\n  Dense(3)\n}\n}\n", ["E0102"]),
        (model("Conv2D(32, kernel=)"), ["E0104"]),
        (model("let x = 3 *"), ["E0104"]),
        (model("let x = 3 + * 4"), ["E0104"]),
        (model("repeat { Flatten }"), ["E0104"]),
        (model("if { Flatten }"), ["E0104"]),
        (model("output x ="), ["E0104"]),
        ("import\n", ["E0104"]),
        (model("Conv2D(32 3x3)"), ["E0105"]),
        (model("Conv2D(32, 3x3\n    relu)"), ["E0105"]),
        (model("Conv2D(32, stride=2 padding=same)"), ["E0105"]),
        (train('classes = ["a" "b"]'), ["E0105"]),
        (train("batch = 25 steps = 32"), ["E0106"]),
        (model("Flatten; ReLU"), ["E0106"]),
        (model("Flatten;"), ["E0106"]),
        ("model m { Dense(3) } train { epochs = 3 }\n", ["E0106"]),
        (model("; a comment"), ["E0107"]),
        (model("/* two\n lines */"), ["E0107"]),
        (train("batch = 32 -- a comment"), ["E0107"]),
        (model("repeat n // 2 {\n    Flatten\n  }"), ["E0112"]),
        (model("Conv2D(3, “same”)"), ["E0108"]),
        (model('Load("abc)'), ["E0109"]),
        (model("Load('abc)"), ["E0109"]),
        (model("repeat 3\n  {\n    ReLU\n  }"), ["E0110"]),
        (model("Dropout(5.)"), ["E0111"]),
        (model("Dense(n % 3)"), ["E0112"]),
        (model("Dense(10%3)"), ["E0112"]),
        (model("if a && !b || c { Flatten }"), ["E0112", "E0112", "E0112"]),
        (model("if a ≥ 3 { Flatten }"), ["E0112"]),
        (model("Flatten → ReLU"), ["E0112"]),
        (model("repeat i in 1...3 { ReLU }"), ["E0112"]),
        (model("Conv2D(stride: 3)"), ["E0113"]),
        (model("x := Flatten"), ["E0113"]),
        (model("Flatten => ReLU"), ["E0113"]),
        (model("let x == 3"), ["E0113"]),
        (model("input x = 3"), ["E0113"]),
        (model("input: 8x8"), ["E0113"]),
        (model("repeat i = 1..3 { Flatten }"), ["E0113"]),
        ("block B(x: int) { Flatten }\n", ["E0113"]),
        (model("if a = 3 { Flatten } else if b = 4 { ReLU }"), ["E0114", "E0114"]),
        (model("Conv2D(3, 3 x 3)"), ["E0115"]),
        (model("Conv2D(3, 3X3)"), ["E0115"]),
        (model("Conv2D(3, 3xk)"), ["E0115"]),
        (model("let kxk = 3\n  Conv2D(3, kxk)"), []),
        (model("Conv2D(3, repeat=3)"), ["E0116"]),
        (model("input = Flatten"), ["E0113"]),
        ("class Net(nn.Module):\n    def forward(self):\n        pass\n", ["E0117"]),
        ("from keras import layers\n", ["E0117"]),
        (model("for i in 1..3 { Flatten }"), ["E0117"]),
        (model("return x"), ["E0117"]),
        (model("Conv2D(,3)"), ["E0118"]),
        (model("Conv2D(3,,4)"), ["E0118"]),
        (train("batch = 32,"), ["E0118"]),
        ("train {\n  batch = 32,\n}\n", ["E0118"]),
        ("Conv2D(3)\n", ["E0119"]),
        ("let x = 3\n", ["E0119"]),
        ("hello\n", ["E0119"]),
        (model("block B { Flatten }"), ["E0119"]),
        (train("let x = 3"), ["E0119"]),
        (model("if a { Flatten() -> ReLU() }"), ["E0120", "E0120"]),
        ("block B() { Flatten }\n", ["E0120"]),
        (model("let = 3"), ["E0121"]),
        ('model "m" {\n  Dense(3)\n}\n', ["E0121"]),
        ("{\n  Dense(3)\n}\n", ["E0121"]),
        ("model m\n  Dense(3)\n}\n", ["E0122"]),
        ("train\n  epochs = 3\n}\n", ["E0122"]),
        (model("branch"), ["E0122"]),
        (model("if a > 3:\n    Flatten"), ["E0122"]),
        (model("Dense(größe)"), ["E0123"]),
        (model("Dense（3）"), ["E0123", "E0123"]),
        (model("Dense(3)\u00a0-> ReLU\n\u00a0 ReLU"), ["E0123"]),
        (model("Conv2D(3) \\"), ["E0123"]),
        (model("Flatten -> -> ReLU"), ["E0126"]),
        (model("Flatten -> 3"), ["E0126"]),
        (model("Flatten -> x = ReLU"), ["E0126"]),
        ("model m {\n  Flatten ->\n}\n", ["E0126"]),
        ("model m { }\ncnn 1\n", ["E0130"]),
        (model("let x"), ["E0131"]),
        (train("stop early"), ["E0131"]),
        (model("Conv2D 32, 3x3"), ["E0134"]),
        (model("Dense(1e999)"), ["E0142"]),
    ],
)
def test_each_cause_is_reported_once(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_several_errors_are_found_and_the_good_lines_kept() -> None:
    text = model("Conv2D(32 3x3)\n  let = 3\n  Flatten()\n  64\n  ReLU")
    file, diagnostics = parse(Source("a.cnn", text))
    assert [d.code for d in diagnostics] == ["E0105", "E0121", "E0120", "E0127"]
    assert file is not None
    assert [type(item).__name__ for item in file.items] == ["Model", "Section"]
    assert len(file.items[0].body.statements) == 6  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(" * 100_000, "E0140"),
        ("{" * 100_000, "E0140"),
        ("train { x = " + "[" * 100_000 + "]" * 100_000 + "}", "E0140"),
        (model("let x = " + " + ".join(["a"] * 10_000)), "E0143"),
        (model("let x = " + "- " * 10_000 + "a"), "E0143"),
        (model("let x = " + "not " * 10_000 + "a"), "E0143"),
        (model("if a { }" + " else if a { }" * 10_000), "E0143"),
        (model("let x = " + "f(1 + " * 60 + "1" + ")" * 60), "E0143"),
        (model(f"Dense({'9' * 5_000})"), "E0141"),
        (model(f"Dense({'9' * 5_000}%)"), "E0141"),
        (model(f"Conv2D(3, 3x{'9' * 5_000})"), "E0141"),
    ],
)
def test_limits_answer_at_once(text: str, expected: str) -> None:
    start = time.process_time()
    assert codes(text) == [expected]
    assert time.process_time() - start < 5  # far below what a quadratic step would take


HOPELESS = [
    "(",
    ")",
    "{~",
    "}~",
    "f(~",
    "f(}~",
    "x_=~",
    "a_b_c~",
    "'",
    '"~',
    "@",
    ",",
    "->_",
    "=_",
    "model_a~",
    "if_a~",
    "Flatten()_",
    "#~",
    "~",
    "_",
    "1_x_",
    "-",
    "//",
    "é",
    "3_",
    "\\",
    "[}~",
    "if_a:~",
    "let_=_",
    ":~",
    "(]",
    "（",
]


@pytest.mark.parametrize("unit", [unit.replace("~", "\n").replace("_", " ") for unit in HOPELESS])
def test_hopeless_texts_take_linear_time(unit: str) -> None:
    # 50,000 characters: about a second; a quadratic step would take minutes.
    start = time.process_time()
    errors(unit * (50_000 // len(unit)))
    assert time.process_time() - start < 8


def test_long_sums_below_the_limit_are_read() -> None:
    assert codes(model("let x = " + " + ".join(["a"] * 90))) == []


QUICK = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a few seconds in all


@QUICK
@given(from_lark(GRAMMAR, alphabet=st.characters(codec="ascii", exclude_characters="\0")))
def test_texts_of_the_grammar_are_accepted_or_explained(text: str) -> None:
    errors(text)


PARTS = ["\n", " ", "\0", "\r", *"()[]{}=,#3x:.%é'-\"\\;"]
PARTS += ["->", "let", "model", "if", "else", "..", "Dense(3)", "/*", "//", "data {", "repeat"]


@QUICK
@given(
    st.sampled_from(EXAMPLES),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 2), st.sampled_from(PARTS)), max_size=4),
)
def test_no_change_of_a_good_text_ends_in_an_exception(
    text: str, changes: list[tuple[float, int, str]]
) -> None:
    for place, kind, part in changes:
        index = int(place * len(text))
        insert = (part, "", text[index : index + 5])[kind]
        text = text[:index] + insert + text[index + (kind == 1) :]
    found = errors(text)
    render(found)


@QUICK
@given(st.lists(st.sampled_from(PARTS), max_size=40).map("".join))
def test_no_row_of_signs_ends_in_an_exception(text: str) -> None:
    errors(text)
    errors(f"model m {{\n{text}\n}}")
