"""Values that a layer reads by name, beside the chain's: `memory=encoded`."""

from __future__ import annotations

import pytest
from specs_in_text import compiled

HEAD = "input text: 6x4\n  input picture: 8x8x4\n  encoded = picture -> Reshape(64x4)\n"


def result(line: str) -> list[tuple[str, str]]:
    found = compiled(f"model net {{\n  {HEAD}  {line}\n  Flatten -> Dense(2)\n}}")
    return [(one.code, one.message) for one in found.diagnostics]


def test_a_layer_reads_a_second_value_by_name() -> None:
    text = f"model net {{\n  {HEAD}  text -> MultiHeadAttention(2, memory=encoded)\n}}"
    spec = compiled(text).spec
    assert spec is not None
    (attention,) = (node for node in spec.model.nodes if node.name == "attention")
    assert attention.inputs == ("text", "encoded")
    assert attention.shape == (6, 4)


PROBLEMS = [
    ("text -> MultiHeadAttention(2, encoded)", "E0221",
     "`MultiHeadAttention` takes a value by its name"),
    ("encoded -> MultiHeadAttention(2, memory=3)", "E0221", "`memory` is a value of the graph"),
    ("text -> MultiHeadAttention(2, memory=encoded, memory=encoded)", "E0204",
     "`memory` is given twice"),
    ("text -> MultiHeadAttention(2, memory=picture)", "E0301",
     "`MultiHeadAttention` works on a sequence"),
    ("a = encoded -> ReLU\n  b = ReLU\n  encoded -> Subtract(a, b)", "E0322",
     "`Subtract` reads at most 2 values"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "code", "message"), PROBLEMS)
def test_problem(line: str, code: str, message: str) -> None:
    assert (code, message) in result(line)
