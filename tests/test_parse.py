"""Trees of good texts."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import lark
import pytest

from specc import syntax as s
from specc.parse import parse
from specc.source import Source, Span

EXAMPLES = sorted((Path(__file__).parent / "data" / "language").glob("*.cnn"))


def tree(text: str) -> s.File:
    file, diagnostics = parse(Source("a.cnn", text))
    assert diagnostics == []
    assert file is not None
    return file


def brief(node: Any, text: str) -> Any:
    """A node as nested tuples: its kind, then its fields, without spans."""
    if isinstance(node, tuple):
        return [brief(part, text) for part in node]
    if isinstance(node, s.Ident):
        return node.text
    if not dataclasses.is_dataclass(node):
        return node
    fields = [f.name for f in dataclasses.fields(node) if "span" not in f.name]
    return (type(node).__name__, *(brief(getattr(node, name), text) for name in fields))


def nodes(node: Any) -> Iterator[Any]:
    if isinstance(node, tuple):
        for part in node:
            yield from nodes(part)
    elif dataclasses.is_dataclass(node) and not isinstance(node, Span):
        yield node
        for field in dataclasses.fields(node):
            yield from nodes(getattr(node, field.name))


def value(text: str) -> Any:
    source = f"train {{\n  x = {text}\n}}"
    (section,) = tree(source).items
    assert isinstance(section, s.Section)
    (setting,) = section.entries
    assert isinstance(setting, s.Setting)
    return brief(setting.values, source)[0]


def statement(text: str) -> Any:
    source = f"model m {{\n  {text}\n}}"
    (model,) = tree(source).items
    assert isinstance(model, s.Model)
    return brief(model.body.statements, source)[0]


def call(name: str, args: Any = None, body: Any = None) -> tuple[Any, ...]:
    return ("Call", name.split("."), args, body)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_parse_as_lark_parses_them(path: Path) -> None:
    text = path.read_text("utf-8")
    assert tree(text).items
    grammar = files("specc.grammar").joinpath("cnn.lark").read_text("utf-8")
    lark.Lark(grammar, parser="lalr").parse(text)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_spans_hold_no_blanks_or_comments_at_their_ends(path: Path) -> None:
    text = path.read_text("utf-8")
    for node in nodes(tree(text)):
        if not isinstance(node, s.File):
            part = text[node.span.start : node.span.end]
            assert part == part.strip() and part
            assert not part.startswith("#")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", ("Int", 3)),
        ("0.5", ("Float", 0.5)),
        ("1e-3", ("Float", 1e-3)),
        ("80%", ("Percent", 80.0)),
        ("64x64x3", ("Size", [64, 64, 3])),
        ('"C:\\new"', ("String", "C:\\new")),
        ("true", ("Bool", True)),
        ("relu", call("relu")),
        ("5 epochs", ("Quantity", ("Int", 5), "epochs")),
        ("10deg", ("Quantity", ("Int", 10), "deg")),
        ("80% train", ("Quantity", ("Percent", 80.0), "train")),
        ("0..1", ("Range", ("Int", 0), ("Int", 1))),
        ("[]", ("List", [])),
        ("[1, 2,]", ("List", [("Int", 1), ("Int", 2)])),
        ("(k, 1)", ("Tuple", [call("k"), ("Int", 1)])),
        ("(1,)", ("Tuple", [("Int", 1)])),
        ("(1)", ("Int", 1)),
        ("backbone until b", ("Until", call("backbone"), "b")),
        ("-a", ("Unary", "-", call("a"))),
        ("input.channels", call("input.channels")),
        ("adam(1e-3)", call("adam", [("Arg", None, ("Float", 1e-3))])),
        ("sgd(momentum=0.9)", call("sgd", [("Arg", "momentum", ("Float", 0.9))])),
        (
            "1 + 2 * 3",
            ("Binary", "+", ("Int", 1), ("Binary", "*", ("Int", 2), ("Int", 3))),
        ),
        (
            "1 - 2 - 3",
            ("Binary", "-", ("Binary", "-", ("Int", 1), ("Int", 2)), ("Int", 3)),
        ),
        (
            "(1 + 2) * 3",
            ("Binary", "*", ("Binary", "+", ("Int", 1), ("Int", 2)), ("Int", 3)),
        ),
        (
            "not a == b and c or d",
            (
                "Binary",
                "or",
                (
                    "Binary",
                    "and",
                    ("Unary", "not", ("Binary", "==", call("a"), call("b"))),
                    call("c"),
                ),
                call("d"),
            ),
        ),
    ],
)
def test_values(text: str, expected: Any) -> None:
    assert value(text) == expected


EMPTY: tuple[str, list[Any]] = ("Body", [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("let a = 1", ("Let", "a", ("Int", 1))),
        ("param a = 1", ("Param", "a", ("Int", 1))),
        ("input 8x8", ("Input", None, ("Size", [8, 8]))),
        ("input a: 8", ("Input", "a", ("Int", 8))),
        ("input (n, 8)", ("Input", None, ("Tuple", [call("n"), ("Int", 8)]))),
        ("output a", ("Output", "a", None)),
        ("output a = F", ("Output", "a", ("Chain", [call("F")]))),
        ("layer a = F", ("Shared", "a", call("F"))),
        ("a = F -> G", ("Named", "a", ("Chain", [call("F"), call("G")]))),
        ("input -> F", ("Chain", [call("input"), call("F")])),
        ("F ->\n  G\n  -> H", ("Chain", [call("F"), call("G"), call("H")])),
        ("branch { }", ("Branch", EMPTY)),
        ("repeat 3 { }", ("Repeat", [], ("Int", 3), EMPTY)),
        ("repeat n { }", ("Repeat", [], call("n"), EMPTY)),
        (
            "repeat i in 1..n { }",
            ("Repeat", ["i"], ("Range", ("Int", 1), call("n")), EMPTY),
        ),
        ("repeat a, b in rows { }", ("Repeat", ["a", "b"], call("rows"), EMPTY)),
        (
            "if a { } else if b { }\nelse { }",
            ("If", call("a"), EMPTY, ("If", call("b"), EMPTY, EMPTY)),
        ),
        (
            "Add(a) { branch { } }",
            (
                "Chain",
                [call("Add", [("Arg", None, call("a"))], ("Body", [("Branch", EMPTY)]))],
            ),
        ),
    ],
)
def test_statements(text: str, expected: Any) -> None:
    assert statement(text) == expected


def test_a_call_spans_its_parentheses_and_its_body() -> None:
    text = "model m {\n  Add ( a ) { F }   # c\n}\n"
    (model,) = tree(text).items
    assert isinstance(model, s.Model)
    (chain,) = model.body.statements
    assert isinstance(chain, s.Chain)
    add = chain.calls[0]
    assert add.args_span is not None and add.body is not None
    spans = [add.span, add.args_span, add.body.span, model.span]
    parts = [text[span.start : span.end] for span in spans]
    assert parts == ["Add ( a ) { F }", "( a )", "{ F }", text.rstrip()]


@pytest.mark.parametrize("text", ["", "\n", "# only this", "\ufeff", "  # a\n\n  # b\n"])
def test_an_empty_text_has_no_items(text: str) -> None:
    assert tree(text).items == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("  ", "\t"),
        lambda text: text.rstrip("\n"),
        lambda text: text.rstrip("\n") + "   # the end",
    ],
    ids=["CRLF", "BOM", "tabs", "no last line end", "comment at the end"],
)
def test_ways_to_write_a_text_that_mean_the_same(change: Any) -> None:
    text = EXAMPLES[0].read_text("utf-8")
    changed = change(text)
    assert brief(tree(changed), changed) == brief(tree(text), text)


def layers(count: int) -> str:
    return "model m {\n" + "  Conv2D(32, 3x3, relu)\n" * count + "}\n"


def test_time_grows_with_length() -> None:
    # Ten times the text in at most fifty times the time: a quadratic parser would need a hundred.
    seconds = []
    for count in (1_000, 10_000):
        text, start = layers(count), time.process_time()
        tree(text)
        seconds.append(time.process_time() - start)
    assert seconds[1] < 50 * max(seconds[0], 0.02)
