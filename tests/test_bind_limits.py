"""Specs that are small to write and huge to compile: each ends quickly, with a message."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from specs_in_text import compiled, model

CHAIN = "block C0 { ReLU }\n" + "".join(f"block C{n} {{ C{n - 1} }}\n" for n in range(1, 2000))
TREE = "block T0 { ReLU }\n" + "".join(
    f"block T{n} {{ T{n - 1} -> T{n - 1} }}\n" for n in range(1, 41)
)
NESTED = "block N0 { ReLU }\n" + "".join(
    f"block N{n} {{ {'if true {' * 40} N{n - 1} {'}' * 40} }}\n" for n in range(1, 30)
)
ROWS = ", ".join(["(1, 2)"] * 20_000)

LIMITS: list[tuple[str, str, list[str]]] = [
    ("units", model("Flatten -> Dense(1000000000000)"), ["E0206"]),
    ("tensor", model("Flatten -> Dense(2000000000)"), ["E0330"]),
    ("parameters", model("Flatten\n" + "  Dense(40000)\n" * 10), ["E0330"]),
    ("input", model("ReLU", "100000x100000x100000"), ["E0330"]),
    ("long size", model("ReLU", "x".join(["2147483647"] * 5000)), ["E0327"]),
    ("long shape", model(f"Reshape({'x'.join(['2147483647'] * 5000)})"), ["E0310"]),
    ("rounds", model("repeat 1000000000 { ReLU }"), ["E0330"]),
    ("range", model("repeat i in 1..1000000000 { ReLU }"), ["E0330"]),
    ("endless range", model("repeat i in -999999999999..999999999999 { ReLU }"), ["E0330"]),
    ("empty rounds", model("repeat 1000 { repeat 1000 { repeat 1000 { } } }\n  ReLU"), ["E0330"]),
    ("full rounds", model("repeat 1000 { repeat 1000 { repeat 1000 { ReLU } } }"), ["E0330"]),
    ("wrong rounds", model("repeat 1000 { repeat 1000 { Dense(3) } }"), ["E0302"]),
    ("rows", model(f"repeat a, b in [{ROWS}] {{ }}\n  ReLU"), []),
    ("one wrong row", model(f"repeat a, b in [{ROWS}, 1] {{ }}\n  ReLU"), ["E0331"]),
    ("a tree of blocks", TREE + model("T40"), ["E0330"]),
    ("a tree of empty blocks", TREE.replace("{ ReLU }", "{ }") + model("T40\n  ReLU"), ["E0330"]),
    ("a chain of blocks", CHAIN + model("C1999"), ["E0330"]),
    ("blocks of nested braces", NESTED + model("N29"), ["E0330"]),
    ("nested braces", model("if true {" * 60 + "ReLU" + "}" * 60), ["E0330"]),
    ("nested calls", model("Flatten -> Dense(" + "min(1," * 90 + "1" + ")" * 90 + ")"), []),
    ("many terms", model("Flatten -> Dense(" + "+".join(["1"] * 10_000) + ")"), ["E0143"]),
    ("a long string", model(f'Flatten -> Dense("{"x" * 1_000_000}")'), ["E0205"]),
    ("a long word", model(f"Flatten -> Dense(3, {'x' * 1_000_000})"), ["E0202"]),
    ("a long layer", model("X" * 1_000_000), ["E0201"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), [case[1:] for case in LIMITS], ids=[c[0] for c in LIMITS]
)
def test_limits(text: str, expected: list[str]) -> None:
    start = time.process_time()
    found = compiled(text).diagnostics
    # Under a second on an idle machine; the rest is room for a busy one.
    assert time.process_time() - start < 5
    assert [diagnostic.code for diagnostic in found] == expected
    for diagnostic in found:
        assert len(diagnostic.message) + len(diagnostic.found or "") < 1000


def test_a_long_chain_is_no_problem() -> None:
    result = compiled(model("Conv2D(8, 3x3, same, relu)\n" * 10_000))
    assert result.diagnostics == [] and result.spec is not None
    assert len(result.spec.model.nodes) == 10_000


def test_little_is_imported_for_a_small_spec() -> None:
    """A cold start imports only the families of layers in use, and nothing for wrong specs."""
    code = (
        "import sys\nfrom specc.compile import compile_text\nfrom specc.source import Source\n"
        "text = 'model m {\\n input 8\\n Dense(3)\\n}\\n'\n"
        "assert compile_text(Source('a.cnn', text)).diagnostics == []\n"
        "print(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    frameworks = {"torch", "tensorflow", "keras", "numpy", "lark", "jinja2", "typer"}
    wrong_only = {
        "difflib",
        "specc.bind.advice.unknown_terms",
        "specc.bind.advice.wrong_values",
        "specc.bind.advice.wrong_arguments",
    }
    others = {"specc.ops.conv", "specc.ops.pool", "specc.ops.merge", "specc.data.sources"}
    assert not loaded & (frameworks | wrong_only | others)
