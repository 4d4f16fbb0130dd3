"""A term that a backend has no code for is refused where it stands, by `check` and by `build`.

A made-up package has a term of every category, and code for all but one of the backends.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from harness.packages import lay_out, specc
from harness.terms import backends
from safetensors.numpy import load_file

from specc.codegen.backend import Backend, get_backend
from specc.codegen.script.context import drawn_by, part_of
from specc.codegen.script.parts import COMMON, library
from specc.compile import compile_text
from specc.ir import Buildable
from specc.places import part_terms
from specc.registry import CATEGORIES, every, group
from specc.source import Source

TERMS = '''
from specc.cases import LossCase
from specc.data.calls import PartCall
from specc.data.scalings import Scaling
from specc.data.source import Source
from specc.kinds import Positive, String
from specc.ops.base import Layer
from specc.terms import arg
from specc.train.initializers import Initializer
from specc.train.losses import Loss
from specc.train.metrics import Metric
from specc.train.optimizers import Optimizer


class Twice(Layer):
    """`y = 2 x`."""

    label = "twice"

    def output_shape(self, *inputs):
        return inputs[0]


class Rough(Loss):
    """The largest error."""

    weight: Positive = arg("what it counts", default=1.0)


class Idle(Optimizer):
    """Moves nothing."""

    learning_rate: Positive = arg("of no use", default=1.0)


class Spread(Metric):
    """How far the errors are apart."""

    needs = "numbers"


class Lines(Source):
    """Numbers in lines."""

    path: String = arg("the file")

    def reads(self, path, feed):
        return PartCall("read_lines", (path,))


class Halves(Scaling):
    """A half of each number."""

    def made(self, top, part, name):
        return PartCall("Halved")


class Dots(Initializer):
    """Drawn as dots."""
'''
CLASSES = {
    "layer": "Twice", "loss": "Rough", "optimizer": "Idle", "metric": "Spread", "source": "Lines",
    "scaling": "Halves", "initializer": "Dots",
}  # fmt: skip
LOWERED = ("layer", "loss", "optimizer", "metric")
PARTS = """
import numpy as np
def read_lines(path): raise ZeroDivisionError(path)
def dots(rng, shape): return rng.integers(0, 2, shape).astype(np.float32)
class Halved: ...
"""
SPEC = """\
model lacks {
  input 3
  Dense(4, kernel_initializer=dots)
  ->  Twice
  Dense(1)
}
data {
  source = lines("a.txt")
  scale  =  halves
  split  = 80% train, 20% validation
}
train {
  loss      = rough(weight=2)
  metrics   = mae, spread
  optimizer = idle(0.5)
  batch     = 8
  epochs    = 1
}
"""
FOUND = {
    # category: what is refused, and the text that the error stands at
    "initializer": ("dots", "dots"),
    "layer": ("Twice", "Twice"),
    "source": ("lines", 'lines("a.txt")'),
    "scaling": ("halves", "halves"),
    "loss": ("rough", "rough(weight=2)"),
    "metric": ("spread", "spread"),
    "optimizer": ("idle", "idle(0.5)"),
}
PART = {"initializer": "dots", "source": "read_lines", "scaling": "Halved"}


def word(category: str) -> str:
    return CLASSES[category] if category == "layer" else CLASSES[category].lower()


@pytest.fixture(scope="module", params=backends())
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the spec; beside it, installed, the package that lacks code for the backend
    that the folder is called after."""
    lacking: str = request.param
    folder = tmp_path_factory.mktemp("lacking") / lacking
    points = {group(c): {word(c): f"made_up.terms:{cls}"} for c, cls in CLASSES.items()}
    others = [name for name in backends() if name != lacking]
    names = {c: word(c) if c == "layer" else f"{c}.{word(c)}" for c in LOWERED}
    points["specc.lowerings"] = {
        f"{other}.{name}": "made_up.lower:anything" for other in others for name in names.values()
    }
    points["specc.backends.parts"] = {f"{other}.made_up": "made_up.parts" for other in others}
    files = {
        "made_up/__init__.py": "",
        "made_up/terms.py": TERMS,
        "made_up/lower.py": "def anything(term, site):\n    raise AssertionError\n",
        "made_up/parts/__init__.py": "",
        "made_up/parts/parts.py": PARTS,
    }
    lay_out(folder / "installed", files, points)
    (folder / "lacks.cnn").write_text(SPEC, encoding="utf-8")
    return folder


def diagnostics(place: Path, *words: str) -> list[dict[str, object]]:
    done = specc(*words, "--format", "json", place=(place, place / "installed"))
    assert done.stdout.startswith("{"), done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)["diagnostics"]
    assert done.returncode == bool(found)
    return found


