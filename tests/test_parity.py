"""`specc parity`: scripts that mean the same pass, edited ones are caught and the place is found.

Where the tolerances come from is said in specc/parity/tolerances.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from harness.backends import BACKENDS
from harness.networks import FRAME
from safetensors.numpy import save_file
from typer.testing import CliRunner

from specc import parity
from specc.building import build_file
from specc.cli.main import app
from specc.codegen.backend import get_backend
from specc.codegen.script.form import Form
from specc.compile import compile_text
from specc.ir import Buildable
from specc.parity import protocol
from specc.parity.case import Answer
from specc.parity.job import raw_of
from specc.parity.page import plot
from specc.parity.page import render as render_page
from specc.parity.pair import Pair
from specc.parity.philox import keep_mask, uniform
from specc.parity.report import Curve
from specc.parity.text import render
from specc.parity.twin import trained
from specc.source import Source

SPECS = Path(__file__).parent.parent / "specs"
SMALL = {"fashion": {"width": "4"}}

# Strides with odd pads, statistics, dropout, momentum, smoothing: what is wrong with any shows.
EVERYTHING = """
model everything {
  input 8x8x1
  Conv2D(6, 3x3, stride=2, same, bias=false)
  BatchNorm(momentum=0.9) -> ReLU
  MaxPool2D(2x2)
  Flatten
  Dropout(0.25)
  Dense(16, relu)
  Dense(10, softmax)
}

data {
  source = digits
  split  = 80% train, 20% validation
  scale  = standardize
}

