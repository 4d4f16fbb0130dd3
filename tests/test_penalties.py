"""`l1` and `l2`: whose they are, what they add to the loss, and what is said where they are wrong.

That both frameworks mean the same is shown by the mutants of tests/mutations/specs/penalty.cnn and
by the layers' cases; here the numbers are held against the formula.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness.backends import BACKENDS

from specc import ir
from specc.bind.model.single_layer import layer_from_text
from specc.building import Built, build_file
from specc.codegen.backend import get_backend
from specc.codegen.model.plan import make_plan
from specc.compile import compile_text
from specc.diagnostics.model import Diagnostic
from specc.ops.base import Layer, Penalty
from specc.parity.case import Answer, Case
from specc.parity.client import Probes
from specc.parity.job import raw_of
from specc.registry import every
from specc.source import Source
from specc.weights import initial

SPEC = Path(__file__).parent / "mutations" / "specs" / "penalty.cnn"
SIZES = (8, 8, 5)
OPS = [op for op in every("layer") if issubclass(op, Layer)]
KERNELS = {
    "Dense": {"weight"},
    "Conv": {"weight"},
    "DepthwiseConv": {"weight"},
    "SeparableConv": {"depthwise.weight", "pointwise.weight"},
    "MultiHeadAttention": {f"{part}.weight" for part in ("query", "key", "value", "output")},
    "SimpleRNN": {"weight_ih_l0", "weight_hh_l0"},
    "LSTM": {"weight_ih_l0", "weight_hh_l0"},
    "GRU": {"weight_ih_l0", "weight_hh_l0"},
}
"""The tensors that count, by layer: what docs/language.md says of kernels."""


def compiled(text: str) -> tuple[ir.Spec | None, list[Diagnostic]]:
    result = compile_text(Source("a.cnn", text))
    return result.spec, result.diagnostics


def numbers(spec: ir.Spec) -> dict[str, tuple[float, float]]:
    """l1 and l2 of each layer that has them."""
    found = {node.layer: node.op.model_dump() for node in spec.model.nodes}
    return {name: (op["l1"], op["l2"]) for name, op in found.items() if "l1" in op}


MODEL = """
model a {
  input 8
  layer shared = Dense(8, l2=0.5)
  shared -> shared
  Dense(8) -> BatchNorm
  Dense(8, l1=0.25, l2=0)
  Dense(1)
}
"""
HEAD = 'data {\n  source = csv("a.csv", target="y")\n}\n'
TRAIN = "train {\n  loss = mse\n  optimizer = sgd\n  batch = 2\n  epochs = 1\n  SETTING\n}\n"


def test_a_layer_s_own_number_goes_before_train_s() -> None:
    plain = {"shared": (0, 0.5), "dense1": (0, 0), "dense2": (0.25, 0), "dense3": (0, 0)}
    for setting, l1, l2 in (("", 0, 0), ("l2 = 1%", 0, 0.01), ("l1 = 1e-3\n  l2 = 2", 1e-3, 2)):
        spec, found = compiled(MODEL + TRAIN.replace("SETTING", setting))
        assert spec is not None, found
        given = {"shared": (l1, 0.5), "dense1": (l1, l2), "dense2": (0.25, 0), "dense3": (l1, l2)}
        assert numbers(spec) == (given if setting else plain)
        assert ir.Spec.model_validate_json(spec.model_dump_json()) == spec
        ops = [node.op for node in spec.model.nodes if node.layer == "shared"]
        assert len(ops) == 2 and ops[0] is ops[1]
    spec, _ = compiled(MODEL)
    assert spec is not None and numbers(spec) == plain


def kernels(op: Layer, inputs: tuple[tuple[int, ...], ...]) -> dict[str, Penalty | None]:
    return {weight.name: weight.penalty for weight in op.weights(*inputs)}


@pytest.mark.parametrize("cls", OPS, ids=lambda cls: cls.__name__)
def test_kernels_and_nothing_else_count(cls: type[Layer]) -> None:
    word = next((w for w in KERNELS if cls.__name__.startswith(w)), "")
    for case in cls.cases:
        op = layer_from_text(case.text)
        if not word:
            assert not {"l1", "l2"} & set(cls.model_fields)
            assert not any(kernels(op, case.inputs).values())
            continue
        op = op.model_copy(update={"l1": 0.25, "l2": 0.5})
        found = kernels(op, case.inputs)
        ends = ("", "_reverse") if getattr(op, "bidirectional", False) else ("",)
        wanted = {f"{name}{end}" for name in KERNELS[word] for end in ends}
        assert {name for name, penalty in found.items() if penalty} == wanted
        assert {penalty for penalty in found.values() if penalty} == {Penalty(0.25, 0.5)}


ERRORS = [
    # what stands in MODEL, what stands there instead, the setting, code, part of the help
    ("BatchNorm", "BatchNorm(l2=0.1)", "", "E0203", "this layer has none"),
    ("BatchNorm", "LeakyReLU(kernel_regularizer=0.1)", "", "E0203", "this layer has none"),
    ("BatchNorm", "BatchNorm(gamma_regularizer=0.1)", "", "E0203", "the scales of a norm add"),
    ("Dense(1)", "Dense(1, l2=-0.1)", "", "E0206", ""),
    ("Dense(1)", "Dense(1, l1=true)", "", "E0205", ""),
    ("Dense(1)", "Dense(1, bias_regularizer=0.1)", "", "E0203", "biases add nothing"),
    ("Dense(1)", "Dense(1, weight_decay=1e-3)", "", "E0203", "`l2 = 0.0005`, half of it"),
    ("Dense(1)", "Dense(1, kernel_regularizer=0.1)", "", "E0203", "write `l2=1e-4`"),
    ("Dense(1)", "Reshape(4x2) -> LSTM(1, recurrent_regularizer=L2(0.1))", "", "E0203",
     "write `l2=0.1`, which is about both kernels of `LSTM`"),
    ("", "", "weight_decay = 1e-3", "E0402", "`l2 = 0.0005`, half of it"),
    ("", "", "weight_decay = 1 / 3", "E0402", "`l2` with half the number"),
    ("", "", "kernel_regularizer = 1e-3", "E0402", "did you mean `l2`?"),
    ("", "", "l2 = -1e-3", "E0206", ""),
    ("", "", "l2 = 1e-3, 1e-4", "E0405", ""),
    ("optimizer = sgd", "optimizer = sgd(l2=1e-3)", "", "E0203", "`l2 = 1e-3`"),
    ("optimizer = sgd", "optimizer = sgd(weight_decay=1)", "", "E0203", "`l2 = 0.5`"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "setting", "code", "help"), ERRORS)
def test_wrong_places_and_foreign_names(
    old: str, new: str, setting: str, code: str, help: str
) -> None:
    text = (MODEL + TRAIN).replace(old, new) if old else MODEL + TRAIN
    _, (found,) = compiled(text.replace("SETTING", setting))
    assert found.code == code
    assert help in (found.help or "")


def test_a_block_has_none_of_its_own() -> None:
    text = "block Two {\n  Dense(4)\n}\nmodel a {\n  input 4\n  Two(l2=0.1)\n}\n"
    _, (found,) = compiled(text)
    assert found.code == "E0203" and "a setting of `train" in (found.help or "")


FIXES = {
    "regularizers.L2(1e-4)": "l2=1e-4",
    "keras.regularizers.l1(0.5)": "l1=0.5",
    "L1L2(l1=0.1, l2=1 / 4)": "l1=0.1, l2=1 / 4",
    "l1_l2(0.1, l2=0.2)": "l1=0.1, l2=0.2",
    "L2(l2=0.1, name=3)": None,
    "OrthogonalRegularizer(0.1)": None,
    '"l2"': None,
}


@pytest.mark.parametrize("written", FIXES)
def test_a_regularizer_of_keras_is_rewritten(written: str) -> None:
    text = f"model a {{\n  input 4\n  Dense(4, kernel_regularizer={written}, relu)\n}}\n"
    _, (found,) = compiled(text)
    assert found.code == "E0203"
    fixed = FIXES[written]
    assert (found.fix is None) == (fixed is None)
    if found.fix is not None and fixed is not None:
        (edit,) = found.fix.edits
        mended = text[: edit.span.start] + edit.text + text[edit.span.end :]
        assert mended == text.replace(f"kernel_regularizer={written}", fixed)
        assert compiled(mended)[1] == []


@pytest.mark.parametrize("layers", ["Dense(1, l2=0.1)", "BatchNorm"])
def test_a_setting_that_reaches_nothing(layers: str) -> None:
    text = f"model a {{\n  input 1\n  {layers}\n}}\n" + TRAIN.replace("SETTING", "l2 = 0.1")
    _, (found,) = compiled(text)
    assert found.code == "E0415"


# ---- what stands in the scripts


def test_a_script_without_a_penalty_says_nothing_of_it() -> None:
    plain = MODEL.replace(", l2=0.5", "").replace(", l1=0.25, l2=0", "")
    for setting in ("", "l1 = 0\n  l2 = 0"):
        spec, found = compiled(HEAD + plain + TRAIN.replace("SETTING", setting))
        assert isinstance(spec, ir.Buildable), found
        for backend in BACKENDS:
            text = get_backend(backend).script(spec)
            assert "penalty" not in text and "regularizer" not in text


FORMS = {
    "all alike": ({}, "l2 = 1e-4", "0.0001 * torch.stack([w.square()"),
    "both for all": ({}, "l1 = 1 / 30000\n  l2 = 1 / 3", "return of_l1 + of_l2"),
    "by name": ({"Dense(1)": "Dense(1, l1=0.5)"}, "", 'l1 = {"dense3.weight": 0.5}'),
    "some apart": ({"Dense(1)": "Dense(1, l2=0.5)"}, "l2 = 1 / 30000", "own_l2.get(key, 3.33333"),
}


def test_scripts_of_all_forms_are_clean(tmp_path: Path) -> None:
    plain = MODEL.replace(", l2=0.5", "").replace(", l1=0.25, l2=0", "")
    for name, (changes, setting, shown) in FORMS.items():
        text = HEAD + plain + TRAIN.replace("SETTING", setting)
        for old, new in changes.items():
            text = text.replace(old, new)
        spec, found = compiled(text)
        assert isinstance(spec, ir.Buildable), found
        for backend in BACKENDS:
            script = get_backend(backend).script(spec)
            assert backend != "torch" or shown in script
            (tmp_path / f"{name.replace(' ', '_')}_{backend}.py").write_text(script, "utf-8")
    project = Path(__file__).parents[1] / "pyproject.toml"
    for tool in (["format", "--check"], ["check"]):
        command = [sys.executable, "-m", "ruff", *tool, "--config", str(project), str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_tensors_of_several_axes_that_are_no_kernels_cost_nothing() -> None:
    layers = "Embedding(5, 8) -> PositionEmbedding -> LayerNorm(all)"
    kernels = " -> ".join(4 * ["Conv1D(3, 2)"])  # with the last one more than there are others
    model = f"model a {{\n  input 6\n  {layers}\n  {kernels} -> Flatten\n  Dense(1)\n}}\n"
    spec, found = compiled(HEAD + model + TRAIN.replace("SETTING", "l2 = 1e-4"))
    assert isinstance(spec, ir.Buildable), found
    script = get_backend("torch").script(spec)
    exempt = ("embedding.weight", "position.weight", "norm.weight", "norm.bias")
    assert all(f'"{name}": 0.0' in script for name in exempt)
    assert script.count(": 0.0") == len(exempt)
    assert get_backend("keras").script(spec).count("_regularizer=") == 5


# ---- what the loss holds


def case(backend: str, built: Built, folder: Path) -> Case:
    """An epoch of two whole batches and a smaller one, on made data."""
    assert built.spec is not None
    script = folder / f"{backend}.py"
    script.write_text(built.scripts[backend], "utf-8")
    return Case(
        script=str(script),
        folder=str(folder / backend),
        samples=sum(SIZES),
        batch=SIZES[0],
        epochs=1,
        raw=raw_of(built.spec),
        synthetic=True,
    )


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, probes: Probes) -> dict[str, tuple[Any, ...]]:
    """What each backend computes with and without the penalties, from the same weights."""
    folder = tmp_path_factory.mktemp("penalties")
    text = SPEC.read_text("utf-8")
    free = text.replace(", l2=2e-2", "").replace(", l1=1e-2", "").replace(", l1=5e-3, l2=0", "")
    found: dict[str, tuple[Any, ...]] = {}
    for name, spec in (("with", text), ("without", free.replace("  l2        = 5e-3\n", ""))):
        here = folder / name
        here.mkdir()
        (here / "a.cnn").write_text(spec, "utf-8")
        built = build_file(here / "a.cnn", [get_backend(backend) for backend in BACKENDS])
        assert built.spec is not None, built.diagnostics
        found[name] = (built.spec, *probes.run({b: case(b, built, here) for b in BACKENDS}))
    return found


def cost(spec: ir.Spec) -> float:
    """The formula, on the initial weights, in float64."""
    drawn = initial.draw(spec.model, 4)
    total = 0.0
    for name, weight in make_plan(spec.model).weights:
        if weight.penalty is not None:
            w = drawn[name].astype(np.float64)
            total += weight.penalty.l1 * np.abs(w).sum() + weight.penalty.l2 * (w * w).sum()
    return total


@pytest.mark.parity
@pytest.mark.parametrize("place", range(len(BACKENDS)), ids=BACKENDS)
def test_the_loss_holds_the_penalty_once(answers: dict[str, tuple[Any, ...]], place: int) -> None:
    """Of a batch and of an evaluation; rounding of sums as short as these is below 1e-14."""
    spec, *ran = answers["with"]
    _, *free = answers["without"]
    one: Answer = ran[place]
    other: Answer = free[place]
    assert cost(spec) > 0.5
    assert one.losses[0] - other.losses[0] == pytest.approx(cost(spec), rel=1e-13)
    evaluated = one.evaluations[0]["loss"] - other.evaluations[0]["loss"]
    assert evaluated == pytest.approx(cost(spec), rel=1e-13)


@pytest.mark.parity
@pytest.mark.parametrize("place", range(len(BACKENDS)), ids=BACKENDS)
def test_an_epoch_s_loss_weights_each_batch_by_its_size(
    answers: dict[str, tuple[Any, ...]], place: int
) -> None:
    """The penalty changes from batch to batch, as the weights do."""
    one: Answer = answers["with"][1 + place]
    mean = sum(size * loss for size, loss in zip(SIZES, one.losses, strict=True)) / sum(SIZES)
    assert one.rows[0]["loss"] == pytest.approx(mean, rel=1e-13)
    assert one.rows[0]["loss"] != pytest.approx(sum(one.losses) / 3, rel=1e-6)
