"""Every term has its NumPy meaning, which is held against derivatives, scikit-learn and laws; no
command reads it."""

from __future__ import annotations

import math
import re
from importlib import import_module
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from harness.processes import start
from harness.scripts import said
from harness.term_wrong import WRONG
from harness.terms import ROOT, Use, ends_of, run_of, term_of, terms, uses
from mutations.suite import BUGS
from sklearn import metrics as sklearn

from specc.bind.model.single_layer import layer_from_text
from specc.cases import InitializerCase, SourceCase
from specc.codegen.script.context import drawn_by
from specc.compile import compile_text
from specc.meaning import HOMES, Array, drawn, meaning
from specc.meaning.initializers import Law
from specc.ops.dense import Dense
from specc.registry import every
from specc.source import Source
from specc.terms import Term

init = import_module("specc.backends.parts.init")


def listed(*categories: str) -> list[object]:
    return [pytest.param(use, id=f"{use.key} {use.case.about}") for use in uses(*categories)]


# ---- nothing is forgotten


@pytest.mark.parametrize("category", HOMES)
def test_every_term_has_a_meaning_and_a_case(category: str) -> None:
    for cls in every(category):
        assert cls.cases, f"{cls.word()} has no case"
        assert callable(meaning(cls)), f"{cls.word()} has no meaning"


def test_every_term_has_a_wrong_variant_or_a_mutant() -> None:
    """A mutant is a bug in the text of a script, a wrong variant another meaning."""
    known = {f"{category} {cls.word()}" for category, cls in terms()}
    wrong = {f"{category} {word}" for category, word, _, _ in WRONG}
    mutants = {term for bug in BUGS for term in bug.terms}
    assert wrong | mutants == known
    assert len({row[:3] for row in WRONG}) == len(WRONG)


@pytest.mark.parametrize(
    "case", [case for cls in every("source") for case in cls.cases], ids=lambda case: case.text
)
def test_a_source_can_be_written_so(case: SourceCase) -> None:
    """Whether the model fits its samples is another question, and not one of its arguments."""
    own = re.findall(r"(photo|facts|price)=", case.text)
    model = "input 8\n  Dense(1)"
    if own:
        model = f"input {own[0]}: 8\n  input more: 8\n  {own[0]} -> Concat(more)\n"
        model += f"  output {own[1]} = Dense(1)"
    text = f"model a {{\n  {model}\n}}\ndata {{\n  source = {case.text}\n}}\n"
    found = compile_text(Source("a.cnn", text)).diagnostics
    assert not [each for each in found if each.code.startswith(("E01", "E02"))], found


@pytest.mark.parametrize("command", ["check", "build"])
def test_no_command_reads_a_meaning(command: str, tmp_path: Path) -> None:
    options = ["-o", str(tmp_path)] if command == "build" else []
    words = [command, str(ROOT / "specs" / "homes.cnn"), *options]
    code = (
        "import sys\nfrom specc.cli.main import app\n"
        f"app({words!r}, standalone_mode=False)\n"
        "print(*[name for name in sys.modules if name.startswith('specc.')])"
    )
    process = start("", "-c", code, folder=tmp_path, fresh=True)
    modules = said(process, 0).splitlines()[-1].split()
    assert "specc.terms" in modules
    assert not [name for name in modules if name.startswith("specc.meaning")]


# ---- losses


@pytest.mark.parametrize("use", listed("loss"))
def test_a_slope_is_the_derivative(use: Use) -> None:
    """The differences stay on their side of a kink, and are off by 1e-16 / step of the value."""
    outputs, targets = drawn.answers(use.case, ends_of(use))
    loss, term, step = meaning(use.cls), term_of(use), 2**-21
    value, slope = loss(term, outputs, targets)
    for place in np.ndindex(*outputs.shape):
        moved = np.zeros_like(outputs)
        moved[place] = step
        above, below = (loss(term, outputs + way * moved, targets)[0] for way in (1, -1))
        assert slope[place] == pytest.approx(
            (above - below) / (2 * step), rel=1e-3, abs=1e-5 + 2e-9 * abs(value)
        )


# ---- optimizers


def test_optimizers_by_hand() -> None:
    """The first two updates, worked out on paper for gradients of 2 and -1."""
    sgd, ahead, adam, adagrad = (
        next(u for u in uses("optimizer") if u.case.text == text)
        for text in (
            "sgd(0.1, momentum=0.9)", "sgd(0.1, momentum=0.9, nesterov=true)", "adam(0.01)",
            "adagrad(0.1, epsilon=0.01)",
        )
    )  # fmt: skip
    start, gradients = np.array([1.0]), [np.array([2.0]), np.array([-1.0])]

    def after(use: Use) -> list[float]:
        return [float(each[0]) for each in meaning(use.cls)(term_of(use), start, gradients)]

    assert after(sgd) == pytest.approx([0.8, 0.72], rel=1e-12)
    assert after(ahead) == pytest.approx([0.62, 0.648], rel=1e-12)
    first = 0.01 * math.sqrt(0.001) / 0.1 * 0.2 / (math.sqrt(0.004) + 1e-7)
    mean, square = 0.9 * 0.2 - 0.1, 0.999 * 0.004 + 0.001
    rate = 0.01 * math.sqrt(1 - 0.999**2) / (1 - 0.9**2)
    second = rate * mean / (math.sqrt(square) + 1e-7)
    assert after(adam) == pytest.approx([1 - first, 1 - first - second], rel=1e-12)
    first, second = 0.2 / math.sqrt(4.11), -0.1 / math.sqrt(5.11)
    assert after(adagrad) == pytest.approx([1 - first, 1 - first - second], rel=1e-12)


