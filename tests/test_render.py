"""Diagnostics as text and for programs."""

from __future__ import annotations

import json
import re
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specc.diagnostics import Edit, Fix, Related, error, warning
from specc.diagnostics.codes import all_codes, explain
from specc.diagnostics.render import MAX_LINE, render
from specc.diagnostics.width import cells
from specc.source import Source, Span

TEXT = """model m {
  input 8x8x32
  MaxPool2D(2x2)
  Dropout(0.5)
  Conv2D(32, 9x9, relu)
}
"""
SOURCE = Source("a.cnn", TEXT)


def span(part: str, source: Source = SOURCE) -> Span:
    start = source.text.index(part)
    return Span(start, start + len(part))


KERNEL = error(
    "E0301",
    "kernel is larger than the 4x4 input",
    SOURCE,
    span("9x9"),
    label="window is 9x9",
    related=(Related(SOURCE, span("MaxPool2D(2x2)"), "output here is 4x4x32"),),
    expected="at most 4x4",
    found="9x9",
    help="use a smaller kernel, or `padding=same`",
    fix=Fix("use 3x3", (Edit(span("9x9"), "3x3"),)),
)


def test_text_lists_all_places_in_the_order_of_the_lines() -> None:
    assert render([KERNEL]) == dedent(
        """\
        a.cnn:5:14: error[E0301]: kernel is larger than the 4x4 input
          |
        3 |   MaxPool2D(2x2)
          |   -------------- output here is 4x4x32
        ...
        5 |   Conv2D(32, 9x9, relu)
          |              ^^^ window is 9x9
          = expected: at most 4x4
          = found: 9x9
          = help: use a smaller kernel, or `padding=same`
        """
    )


def test_a_place_in_another_file_has_its_own_listing() -> None:
    other = Source("b.cnn", "\nblock B { }\n")
    found = warning(
        "W0201",
        "twice",
        SOURCE,
        span("model"),
        related=(Related(other, span("B", other), "first here"),),
    )
    assert render([found]).splitlines()[1:] == [
        "  |",
        "1 | model m {",
        "  | ^^^^^",
        " ::: b.cnn:2:7",
        "  |",
        "2 | block B { }",
        "  |       - first here",
    ]


def under(line: str, part: str) -> tuple[str, str]:
    """The shown line and the row below it, without the gutter."""
    source = Source("a.cnn", line)
    rows = render([error("E0301", "m", source, span(part, source))]).splitlines()
    return rows[2].removeprefix("1 | "), rows[3].removeprefix("  | ")


@pytest.mark.parametrize(
    ("line", "part", "shown", "marks"),
    [
        ("ab cd", "cd", "ab cd", "   ^^"),
        ("\tab\tcd", "cd", "    ab  cd", "        ^^"),
        ("日本 cd", "cd", "日本 cd", "     ^^"),
        ("🙂 cd", "cd", "🙂 cd", "   ^^"),
        ("e\u0301 cd", "cd", "e\u0301 cd", "  ^^"),
        ("日本", "本", "日本", "  ^^"),
        ("\x1b[31m cd", "cd", "\\x1b[31m cd", "         ^^"),
        ("\u202e cd", "cd", "\\u202e cd", "       ^^"),
        ("a\x00b", "\x00", "a\\x00b", " ^^^^"),
    ],
)
def test_marks_stand_under_what_they_mark(line: str, part: str, shown: str, marks: str) -> None:
    assert under(line, part) == (shown, marks)


def test_a_span_over_several_lines_is_marked_to_the_end_of_the_first() -> None:
    source = Source("a.cnn", "Add {\n  Flatten\n}\n")
    rows = render([error("E0301", "m", source, Span(4, 17))]).splitlines()
    assert rows[2:] == ["1 | Add {", "  |     ^"]


@pytest.mark.parametrize("before", [0, 10, 5_000])
def test_a_long_line_is_cut_around_the_place(before: int) -> None:
    line = "x" * before + " here " + "y" * 5_000
    shown, marks = under(line, "here")
    assert len(shown) <= MAX_LINE + 6
    assert shown[marks.index("^") :].startswith("here")
    assert marks.strip() == "^^^^"


