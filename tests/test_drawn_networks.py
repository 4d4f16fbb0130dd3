"""Networks drawn at random: both scripts mean the same, and a bug planted in one is caught.

`make fuzz-networks` draws thousands; here are some seeds, and the smallest networks of what was
found by others. The drawing, the judging and the making small are tested without a framework.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fuzz.bench import Bench, bench
from fuzz.bugs import KINDS, planted
from fuzz.examine import DRAWN, Outcome, different, examine, occurring, undecided
from fuzz.minimise import minimised
from fuzz.names import TOKEN, awkward
from fuzz.network import compiles, network, problems, sketch
from fuzz.report import table
from fuzz.run import Worker, done, run
from fuzz.verdict import PROVEN, is_fault
from specs_in_text import DIGITS

from specc.parity import Probes
from specc.registry import known

SEEDS = tuple(range(22))
MOST = 3000
"""Of so many sketches each thing of the registry is in one; some hundred are enough today."""


@pytest.mark.slow
def test_everything_is_drawn() -> None:
    """Each layer, loss and so on stands in a spec that compiles and that no backend refuses."""
    wanted = {name for category in DRAWN if category != "source" for name in known(category)}
    for seed in range(MOST):
        text, sections = sketch(Random(seed))
        whole = text + sections.text()
        if wanted.intersection(occurring(whole)) and compiles(whole):
            wanted.difference_update(occurring(whole))
        if seed % 20 == 0:  # metrics and scales are tried on what compiles
            wanted.difference_update(occurring(network(seed).text))
        if not wanted:
            return
    raise AssertionError(sorted(wanted))


def test_a_seed_is_always_the_same_network() -> None:
    first, again, other = network(4), network(4), network(5)
    assert first == again and first.text != other.text
    assert not problems(first.text) and not TOKEN.search(first.text)


def test_names_are_awkward() -> None:
    """Python's words, a script's, a framework's and the language's."""
    assert {"print", "self", "config", "logits", "relu", "adam", "dense_1"} <= set(awkward())


SCRIPT = """
class Net:
    def __init__(self):
        self.conv = nn.Conv2d(1, 6, kernel_size=3, stride=2)
        self.norm = BatchNorm2d(6, eps=0.001, momentum=0.01)
    def forward(self, x):
        x = F.pad(x, (0, 1, 0, 1))
        x = x + skip  # (N, 6)
        return torch.relu(x)
"""


def test_bugs_are_other_programs() -> None:
    found = list(planted(Random(1), {"torch": SCRIPT}, {"torch": len(SCRIPT)}))
    kinds = {each.kind for each in found}
    assert {"another epsilon", "a missing bias (torch)", "padding at the other side"} <= kinds
    assert len(kinds) == len(found) and all(each.before != each.after for each in found)
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_what_stays_different_is_read() -> None:
    assert {"SELU", "PReLU"} <= set(different())
    assert undecided("Dense(3, selu) -> PReLU(each) -> ReLU") == "Dense(3, silu) -> SiLU -> ReLU"


def test_a_spec_is_cut_down() -> None:
    """What fails is a `Softmax`, whatever else there is."""
    text = DIGITS.replace("Flatten ->", "Flatten -> Dense(30, tanh) -> Softmax ->")
    left = minimised(text, lambda tried: "Softmax" in tried)
    lines = [line.strip() for line in left.splitlines()]
    assert lines[1:4] == ["input 1x8x1", "Flatten -> Softmax", "}"], left
    assert "split" not in left and "optimizer = sgd" in left and compiles(left)


ANSWERS = """
import json, os, sys, time
for line in sys.stdin:
    seed = int(line)
    if seed == 2: os.abort()
    if seed == 3: time.sleep(600)
    print(json.dumps({"seed": seed, "kind": "proven", "bugs": []}), flush=True)
