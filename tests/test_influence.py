"""Tensors whose true gradient is 0: proven to have no influence, and no place for a bug to hide.

What counts as rounding is said in specc/parity/tolerances.py and specc/parity/influence.py.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from harness.backends import BACKENDS
from mutations.suite import Reusing, Store
from safetensors.numpy import save_file

from specc import parity
from specc.building import build_file
from specc.codegen.backend import get_backend
from specc.parity.case import Answer, Move
from specc.parity.gradient import gradients
from specc.parity.influence import settled
from specc.parity.moves import moved
from specc.parity.pair import Pair
from specc.parity.text import render
from specc.parity.tolerances import FLOAT64

FRAME = """
data {
  source = digits
  split  = 80% train, 20% validation
  scale  = standardize
}
train {
  loss      = categorical_crossentropy
  optimizer = adam(0.01)
  batch     = 32
  epochs    = 2
  seed      = 3
}
"""
START = "  input 8x8x1\n  start = Conv2D(4, 3x3, same, tanh)\n  right = start -> Conv2D(1, 3x3)\n"
# Each branch has another reason; what its tensors are that have no influence, and those that have
# a gradient but not at first.
BRANCHES = {
    "pool, upsampling, two norms": (
        "Conv2D(3, 3x3, bias_initializer=ones) -> MaxPool2D(2x2) -> UpSample2D(2)"
        " -> BatchNorm -> BatchNorm -> ReLU",
        ("conv1.bias", "norm1.bias"),
    ),
    "joined and added": (
        "Add { branch { Conv2D(2, 3x3) -> Concat(right) }\n branch { Conv2D(3, 3x3) } }"
        " -> BatchNorm -> ReLU",
        ("right.bias", "conv2.bias", "conv3.bias"),
    ),
    "depthwise and pointwise": (
        "DepthwiseConv2D(3x3) -> Conv2D(3, 1x1, bias=false) -> BatchNorm -> ReLU",
        ("depthwise1.bias",),
    ),
    "the offset of a norm": (
        "BatchNorm -> Conv2D(3, 3x3, bias=false) -> InstanceNorm -> ReLU",
        ("norm5.bias",),
    ),
    "means of what has none": ("InstanceNorm", ("norm7.weight",)),
    "small, not none": (
        "Add { branch { DepthwiseConv2D(3x3, same) -> LayerScale(1e-6) }\n branch { } }",
        (),
    ),
    "none at first": (
        "Add { branch { DepthwiseConv2D(3x3, same) -> LayerScale(0) }\n branch { } }",
        (),
    ),
    "keys": ("Reshape(64x4) -> MultiHeadAttention(2) -> Reshape(8x8x4)", ("attention.key.bias",)),
}
LATE = ("depthwise3.weight", "depthwise3.bias")
"""Of the branch `none at first`."""


def network(*names: str) -> str:
    """A model with some of the branches, or all of them."""
    lines = [
        f"  b{n} = start -> {text} -> GlobalAvgPool2D"
        for n, (name, (text, _)) in enumerate(BRANCHES.items())
        if not names or name in names
    ]
    first, *others = [line.split()[0] for line in lines]
    body = "\n".join([*lines, f"  {first} -> Concat({', '.join(others)})", "  Dense(10, softmax)"])
    return f"model removed {{\n{START}{body}\n}}\n{FRAME}"


def write(folder: Path, text: str) -> Path:
    spec = folder / "removed.cnn"
    spec.write_text(text, "utf-8")
    return spec


def chain(body: str) -> str:
    return f"model removed {{\n  input 8x8x1\n{body}\n  Dense(10, softmax)\n}}\n{FRAME}"


@pytest.mark.parity
def test_what_has_no_influence_is_named(tmp_path: Path, probes: parity.Probes) -> None:
    some = ("joined and added", "the offset of a norm", "small, not none", "none at first")
    spec = write(tmp_path, network(*some))
    report = parity.run(spec, level=5, whole=False, probes=probes)
    said = render(report)
    assert report.passed and len(report.levels) == 6, said
    gradients = report.levels[2]
    assert {*gradients.removed} == {"right.bias", "conv1.bias", "conv2.bias", "norm2.bias"}, said
    assert gradients.late == ("depthwise2.weight", "depthwise2.bias"), said
    assert "small gradients, each for itself" in {check.what for check in gradients.checks}
    assert "`conv2.bias`, `norm2.bias` have no influence: what follows removes it" in said
    assert "no influence" not in render(report, verbose=False)
    assert report.as_json()["levels"][2]["removed"] == gradients.removed


@pytest.mark.parity
def test_outputs_that_cannot_vary_are_told(tmp_path: Path, probes: parity.Probes) -> None:
    """The mean of what InstanceNorm makes is its offset: logits are rounding, unlike in both."""
    body = "  Conv2D(4, 3x3) -> InstanceNorm -> GlobalAvgPool2D"
    report = parity.run(write(tmp_path, chain(body)), whole=False, probes=probes)
    said = render(report)
    assert [level.status for level in report.levels] == ["passed", "did not run"], said
    assert "the outputs cannot depend on the inputs: they are rounding" in said
    assert "differ" not in said


def test_a_move_is_seeded_and_visible() -> None:
    value = np.arange(1.0, 7.0).reshape(2, 3)
    there = moved("a", value, [Move(0.1, 5)])
    assert np.array_equal(there, moved("a", value, [Move(0.1, 5, ("a",))]))
    assert np.array_equal(value, moved("a", value, [Move(0.1, 5, ("b",))]))
    assert not np.array_equal(there, moved("b", value, [Move(0.1, 5)]))
    size = np.sqrt(np.mean(value**2))
    assert 0 < np.abs(there - value).max() < 0.1 * size * 4  # four standard deviations
    assert np.abs(moved("a", 0 * value, [Move(0.1, 5)])).min() > 0


STOPPED = {
    "keras": (
        'name="conv1"),',
        'name="conv1"), layers.Lambda(lambda x: keras.ops.stop_gradient(x) + 0 * x),',
    ),
    "torch": ("x = self.conv1(x)", "x = self.conv1(x)\n        x = x.detach() + 0 * x"),
}


@pytest.mark.parity
def test_a_gradient_that_is_stopped_in_both_is_told(tmp_path: Path, probes: parity.Probes) -> None:
    """Nothing differs, and the weights look as if they had no influence."""
    spec = write(tmp_path, chain("  Conv2D(4, 3x3)\n  Conv2D(4, 3x3, bias=false, tanh) -> Flatten"))
    scripts = {}
    for backend, (old, new) in STOPPED.items():
        text = build_file(spec, [get_backend(backend)]).scripts[backend]
        assert text.count(old) == 1, text
        scripts[backend] = tmp_path / f"{backend}.py"
        scripts[backend].write_text(text.replace(old, new), "utf-8")
    report = parity.run(spec, scripts=scripts, level=4, whole=False, probes=probes)
    said = render(report)
    assert [level.passed for level in report.levels] == [True, True, False], said
    assert "`conv1.weight` gets no gradient, although the outputs depend on it" in said


def test_what_is_not_moved_proves_nothing(tmp_path: Path) -> None:
    """As from a probe that knows no moves: the outputs stay, and say nothing."""
    arrays = {"gradient/a": np.ones(3), "gradient/b": 1e-16 * np.ones(3)}
    arrays |= {"parameter/0/a": np.ones(3), "parameter/0/b": np.ones(3), "logits": np.ones((2, 3))}
    save_file(arrays, tmp_path / "same.safetensors")
    facts = {"order": list(arrays), "trainable": ["a", "b"], "losses": [1.0]}
    one, other = (Answer(each, facts, tmp_path / "same.safetensors") for each in BACKENDS)
    pair = Pair(one, other, FLOAT64)
    level = gradients(pair)
    assert level.passed and pair.idle == {"b"}
    found = settled(level, [pair], lambda moves: [one, other], lambda answers: [pair])
    assert found.status == "did not run"
    assert found.note == "`a` of keras was not moved: its influence is not known"


# What somebody did to PyTorch's script of the network with all branches, the highest level that
# may see it, and what must be named.
STEP = "        optimizer.step()\n"
BACK = '        losses["loss"].backward()\n'


def drift(change: str) -> tuple[str, str]:
    return STEP, f"        with torch.no_grad():\n            model.{change}\n{STEP}"


def doubled(tensor: str) -> tuple[str, str]:
    return BACK, f"{BACK}        model.{tensor}.grad.mul_(2)\n"


NORM1 = "self.norm1 = BatchNorm2d(3, eps=0.001, momentum=0.01"
ADAM = "eps=1e-07, fused=True"
BUGS = {
    "another epsilon": (("self.norm5 = BatchNorm2d(4, eps=0.001",
                         "self.norm5 = BatchNorm2d(4, eps=0.0011"), 1, "norm5"),
    "what has no influence begins elsewhere": (
        ("(constant, value=1.0)", "(constant, value=0.9)"), 1, "conv1"),
    "the bias behind the norm does not learn": (
        ("x = self.norm1(x)", "self.norm1.bias.requires_grad_(False)\n        x = self.norm1(x)"),
        2, "norm1.bias"),
    "no gradient before the pool": (("x = self.pool(x)", "x = self.pool(x.detach())"), 2, "conv1"),
    "no gradient before the norm": (
        ("x = self.norm5(start)", "x = self.norm5(start.detach())"), 2, "start"),
    "what has no influence is not there": (
        ("self.conv3 = nn.Conv2d(4, 3, kernel_size=3)",
         "self.conv3 = nn.Conv2d(4, 3, kernel_size=3, bias=False)"), 2, "conv3.bias"),
    "a small gradient is doubled": (doubled("depthwise2.weight"), 2, "depthwise2.weight"),
    "a late gradient is doubled": (doubled("depthwise3.weight"), 4, "depthwise3.weight"),
    "weight decay of what has no influence": (drift("conv1.bias.mul_(0.9999)"), 3, "conv1.bias"),
    "what has no influence drifts": (drift("norm7.weight.add_(1e-6)"), 3, "norm7.weight"),
    "keys drift": (drift("attention.key.bias.add_(1e-6)"), 3, "attention.key.bias"),
    "another momentum of the statistics": ((NORM1, f"{NORM1}1"), 3, "norm1"),
    "another beta": (("betas=(0.9, 0.999)", "betas=(0.9, 0.998)"), 3, ""),
    "AMSGrad": ((ADAM, f"{ADAM}, amsgrad=True"), 4, ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def reusing(probes: parity.Probes) -> Reusing:
    """Keras computes its side once: no bug is in it."""
    return Reusing(probes.each, probes.launchers, Store())


@pytest.fixture(scope="module")
def everything(
    tmp_path_factory: pytest.TempPathFactory, reusing: Reusing
) -> tuple[Path, dict[str, str]]:
    spec = write(tmp_path_factory.mktemp("removed"), network())
    report = parity.run(spec, level=4, whole=False, probes=reusing)
    said = render(report)
    assert report.passed, said
    removed = sorted(name for _, names in BRANCHES.values() for name in names)
    assert sorted(report.levels[2].removed) == removed, said
    assert report.levels[2].late == LATE, said
    return spec, build_file(spec, [get_backend(each) for each in BACKENDS]).scripts


@pytest.mark.parity
@pytest.mark.slow
@pytest.mark.parametrize("name", BUGS)
def test_no_bug_hides(
    name: str, everything: tuple[Path, dict[str, str]], reusing: Reusing, tmp_path: Path
) -> None:
    (old, new), level, named = BUGS[name]
    spec, scripts = everything
    assert scripts["torch"].count(old) == 1, scripts["torch"]
    script = tmp_path / "edited.py"
    script.write_text(scripts["torch"].replace(old, new), "utf-8")
    report = parity.run(spec, scripts={"torch": script}, level=4, whole=False, probes=reusing)
    said = render(report)
    assert report.failed is not None and report.failed.status == "failed", said
    assert report.failed.number <= level, said
    assert report.difference is not None and named in report.difference.sentence(), said