train {
  loss      = categorical_crossentropy(label_smoothing=0.1)
  optimizer = sgd(0.05, momentum=0.9, nesterov=true)
  metrics   = accuracy
  batch     = 64
  epochs    = 2
  seed      = 5
}
"""
NOISE = EVERYTHING.replace(
    "  Flatten\n",
    "  SpatialDropout2D(0.2)\n  GaussianNoise(0.1)\n  DropPath(0.2)\n  GaussianDropout(0.1)\n"
    "  Flatten\n",
)
BIASED = EVERYTHING.replace("same, bias=false)", "same)").replace(
    "sgd(0.05, momentum=0.9, nesterov=true)", "adam(learning_rate=1e-3)"
)
HIDDEN = "  Dense(16, relu)\n"
# Nothing comes through, there or back.
DEAD = {
    "a factor of 0": f"{HIDDEN}  Rescaling(0)\n",
    "dropout draws masks of nothing": f"{HIDDEN}  Rescaling(0, offset=1)\n  Dropout(0.5)\n",
    "all ReLUs are dead": f"{HIDDEN}  Rescaling(-1)\n  ReLU\n",
    "all weights are 0": "  Dense(16, relu, kernel_initializer=zeros)\n",
    "weights of 0 in the middle": f"{HIDDEN}  Dense(10, kernel_initializer=zeros)\n",
}


def write(folder: Path, text: str) -> Path:
    spec = folder / "model.cnn"
    spec.write_text(text)
    return spec


@pytest.mark.parity
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.stem for path in SPECS.glob("*.cnn")))
def test_specs(name: str, probes: parity.Probes) -> None:
    report = parity.run(
        SPECS / f"{name}.cnn", level=5, settings=SMALL.get(name), whole=False, probes=probes
    )
    print(render(report))
    assert report.passed, render(report)
    worst = [level.worst for level in report.levels[1:5]]
    assert all(check is not None and check.error < 1e-9 for check in worst)


@pytest.mark.parity
@pytest.mark.parametrize("text", [EVERYTHING, NOISE, BIASED], ids=["everything", "noise", "biased"])
def test_mean_the_same(text: str, tmp_path: Path, probes: parity.Probes) -> None:
    report = parity.run(write(tmp_path, text), level=5, probes=probes)
    assert report.passed, render(report)
    assert [level.name for level in report.levels] == ["L0", "L1", "L2", "L3", "L4", "L5"]
    assert "the spec's own" in report.data
    assert "Keras's" in report.randomness


# What is wrong in the file that a backend makes for the twin, and where the report must see it.
TWINS = {
    "nothing": ("torch", "", "", ""),
    "epsilon": ("torch", "eps=0.001", "eps=1e-05", "layer `norm`, output"),
    "smoothing": ("torch", ", label_smoothing=0.1", "", "train-mode `loss`"),
    "nesterov": ("torch", ", nesterov=True", "", "layer `conv`, parameter `conv.weight"),
    "later": (
        "torch",
        "        optimizer.step()\n",
        "        optimizer.defaults['count'] = optimizer.defaults.get('count', 0) + 1\n"
        "        if optimizer.defaults['count'] == 7:\n"
        "            optimizer.param_groups[0]['lr'] *= 1.01\n"
        "        optimizer.step()\n",
        "after 10 updates",
    ),
}


@pytest.mark.parity
@pytest.mark.slow
@pytest.mark.parametrize("name", TWINS)
def test_the_smooth_twin(
    name: str, tmp_path: Path, probes: parity.Probes, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, old, new, place = TWINS[name]
    original = protocol.write

    def write_twin(
        texts: Mapping[str, str], folder: Path, given: Mapping[str, Path], form: Form
    ) -> dict[str, Path]:
        if folder.name == "twin" and old:
            assert texts[backend].count(old) >= 1, texts[backend]
            texts = {**texts, backend: texts[backend].replace(old, new)}
        return original(texts, folder, given, form)

    monkeypatch.setattr(protocol, "write", write_twin)
    report = parity.run(write(tmp_path, EVERYTHING), level=7, whole=False, probes=probes)
    said = render(report)
    assert report.passed == (not old), said
    assert report.levels[-1].name == "L7", said
    if old:
        assert report.difference is not None, said
        assert place in report.difference.sentence(), said
        assert set(report.difference.values) == set(BACKENDS) and report.difference.cause, said


@pytest.mark.parity
@pytest.mark.slow
def test_the_twin_does_not_hold_a_given_script(tmp_path: Path, probes: parity.Probes) -> None:
    spec, script = write(tmp_path, EVERYTHING), tmp_path / "given.py"
    script.write_text(build_file(spec, [get_backend("torch")]).scripts["torch"], "utf-8")
    report = parity.run(spec, scripts={"torch": script}, level=7, whole=False, probes=probes)
    assert report.passed, render(report)
    assert "the script given for torch is not in it" in render(report)


@pytest.mark.parity
@pytest.mark.parametrize("name", DEAD)
def test_a_dead_network_proves_nothing(name: str, tmp_path: Path, probes: parity.Probes) -> None:
    spec = write(tmp_path, EVERYTHING.replace(HIDDEN, DEAD[name]))
    report = parity.run(spec, level=5, whole=False, probes=probes)
    assert not report.passed
    assert report.failed is not None and report.failed.status == "did not run", render(report)
    assert report.failed.number in (1, 2), render(report)


def test_trained_networks_that_died_prove_nothing(tmp_path: Path) -> None:
    alive = np.random.default_rng(3).standard_normal((50, 10))
    shown = []
    for number, (one, other) in enumerate(
        [(alive, alive), (alive, -alive), (alive * 0, alive * 0), (alive, alive[:20])]
    ):
        answers: list[Answer] = []
        for backend, logits in (("keras", one), ("torch", other)):
            file = tmp_path / f"{backend}{number}.safetensors"
            save_file({"eval/0": np.ascontiguousarray(logits)}, file)
            facts = {"order": ["eval/0"], "settings": {"seed": 7}, "evaluations": [{"loss": 1.0}]}
            answers.append(Answer(backend, facts, file))
        shown.append(trained([Pair(answers[0], answers[1], {})]))
    assert [level.status for level in shown] == ["passed", "failed", "did not run", "failed"]
    assert shown[1].difference is not None and shown[1].difference.index == (0,)
    assert "do not vary" in shown[2].note


@dataclass(frozen=True)
class Edit:
    """What somebody did to a script, and what the report must say of it."""

    backend: str
    before: str
    after: str
    level: int
    place: str
    cause: str


EDITS = {
    "epsilon": Edit("torch", "eps=0.001", "eps=1e-05", 1, "norm", "epsilon"),
    "flatten": Edit("torch", "x.permute(0, 2, 3, 1).flatten(", "x.flatten(", 1, "dropout", "order"),
    "padding": Edit("torch", "(0, 1, 0, 1)", "(1, 0, 1, 0)", 1, "conv", ""),
    "momentum of the statistics": Edit(
        "torch", "momentum=0.1)", "momentum=0.9)", 3, "norm", "momentum"
    ),
    "unbiased variance": Edit("torch", "= BatchNorm2d(", "= nn.BatchNorm2d(", 3, "norm", "n/(n-1)"),
    "eval mode": Edit("torch", "    model.eval()\n", "", 1, "", "eval mode"),
    "smoothing": Edit("torch", ", label_smoothing=0.1", "", 1, "", "smoothing"),
    "sum": Edit("torch", "smoothing=0.1)", "smoothing=0.1, reduction='sum')", 1, "", "sum"),
    "nesterov": Edit("keras", ", nesterov=True", "", 3, "conv", ""),
    "rate": Edit("torch", "float = flag(0.05", "float = flag(0.0501", 3, "conv", "1.002"),
    "seed": Edit("keras", "seed: int = flag(5", "seed: int = flag(6", 0, "", "seed"),
    "order": Edit("torch", "reorder(config.seed, e", "reorder(config.seed + 1, e", 0, "", "order"),
    "kernel": Edit("torch", "glorot_uniform(rng, s", "2 * glorot_uniform(rng, s", 1, "conv", "2 "),
    "a broken script": Edit("torch", "self.dense1(x)", "self.dense7(x)", 0, "", "dense7"),
}


@pytest.mark.parity
@pytest.mark.slow
@pytest.mark.parametrize("name", EDITS)
def test_edited_scripts_are_caught(name: str, tmp_path: Path, probes: parity.Probes) -> None:
    edit, spec = EDITS[name], write(tmp_path, EVERYTHING)
    built = build_file(spec, [get_backend(each) for each in BACKENDS])
    text = built.scripts[edit.backend]
    assert edit.before in text, text
    script = tmp_path / "edited.py"
    script.write_text(text.replace(edit.before, edit.after))
    # The batches of the whole run are looked at where an edit changes them.
    whole = edit.level == 0
    report = parity.run(spec, level=5, scripts={edit.backend: script}, whole=whole, probes=probes)
    said = render(report)
    assert report.failed is not None, said
    assert report.failed.number == edit.level, said
    difference = report.difference
    assert difference is not None, said
    assert edit.place in difference.layer, said
    assert edit.cause in difference.cause, said
    if difference.layer:
        assert set(difference.values) == set(BACKENDS), said


@pytest.mark.parity
def test_reports(tmp_path: Path, probes: parity.Probes, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, page, data = write(tmp_path, EVERYTHING), tmp_path / "page.html", tmp_path / "report.json"
    runner = CliRunner()
    done = runner.invoke(
        app, ["parity", str(spec), "--level", "1", "--format", "json", "-o", str(data)]
    )
    assert done.exit_code == 0, done.output
    found = json.loads(data.read_text())
    assert found["passed"] and [level["status"] for level in found["levels"]] == ["passed"] * 2
    edited = tmp_path / "edited.py"
    (torch_script,) = build_file(spec, [get_backend("torch")]).scripts.values()
    edited.write_text(torch_script.replace("eps=0.001", "eps=1e-05"))
    # The first command had probes of its own; this one need not start them again.
    monkeypatch.setattr(parity, "run", partial(parity.run, probes=probes))
    given = ["parity", str(spec), "--level", "3", "--script", f"torch={edited}"]
    done = runner.invoke(app, [*given, "--format", "html", "-o", str(page)])
    assert done.exit_code == 1, done.output
    html = page.read_text()
    assert "failed" in html and "epsilon" in html and html.count("<svg") >= 2
    assert "<code>" in html and "`" not in html
    assert "http" not in html and "<script" not in html


@pytest.mark.parametrize("entries", [1, 7])
def test_made_samples_are_in_the_table(entries: int) -> None:
    body = f"input 3\nEmbedding({entries}, 2)\nFlatten\nDense(3, softmax)"
    text = f"model words {{\n{body}\n}}\n{FRAME}"
    spec = compile_text(Source("words.cnn", text), buildable=True).spec
    assert isinstance(spec, Buildable)
    assert raw_of(spec).inputs["input"].top == entries - 1


def test_flags_that_cannot_be() -> None:
    runner = CliRunner()
    spec = str(SPECS / "digits.cnn")
    for flags, said in (
        (["--backends", "keras,jax"], "there is no backend `jax`"),
        (["--backends", "keras"], "two backends"),
        (["--script", "torch"], "BACKEND=FILE"),
        (["--script", "torch=nothing.py"], "there is no file"),
    ):
        done = runner.invoke(app, ["parity", spec, *flags])
        assert done.exit_code == 2 and said in " ".join(done.output.split()), done.output


DIVERGES = """
model m {
  input 8x8x1
  Flatten
  Dense(1)
}
data {
  source = npz("d.npz")
  split  = 80% train, 20% validation
}
train {
  loss      = mse
  optimizer = sgd(1e10)
  batch     = 8
  epochs    = 2
  seed      = 1
}
"""


@pytest.mark.parity
def test_a_run_that_diverges_is_nobodys_fault(tmp_path: Path, probes: parity.Probes) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((300, 8, 8, 1)), rng.standard_normal((300, 1))
    np.savez(tmp_path / "d.npz", x=x, y=y)
    report = parity.run(write(tmp_path, DIVERGES), level=4, probes=probes)
    text = render(report)
    assert [level.status for level in report.levels] == ["passed", "did not run"], text
    assert "L1 did not run  all scripts stop: the loss became " in text
    assert "differ" not in text and text.endswith("nothing is proven from L1 on")


def test_lines_keep_within_the_terminal() -> None:
    check = parity.Check("gradients", 1e-15, 1e-11, "correct code 3e-15, smallest bug 1.2e-3")
    levels = [
        parity.Level(0, "batches", "passed", (check,), "8 of 8 batches equal, the last smaller"),
        parity.Level(2, "gradients", "passed", (check,), "", None, "8 tensors, least 1e-2 of `x`"),
        parity.Level(4, "trajectory", "failed", (check,), "", parity.Difference(
            "conv1", "parameter", "conv1.weight", (0, 1), {"keras": 0.1, "torch": 0.2}, 0.1,
            "another order of the samples, another learning rate, or a step that is left out")),
    ]  # fmt: skip
    report = parity.ParityReport("m", BACKENDS, {"torch": "2"}, "d" * 30, "r " * 60, levels)
    short = render(report, verbose=False, width=72)
    assert max(map(len, short.splitlines())) <= 72
    assert "L2  gradients         passed       error 1.0e-15  tolerance 1e-11" in short
    assert "smallest bug" not in short and "smallest bug" in render(report)
    assert "8 tensors" not in short and "8 tensors" in render(report)
    assert " ".join(short.split()).count("a step that is left out") == 1


def test_plots_are_whole_pictures() -> None:
    curve = Curve("a & b", ("conv1", "block.norm"), (0.0, float("inf")), 1e-12)
    picture = ElementTree.fromstring(plot(curve))
    assert len(picture.findall("circle")) == 2
    report = parity.ParityReport("m", BACKENDS, {}, "d", "", curves=[curve])
    assert "a &amp; b" in render_page(report)


# What tf.random.stateless_uniform([3], [7, 2]) returned in TensorFlow 2.21.
TENSORFLOW = {
    "float32": [0.22646749019622803, 0.09326648712158203, 0.8319565057754517],
    "float64": [0.8117399981119977, 0.6556528439676044, 0.2563065012259611],
}


@pytest.mark.parametrize("dtype", TENSORFLOW)
def test_the_stream_is_tensorflows(dtype: str) -> None:
    assert uniform((3,), 7, 2, dtype).tolist() == TENSORFLOW[dtype]


def test_masks_keep_their_share() -> None:
    kept = keep_mask((100, 1000), 3, 0, 0.3, "float32")
    # 100,000 draws: five standard deviations are 0.0072.
    assert abs(float(np.mean(kept)) - 0.7) < 0.0073
