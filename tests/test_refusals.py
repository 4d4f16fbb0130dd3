"""What backends refuse is shown: by the uses that a layer lists as `refusable`, found by a run."""

from __future__ import annotations

import ast
import traceback
from importlib.resources import files
from pathlib import Path

import pytest
from harness.layers import BACKENDS, lowered, lowerings

from specc.bind.model.single_layer import layer_from_text
from specc.called import refusals
from specc.codegen.lowering import Refused
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


def test_every_refusal_in_the_code_is_shown_by_a_use() -> None:
    assert {place for backend in BACKENDS for place in written(backend)} == {
        place for backend in BACKENDS for _, case in REFUSABLE for place in reached(backend, case)
    }


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
    try:
        lowered(backend, layer_from_text(case.text), case.inputs)
    except Refused as refused:
        frame = traceback.extract_tb(refused.__traceback__)[-1]
        return [(frame.filename, frame.lineno or 0)]
    return []
