"""Values at compile time: arithmetic, functions, comparisons, sizes, and the scopes of names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from specs_in_text import codes, compiled, graph, model

from specc.bind.ground.arithmetic import LARGEST_NUMBER, divisible, finite, round_to

VALUES: list[tuple[str, Any]] = [
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("8 / 2", 4),
    ("9 - 2 - 3", 4),
    ("64 / 2 / 4", 8),
    ("6 / 2 * 2", 6),
    ("999999999999999998 / 499999999999999999", 2),
    ("max(1, 5, 3)", 5),
    ("min(4, 2)", 2),
    ("floor(7 / 2)", 3),
    ("ceil(7 / 2)", 4),
    ("mod(17, 5)", 2),
    ("round(20, 8)", 24),
    ("round(19, 8)", 16),
    ("divisible(19, 8)", 24),
    ("divisible(3, 8)", 8),
    ("input.channels + input.height", 9),
    ("max(-5, 2)", 2),
    ("floor(1e2)", 100),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_values(text: str, value: int) -> None:
    assert graph(model(f"Conv2D({text}, 1x1)")).nodes[0].op.filters == value  # type: ignore[attr-defined]


CONDITIONS = [
    ("1 < 2", True),
    ("2 <= 2", True),
    ("1 == 1.0", True),
    ("1 == true", False),
    ("1 != true", True),
    ("3x3 == (3, 3)", True),
    ("relu == relu", True),
    ("not 1 > 2 and 3 >= 3", True),
    ("false and nothing > 1", False),
    ("true or nothing > 1", True),
    ("input.channels == 1", True),
]


@pytest.mark.parametrize(("text", "truth"), CONDITIONS)
def test_conditions(text: str, truth: bool) -> None:
    nodes = graph(model(f"if {text} {{ ReLU }} else {{ Tanh }}")).nodes
    assert nodes[0].name == ("relu" if truth else "tanh")


WRONG = [
    ("1 / 0", "E0214"),
    ("1 / (2 - 2)", "E0214"),
    ("1e308 * 10", "E0214"),
    ("floor(1e308)", "E0214"),
    ("ceil(1e308 * 10)", "E0214"),
    ("round(5, 1e-320)", "E0214"),
    ("round(1e308, 1e-308)", "E0214"),
    ("divisible(5, 1e-320)", "E0214"),
    ("999999999999999999 * 999999999999999999", "E0214"),
    ("0 - 1e308 * 10", "E0214"),
    ("round(5, 0)", "E0206"),
    ("mod(5, 0)", "E0206"),
    ("mod(5, -1)", "E0206"),
    ("max(3)", "E0208"),
    ("floor(1, 2)", "E0208"),
    ("max(a=1, b=2)", "E0208"),
    ("sqrt(4)", "E0223"),
    ("2 * sqrt(4)", "E0223"),
    ("2 * widht", "E0202"),
    ("-widht", "E0202"),
    ("2 * 3x3", "E0213"),
    ("2 * input", "E0213"),
    ("2 + true", "E0213"),
    ('2 + "2"', "E0213"),
    ("2 < 3x3", "E0213"),
    ("input.size", "E0220"),
    ("input.channels.height", "E0220"),
    ("nothing.channels", "E0202"),
]


@pytest.mark.parametrize(("text", "code"), WRONG)
def test_wrong_values_are_one_error(text: str, code: str) -> None:
    assert codes(model(f"Conv2D({text}, 3x3)")) == [code]


NUMBER = st.integers(-LARGEST_NUMBER, LARGEST_NUMBER) | st.floats(allow_nan=False)


@given(NUMBER, st.floats(min_value=5e-324, allow_infinity=False) | st.integers(1, 10**18))
def test_rounding_never_raises(x: float, multiple: float) -> None:
    if abs(x) == float("inf"):
        return
    for function in (round_to, divisible):
        result = finite(function, x, multiple)
        assert result is None or abs(result) <= LARGEST_NUMBER


# ---- names

SCOPES: list[tuple[str, list[str]]] = [
    ("let a = 3\n  Conv2D(a, 1x1)", []),
    ("let a = 3\n  let b = a + 1\n  Conv2D(b, 1x1)", []),
    ("param a = 3\n  Conv2D(a, 1x1)", []),
    ("Conv2D(a, 1x1)\n  let a = 3", ["E0202"]),
    ("let a = a\n  Conv2D(a, 1x1)", ["E0202"]),
    ("let a = b\n  Conv2D(a, 1x1)", ["E0202"]),
    ("if true { let a = 3 }\n  Conv2D(a, 1x1)", ["E0202"]),
    ("let a = 3\n  if true { let a = 4\n Conv2D(a, 1x1) }\n  Conv2D(a, 1x1)", []),
    ("let a = 3\n  let a = 4\n  Conv2D(a, 1x1)", ["E0209"]),
    ("a = ReLU\n  a = Tanh", ["E0209"]),
    ("repeat i in 1..2 { Conv2D(i, 1x1) }\n  Conv2D(i, 1x1)", ["E0202"]),
    ("let a = 3\n  ReLU", ["W0201"]),
    ("param a = 3\n  ReLU", ["W0202"]),
    ("layer t = ReLU\n  Tanh", ["W0205"]),
    ("let forward = 3\n  Conv2D(forward, 1x1)", []),
    ("param half = 3\n  Conv2D(half, 1x1)", []),
    ("repeat half in 1..2 { Conv2D(half, 1x1) }", []),
    ("forward = Conv2D(3, 1x1)", ["E0210"]),
    ("layer half = Conv2D(3, 1x1)\n  half", ["E0210"]),
    ("output class = Conv2D(3, 1x1)", ["E0210"]),
    ("let _a = 3\n  Conv2D(_a, 1x1)", ["E0210"]),
    ("let A = 3\n  Conv2D(A, 1x1)", ["E0216"]),
    ("Big = ReLU", ["E0216"]),
    ("let a = 1 / 0\n  Conv2D(a, a)\n  Conv2D(2 * a, 3x3)", ["E0214"]),
    ("let a = 1 / 0\n  if a > 1 { ReLU }\n  repeat a { ReLU }", ["E0214"]),
    ("let a = relu\n  Conv2D(3, 1x1, a)", []),
    ("let a = 3x3\n  Conv2D(3, a)", []),
    ("let a = 3\n  a(2) -> ReLU", ["E0222"]),
    ("let a = 3\n  Conv2D(a(2), 1x1)", ["E0225"]),
    ("let widht = 3\n  Conv2D(width, 1x1)", ["E0202"]),
]


@pytest.mark.parametrize(("lines", "expected"), SCOPES)
def test_scopes(lines: str, expected: list[str]) -> None:
    assert codes(model(lines)) == expected


def test_a_name_made_later_is_shown() -> None:
    (found,) = compiled(model("Conv2D(a, 1x1)\n  let a = 3")).diagnostics
    (related,) = found.related
    assert found.source.text[related.span.start : related.span.end] == "a"
    assert related.span.start > found.span.start


def test_definitions_know_their_uses() -> None:
    text = model("let a = 3\n  Conv2D(a, 1x1) -> Conv2D(2 * a, 1x1)")
    definition = next(d for d in compiled(text).definitions if d.name == "a")
    assert [text[start:end] for _, start, end in sorted(definition.uses)] == ["a", "a"]


# ---- --set

SETTINGS: list[tuple[dict[str, str], list[str]]] = [
    ({}, []),
    ({"width": "8"}, []),
    ({"width": "2 * 4"}, []),
    ({"kernel": "5x5"}, []),
    ({"deep": "true"}, []),
    ({"widht": "8"}, ["E0218"]),
    ({"width": "eight"}, ["E0218"]),
    ({"width": "true"}, ["E0218"]),
    ({"width": "3x3"}, ["E0218"]),
    ({"deep": "1"}, ["E0218"]),
    ({"width": ""}, ["E0218"]),
    ({"width": "8\n}"}, ["E0218"]),
    ({"width": "8 }"}, ["E0218"]),
    ({"width": "1/0"}, ["E0218"]),
    ({"width": "8, 9"}, ["E0218"]),
    ({"width": "f(8)"}, ["E0218"]),
    ({"width": "0"}, ["E0206"]),
]


@pytest.mark.parametrize(("settings", "expected"), SETTINGS)
def test_settings_from_outside(settings: dict[str, str], expected: list[str]) -> None:
    text = model(
        "param width = 16\n  param kernel = 3x3\n  param deep = false\n"
        "  Conv2D(width, kernel)\n  if deep { ReLU }"
    )
    assert codes(text, settings=settings) == expected


def test_a_setting_takes_the_place_of_the_default() -> None:
    text = model("param width = 16\n  Conv2D(2 * width, 3x3)")
    op = graph(text, settings={"width": "5"}).nodes[0].op
    assert op.filters == 10  # type: ignore[attr-defined]