"""


def test_a_run_survives_its_workers_and_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "runs" / "log.jsonl"
    worker = partial(Worker, (sys.executable, "-c", ANSWERS), limit=1.5)
    first = run(0, 3, 2, log, worker)
    with log.open("a", encoding="utf-8") as cut:
        cut.write('{"seed": 3, "ki')
        cut.write("\n")
    results = {one["seed"]: one for one in run(0, 6, 2, log, worker)}
    assert [one["seed"] for one in done(log)] == [
        *(one["seed"] for one in first),
        *sorted({3, 4, 5}, key=[one["seed"] for one in done(log)].index),
    ]
    assert {seed: one["kind"] for seed, one in results.items()} == {
        0: PROVEN, 1: PROVEN, 2: "worker died", 3: "worker died", 4: PROVEN, 5: PROVEN,
    }  # fmt: skip
    assert "code -6" in results[2]["detail"] and results[3]["detail"] == "stands still"
    assert "2  worker died  seeds 2, 3" in table(list(results.values()))


@pytest.fixture(scope="module")
def made(probes: Probes) -> Iterator[Bench]:
    with bench(probes) as opened:
        yield opened


@pytest.fixture(scope="module")
def outcomes() -> dict[int, Outcome]:
    return {}


@pytest.mark.parity
@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_network(seed: int, made: Bench, outcomes: dict[int, Outcome]) -> None:
    outcomes[seed] = found = examine(seed, made)
    assert not is_fault(found.json()), f"{found.text}\n{found.kind}: {found.detail}\n{found.bugs}"


@pytest.mark.parity
@pytest.mark.slow
def test_most_of_them_prove_something(outcomes: dict[int, Outcome]) -> None:
    kinds = [one.kind for one in outcomes.values()]
    caught = [bug for one in outcomes.values() for bug in one.bugs if bug["found"] == "caught"]
    assert len(kinds) < len(SEEDS) or kinds.count(PROVEN) > len(SEEDS) / 2, kinds
    assert len(kinds) < len(SEEDS) or len(caught) > kinds.count(PROVEN) / 2, caught


TRAIN = """
data {{
  source = npz("data.npz")
  split  = 80% train, 20% validation
{data}}}
train {{
  loss      = {loss}
  optimizer = sgd
  batch     = 8
  epochs    = 2
}}
"""


def spec(model: str, loss: str = "mse", data: str = "") -> str:
    return f"model found {{\n{model}}}" + TRAIN.format(loss=loss, data=data)


FOUND: dict[str, str] = {
    "numbers of a list went through float32 in Keras's probe": spec(
        "  input 4x3\n  Dense(2) -> Normalization(mean=[0.3, 2.0], variance=[0.1, 0.3])\n"
        "  Flatten -> Dense(1)\n"
    ),
    "a shared dropout runs its uses in another order in Keras": spec(
        "  input 6\n  layer drop = Dropout(0.5)\n  x = Dense(5) -> drop\n"
        "  input_ = x -> Dense(5, tanh) -> Dense(5) -> drop -> Add(x)\n  Dense(2)\n"
    ),
    "a dropout of as many channels as rows and columns": spec(
        "  input 2x2x2\n  Dropout(0.5) -> Flatten -> Dense(1)\n"
    ),
    "a dropout in a row of layers": spec(
        "  input 6\n  Dense(5, tanh) -> Dropout(0.5) -> Dense(2)\n"
    ),
    "HardTanh has a slope where it bends": spec(
        "  input 6\n  Dense(5) -> HardTanh -> HardTanh -> Dense(2)\n"
    ),
    "one-hot labels for a loss of numbers": spec(
        "  input 6\n  Dense(3)\n", data="  labels = onehot\n"
    ),
    "a merge of three wrote over what it still had to read": spec(
        "  input 6\n  Maximum {\n    branch { Dense(4) }\n    branch { Dense(4, tanh) }\n"
        "    branch { Dense(4) }\n  }\n  Dense(2)\n"
    ),
    "minus infinity on a border is not the size of numbers": spec(
        "  input 4x4x2\n  MaxPool2D(2, stride=3, padding=((1, 1), (0, 1)))\n  Flatten -> Dense(1)\n"
    ),
    "one-hot labels at places": spec(
        "  input 4x2\n  Dense(3, softmax)\n", "categorical_crossentropy", "  labels = onehot\n"
    ),
}  # fmt: skip


@pytest.mark.parity
@pytest.mark.slow
@pytest.mark.parametrize("name", FOUND)
def test_what_was_found(name: str, made: Bench) -> None:
    trial = made.trial(FOUND[name])
    assert trial.verdict.kind == PROVEN, trial.verdict


def test_a_fault_is_told_from_what_is_none() -> None:
    missed: dict[str, Any] = {"kind": PROVEN, "bugs": [{"found": "missed"}]}
    assert is_fault(missed) and is_fault({"kind": "differs at L1"})
    assert not is_fault({"kind": "zero gradient", "bugs": []}) and not is_fault({"kind": PROVEN})
