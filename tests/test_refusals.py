"""What backends refuse is shown: by the uses that a layer lists as `refusable`, found by a run.

Terms of the training are refused alike, each at its place; no backend here refuses any of them yet.
"""

from __future__ import annotations

import ast
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest
from harness.backends import BACKENDS
from harness.layers import lowered, lowerings
from harness.terms import Use, able, backends, compiled, refusable, uses

from specc.bind.model.single_layer import layer_from_text
from specc.building import build_file
from specc.called import refusals
from specc.codegen.backend import Backend, get_backend
from specc.codegen.lowering import Lower, Lowerings, Refused
from specc.codegen.training import sites
from specc.ops.base import Case, Layer
from specc.registry import every
from specc.terms import Term

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


class Less(Lowerings):
    """PyTorch's lowerings without that of one term, and with another one refused."""

    def __init__(self, refused: type[Term], missing: type[Term]) -> None:
        super().__init__("torch", "specc.backends.torch")
        self.missing = missing
        self.lowers(refused)(self.refuse)

    def refuse(self, term: Term, site: object) -> None:
        raise Refused(f"`{term.word()}` is too much", help="leave it out")

    def find(self, term: type[Term]) -> Lower | None:
        known = self.functions.get(term) or get_backend("torch").lowerings.find(term)
        return None if term is self.missing else known


class Partial(type(get_backend("torch"))):  # type: ignore[misc]
    lowerings = property(lambda self: self.known)

    def __init__(self, refused: type[Term], missing: type[Term]) -> None:
        super().__init__()
        self.known = Less(refused, missing)


HOMES = Path(__file__).parent.parent / "specs" / "homes.cnn"


@pytest.mark.parametrize(
    ("category", "name", "shown"),
    [
        ("loss", "Huber", "huber(delta=0.5, weight=2.5)"),
        ("metric", "F1", "f1"),
        ("metric", "Mae", "mae"),
        ("optimizer", "Adam", "adam(learning_rate=2e-3)"),
    ],
)
def test_terms_of_the_training_are_refused_where_they_stand(
    category: str, name: str, shown: str
) -> None:
    (term,) = (each for each in every(category) if each.__name__ == name)
    assert shown in HOMES.read_text("utf-8")
    other = next(each for each in every("loss") if each.__name__ == "CategoricalCrossentropy")
    backend: Backend = Partial(term, other)
    built = build_file(HOMES, [backend])
    said = {
        each.source.text[each.span.start : each.span.end]: (each.code, each.message, each.help)
        for each in built.diagnostics
    }
    assert not built.scripts
    assert said == {
        shown: ("E0601", f"refused by PyTorch: `{term.word()}` is too much", "leave it out"),
        "categorical_crossentropy": (
            "E0601", "refused by PyTorch: the torch backend has no `categorical_crossentropy`", None
        ),
    }  # fmt: skip
