"""In a whole script nothing stands that its spec cannot reach."""

from __future__ import annotations

from pathlib import Path

import pytest
import regenerate
from harness.backends import BACKENDS
from harness.reach import decided, unread
from pages import ROOT
from test_consumed import SPECS
from test_data_check import TWO_INPUTS
from test_several import SEVERAL

from specc.building import build_file
from specc.codegen.backend import get_backend
from specc.ir import Buildable

MORE = {**SPECS, **SEVERAL, "two": TWO_INPUTS}
NAMES = [*(path.stem for path in regenerate.specs()), *MORE]


@pytest.mark.parametrize("name", NAMES)
def test_every_branch_can_be_reached(name: str, tmp_path: Path) -> None:
    path = ROOT / "specs" / f"{name}.cnn"
    if name in MORE:
        path = tmp_path / f"{name}.cnn"
        path.write_text(MORE[name])
    built = build_file(path, [get_backend(backend) for backend in BACKENDS])
    assert isinstance(built.spec, Buildable) and len(built.scripts) == 2
    for text in built.scripts.values():
        assert decided(text) == [] and unread(text) == set()
        for title, values in (
            ("input", built.spec.model.inputs),
            ("output", built.spec.model.outputs),
        ):
            assert (f"{title} `" in text) == (
                len(values) > 1
            )  # a message that names one of several


SCRIPT = """
from functools import partial

LIMIT = 3


class Count:
    def __init__(self, size: int = 0, *, step: int = 1) -> None:
        self.size = size or {size}
        self.step = step if step > 1 else 1


def outer(x: int, mean: float | None = None) -> int:
    return inner(x, mean, LIMIT)


def inner(x: int, mean: float | None, limit: int) -> int:
    if x > limit and {inner}:
        return 1
    return [y for y in range(x) if {each}][0]


def figure(x: int, average: str) -> int:
    return 1 if {average} else 0


def main(x: int) -> None:
    print(outer(x), outer(x + 1), Count(x), map(partial(figure, average="macro"), [x]))


for n in range(LIMIT):
    main(n)
"""
OPEN = {"size": "x", "inner": "x", "each": "y > limit", "average": "x"}


@pytest.mark.parametrize(
    ("place", "test", "found"),
    [
        ("inner", "mean", "inner: mean"),
        ("inner", "not (mean is None)", "inner: not mean is None"),
        ("each", "limit > 2", "inner: limit > 2"),
        ("average", "average == 'macro'", "figure: average == 'macro'"),
    ],
)
def test_a_dead_branch_is_found(place: str, test: str, found: str) -> None:
    assert decided(SCRIPT.format(**OPEN)) == ["Count: step > 1"]
    assert found in decided(SCRIPT.format(**(OPEN | {place: test})))


def test_a_name_that_nothing_reads_is_found() -> None:
    assert unread(SCRIPT.format(**OPEN)) == set()
    assert unread("def f(n: int) -> int:\n    return f(n - 1)\n\n\nLEFT: int = 1\n") == {
        "f",
        "LEFT",
    }