def wanted(backend: str) -> list[tuple[object, ...]]:
    """Of every category what is said and where, in the order of the spec."""
    title = get_backend(backend).title
    rows: list[tuple[object, ...]] = []
    for category, (name, text) in FOUND.items():
        (line,) = [n for n, each in enumerate(SPEC.splitlines(), 1) if text in each.split("#")[0]]
        column = SPEC.splitlines()[line - 1].index(text) + 1
        message = f"refused by {title}: the {backend} backend has no `{name}`"
        message += f": no part `{PART[category]}`" if category in PART else ""
        ends = {"line": line, "column": column}, {"line": line, "column": column + len(text)}
        rows.append(("E0601", message, *ends))
    return rows


def test_every_category_is_among_them() -> None:
    assert CLASSES.keys() == FOUND.keys() == {*CATEGORIES}


def test_check_refuses_each_term_at_its_place(place: Path) -> None:
    lacking = place.name
    found = diagnostics(place, "check", "lacks.cnn", "--backend", lacking)
    said = [(each["code"], each["message"], each["start"], each["end"]) for each in found]
    assert sorted(said, key=str) == sorted(wanted(lacking), key=str)
    assert {each["path"] for each in found} == {"lacks.cnn"}


def test_the_other_backends_refuse_nothing_of_it(place: Path) -> None:
    """All of them together say what the one that lacks them says alone."""
    for other in backends():
        if other != place.name:
            assert not diagnostics(place, "check", "lacks.cnn", "--backend", other)
    every_one = diagnostics(place, "check", "lacks.cnn")
    assert {each["code"] for each in every_one} == {"E0601"}
    assert len(every_one) == len(CLASSES)


def test_what_no_backend_is_asked_for_finds_the_parts_of_any(place: Path) -> None:
    checked = specc("check", "--data", "lacks.cnn", place=(place, place / "installed"))
    assert "error[E0450]: " in checked.stderr and "ZeroDivisionError: a.txt" in checked.stderr
    where = (place, place / "installed")
    drawn = specc("weights", "init", "lacks.cnn", "-o", "first.safetensors", place=where)
    assert drawn.returncode == 0, drawn.stderr
    weight = load_file(place / "first.safetensors")["dense1.weight"]
    assert {*weight.ravel()} == {0.0, 1.0}


def test_build_refuses_them_too_and_writes_nothing(place: Path) -> None:
    words = ("build", "lacks.cnn", "--backend", place.name, "-o", "never")
    done = specc(*words, place=(place, place / "installed"))
    assert done.returncode == 1
    for row in wanted(place.name):
        start = row[2]
        assert isinstance(start, dict)
        at = f"lacks.cnn:{start['line']}:{start['column']}: error[E0601]: {row[1]}\n"
        assert at in done.stderr, done.stderr
    assert not (place / "never").exists()


def test_every_backend_has_the_parts_of_specc_itself() -> None:
    """Which is why those of packages alone are looked up."""
    known = library(COMMON).names()
    init = import_module(f"{COMMON}.init")
    for cls in every("initializer"):
        assert callable(getattr(init, drawn_by(cls.model_construct())[0])), cls
    for scale in ("0..1", "standardize", "standardize(mean=[1], std=[2])"):
        for source in ('npz("a.npz")', 'folder("a", channels=1)', 'mnist("a")'):
            assert _called(source, scale) <= known
    assert _called('csv("a.csv", target="y")', "standardize", "input 3\n") == {
        "glorot_uniform", "constant", "read_csv", "measure",
    }  # fmt: skip
    for name in backends():
        backend: Backend = get_backend(name)
        assert COMMON in backend.parts


def _called(source: str, scale: str, given: str = "input 28x28x1\n  Flatten\n") -> set[str]:
    text = f"model a {{\n  {given}  Dense(10, softmax)\n}}\n"
    text = text.replace("10, softmax", "1") if source.startswith("csv") else text
    loss = "mse" if source.startswith("csv") else "categorical_crossentropy"
    split = "" if source.startswith("folder") else "  split = 90% train, 10% validation\n"
    text += f"data {{\n  source = {source}\n  scale = {scale}\n{split}}}\n"
    text += f"train {{\n  loss = {loss}\n  optimizer = sgd\n  batch = 2\n  epochs = 1\n}}\n"
    result = compile_text(Source("a.cnn", text))
    assert isinstance(result.spec, Buildable), result.diagnostics
    return {part_of(result.spec, at, term) for at, _, term in part_terms(result.spec)}


@pytest.mark.parametrize("backend", backends())
def test_the_text_of_a_module_tells_what_it_lowers(backend: str) -> None:
    """`check` asks the text first: each answer must be the one that an import gives."""
    lowerings = get_backend(backend).lowerings
    for cls in (cls for category in CATEGORIES for cls in every(category)):
        assert lowerings.has(cls) == (lowerings.find(cls) is not None), cls