@pytest.mark.parametrize("use", listed("optimizer"))
def test_a_run_moves_weights_that_have_gradients(use: Use) -> None:
    weights, gradients = run_of(use)
    for name, weight in weights.items():
        (*_, last) = meaning(use.cls)(term_of(use), weight, [each[name] for each in gradients])
        still = last == weight
        assert still.reshape(-1)[0] and still.sum() == 1


# ---- metrics


@pytest.mark.parametrize("use", listed("metric"))
def test_metrics_are_those_of_scikit_learn(use: Use) -> None:
    outputs, targets = drawn.answers(use.case, use.case.ends)
    found = meaning(use.cls)(term_of(use), outputs, targets, use.case.ends)
    assert found == pytest.approx(_by_sklearn(use, outputs, targets), rel=1e-12, nan_ok=True)


def _by_sklearn(use: Use, outputs: Array, targets: Array) -> float:
    term, binary = term_of(use), use.case.ends == "sigmoid"
    named = (outputs > 0) if binary else outputs.argmax(axis=-1)
    flat, true = named.ravel().astype(int), targets.ravel()
    average = "binary" if binary else getattr(term, "average", None)
    match term.word():
        case "accuracy":
            return float(sklearn.accuracy_score(true, flat))
        case "top_k":
            # scikit-learn breaks ties by the order of the classes; here they are hits.
            rows, classes = outputs.reshape(-1, outputs.shape[-1]), range(outputs.shape[-1])
            better = rows + 1e-9 * (np.arange(len(classes)) == true[:, np.newaxis])
            if term.k == len(classes):
                return 1.0
            if len(classes) == 2:
                return float(np.mean(better.argmax(axis=1) == true))
            return float(sklearn.top_k_accuracy_score(true, better, k=term.k, labels=[*classes]))
        case "precision" | "recall" | "f1":
            score = getattr(sklearn, f"{term.word()}_score")
            return float(score(true, flat, average=average, zero_division=0))
        case "auc":
            chances = np.exp(outputs) / np.exp(outputs).sum(axis=-1, keepdims=True)
            columns = [outputs[:, 0]] if binary else [*chances.T]
            wanted = [true == 1] if binary else [true == c for c in range(len(columns))]
            if any(len({*one}) == 1 for one in wanted):
                return math.nan
            return float(
                np.mean([sklearn.roc_auc_score(*p) for p in zip(wanted, columns, strict=True)])
            )
        case "mae":
            return float(sklearn.mean_absolute_error(true, outputs.ravel()))
        case "mape":
            # scikit-learn's own takes a target below 2e-16 for 0, and here it is one below 1e-7.
            shares = 1 / np.maximum(np.abs(true), 1e-7)
            weighed = sklearn.mean_absolute_error(true, outputs.ravel(), sample_weight=shares)
            return float(100 * weighed * shares.mean())
        case "rmse":
            return float(sklearn.root_mean_squared_error(true, outputs.ravel()))
    raise AssertionError(use)


# ---- initializers

INITIALIZERS = [
    case for cls in every("initializer") for case in cls.cases if isinstance(case, InitializerCase)
]


def law_of(case: InitializerCase) -> Law:
    term = initializer(case.text)
    found = meaning(type(term))(term, case.shape)
    assert isinstance(found, Law)
    return found


def initializer(text: str) -> Term:
    layer = layer_from_text(f"Dense(4, kernel_initializer={text})")
    assert isinstance(layer, Dense)
    return layer.kernel_initializer


def drawn_of(case: InitializerCase) -> Array:
    """A weight as a script draws it."""
    function, options = drawn_by(initializer(case.text))
    rng = init.weight_stream(3, case.text)
    weight: Array = getattr(init, function)(rng, case.shape, **options).astype(np.float64)
    return weight


def fits(weight: Array, law: Law) -> bool:
    """Five standard errors for mean and deviation, and ends that are kept and nearly reached.

    The deviation's is largest for a normal law, `std / sqrt(2 n)`. Of 1,536 numbers of a normal law
    that is cut at 2, ten are beyond 1.9.
    """
    if law.exactly is not None:
        return bool(np.array_equal(weight, law.exactly))
    near = abs(weight.mean() - law.mean) < 5 * law.std / weight.size**0.5
    wide = abs(weight.std() / law.std - 1) < 5 / (2 * weight.size) ** 0.5
    ends = (weight.min() - law.low, law.high - weight.max())
    margin = 0.05 * (law.high - law.low) / 2
    return near and wide and all(-1e-6 < end <= margin for end in ends)


@pytest.mark.parametrize("case", INITIALIZERS, ids=lambda case: f"{case.text} {case.about}")
def test_weights_follow_their_law(case: InitializerCase) -> None:
    weight = drawn_of(case)
    assert weight.shape == case.shape
    assert fits(weight, law_of(case))


def test_weights_follow_no_other_law() -> None:
    for one, other in permutations(INITIALIZERS, 2):
        if one.shape == other.shape:
            assert not fits(drawn_of(one), law_of(other)), (one.text, other.text)