def test_a_place_without_characters_gets_one_mark() -> None:
    rows = render([error("E0301", "m", SOURCE, Span(len(TEXT), len(TEXT)))]).splitlines()
    assert rows[2:] == ["7 |", "  | ^"]


def test_order_and_repetition() -> None:
    later = error("E0302", "later", SOURCE, span("relu"))
    elsewhere = error("E0302", "elsewhere", Source("0.cnn", "x"), Span(0, 1))
    shown = render([later, KERNEL, later, elsewhere, KERNEL])
    heads = [line for line in shown.splitlines() if "error[" in line]
    assert [head.split(": ")[-1] for head in heads] == [
        "elsewhere",
        "kernel is larger than the 4x4 input",
        "later",
    ]


def test_color_only_if_asked() -> None:
    plain, colored = render([KERNEL]), render([KERNEL], color=True)
    assert "\x1b" not in plain
    assert re.sub("\x1b\\[[0-9;]*m", "", colored) == plain


@given(st.text(max_size=40), st.text(max_size=10))
def test_nothing_of_a_text_reaches_the_terminal_unescaped(text: str, message: str) -> None:
    source = Source(f"{message}.cnn", text)
    found = error("E0301", message, source, Span(0, len(text)), label=message, help=message)
    assert all(char == "\n" or char.isprintable() or char.isspace() for char in render([found]))
    assert "\x1b" not in render([found]) and "\r" not in render([found])


@given(st.text(max_size=40))
def test_cells_never_go_back(text: str) -> None:
    _, columns = cells(text)
    assert len(columns) == len(text) + 1
    assert columns == sorted(columns)


def test_json() -> None:
    (found,) = json.loads(render([KERNEL], "json"))["diagnostics"]
    place = {"start": {"line": 5, "column": 14}, "end": {"line": 5, "column": 17}}
    assert found == {
        "code": "E0301",
        "severity": "error",
        "message": "kernel is larger than the 4x4 input",
        "path": "a.cnn",
        **place,
        "label": "window is 9x9",
        "expected": "at most 4x4",
        "found": "9x9",
        "help": "use a smaller kernel, or `padding=same`",
        "related": [
            {
                "path": "a.cnn",
                "start": {"line": 3, "column": 3},
                "end": {"line": 3, "column": 17},
                "message": "output here is 4x4x32",
            }
        ],
        "fix": {"title": "use 3x3", "edits": [{**place, "text": "3x3"}]},
    }


def test_sarif() -> None:
    syntax = error("E0120", "m", Source("a b/c.cnn", "Flatten()"), Span(7, 9))
    log = json.loads(render([KERNEL, syntax], "sarif"))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    rules = run["tool"]["driver"]["rules"]
    named = [rules[result["ruleIndex"]]["id"] for result in run["results"]]
    assert named == [result["ruleId"] for result in run["results"]] == ["E0120", "E0301"]
    by_code = {result["ruleId"]: result for result in run["results"]}
    where = by_code["E0120"]["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "a%20b/c.cnn"
    assert where["region"] == {"startLine": 1, "startColumn": 8, "endLine": 1, "endColumn": 10}
    assert by_code["E0301"]["level"] == "error"
    change = by_code["E0301"]["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert change["insertedContent"] == {"text": "3x3"}
    assert len(by_code["E0301"]["relatedLocations"]) == 1


def test_github_escapes_what_would_end_a_command() -> None:
    found = error("E0301", "100% bad\nline", Source("a,b:c.cnn", "x"), Span(0, 1), help="h")
    assert render([found], "github") == (
        "::error file=a%2Cb%3Ac.cnn,line=1,col=1,endLine=1,endColumn=2,title=E0301"
        "::100%25 bad%0Aline%0Ahelp: h\n"
    )


@pytest.mark.parametrize("format", ["json", "sarif"])
def test_no_diagnostics_are_a_whole_document(format: str) -> None:
    assert json.loads(render([], format))  # type: ignore[arg-type]
    assert render([]) == render([], "github") == ""


def test_pages_of_codes() -> None:
    page = explain("E0120")
    assert page is not None
    assert page.title == "empty parentheses"
    assert page.bad is not None and "Flatten()" in page.bad
    assert "```" not in page.text
    assert "E0120" in all_codes()
    assert explain("E9999") is None
    assert explain("../model") is None
