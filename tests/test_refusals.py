"""What backends refuse is shown: by the uses that a layer lists as `refusable`, found by a run."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest
from harness.layers import BACKENDS, lowered, lowerings
from harness.terms import Use, able, backends, compiled, refusable, uses

from specc.bind.model.single_layer import layer_from_text
from specc.called import refusals
from specc.codegen.lowering import Refused
from specc.codegen.training import sites
from specc.ops.base import Case, Layer
from specc.registry import every

OPS = [cls for cls in every("layer") if issubclass(cls, Layer)]
REFUSABLE = [(op, case) for op in OPS for case in op.refusable]


@pytest.mark.parametrize(("op", "case"), REFUSABLE, ids=lambda value: getattr(value, "text", ""))
def test_what_a_backend_refuses(op: type[Layer], case: Case) -> None:
    layer = layer_from_text(case.text)
    assert type(layer) is op
    assert not list(layer.problems(*case.inputs))
    found = [each for backend in BACKENDS for each in refusals(lowerings(backend), op)]
    said = [each for each in found if each.case == case]
    assert 0 < len(said) < len(BACKENDS), "one backend refuses it, and another one does not"
    assert all(each.reason and each.argument in {None, *op.model_fields} for each in said)


def test_no_case_is_refused() -> None:
    """A case is to show that all backends mean the same, so none of them may lack it."""
    found = [each for op in OPS for name in BACKENDS for each in refusals(lowerings(name), op)]
    assert {each.case for each in found} == {case for _, case in REFUSABLE}


def test_no_case_of_training_and_data_is_refused() -> None:
    refused = [(use.title, able(use)) for use in uses() if able(use) != backends()]
    assert not refused


def test_refusable_terms_are_refused_by_some_backend_alone() -> None:
    for use in refusable():
        assert 0 < len(able(use)) < len(backends()), use.title


def test_every_refusal_in_the_code_is_shown_by_a_use() -> None:
    shown = {place for b in BACKENDS for _, case in REFUSABLE for place in reached(b, case)}
    shown |= {place for b in BACKENDS for use in refusable() for place in reached_by(b, use)}
    assert {place for backend in BACKENDS for place in written(backend)} == shown


def written(backend: str) -> list[tuple[str, int]]:
    """Where a backend's modules say `raise Refused`: file and line."""
    return [
        (str(path), node.lineno)
        for path in sorted(Path(str(files(lowerings(backend).package))).glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise) and node.exc and "Refused" in ast.dump(node.exc)
    ]


def reached(backend: str, case: Case) -> list[tuple[str, int]]:
    """Where a backend refuses the case; nowhere where it does not."""
    return refusing(lambda: lowered(backend, layer_from_text(case.text), case.inputs))


def reached_by(backend: str, use: Use) -> Iterator[tuple[str, int]]:
    """The same of a case of training or data."""
    for _, term, site in sites(compiled(use)):
        yield from refusing(partial(lowerings(backend).lower, term, site))


def refusing(lower: Callable[[], object]) -> list[tuple[str, int]]:
    try:
        lower()
    except Refused as refused:
        frame = traceback.extract_tb(refused.__traceback__)[-1]
        return [(frame.filename, frame.lineno or 0)]
    return []
