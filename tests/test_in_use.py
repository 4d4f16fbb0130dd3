"""L6 of `specc parity`: the scripts as a user takes them. Its bugs are in tests/mutations.

What is compared across frameworks has the tolerances of specc/parity/tolerances.py.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from harness.backends import BACKENDS
from mutations.mutant import FOLDER
from mutations.suite import built

from specc import parity
from specc.building import build_file
from specc.codegen.backend import get_backend
from specc.codegen.script.form import LEAN
from specc.parity import user
from specc.parity.client import TIMEOUT, Probe
from specc.parity.job import Job
from specc.parity.launching import LAUNCH, UNFORKED
from specc.parity.page import render as render_page
from specc.parity.protocol import used
from specc.parity.text import render

SPEC = FOLDER / "specs" / "used.cnn"
PREDICT = "def predict(config: Config, samples: Path) -> None:\n"
SILENCE = 3.0
"""Seconds; a forked command is at its own code in less than one."""


def job(folder: Path, **edited: str) -> Job:
    """The job of the scripts of a spec, some of them with another text."""
    found = built("used")
    files = {name: folder / f"{name}.py" for name in BACKENDS}
    for name, file in files.items():
        file.write_text(edited.get(name, found.scripts[name]), "utf-8")
    return Job(found.spec, files, folder, None, False, None)


@pytest.mark.parity
@pytest.mark.slow
def test_lean_scripts_are_run_twice(tmp_path: Path, probes: parity.Probes) -> None:
    lean = build_file(SPEC, [get_backend(name) for name in BACKENDS], form=LEAN)
    (level,) = used(job(tmp_path, **lean.scripts), probes, 1000)
    assert level.passed, level
    assert level.note == "5 epochs; the scripts have no `--resume`, `--evaluate` or `--predict`"
    assert {"histories", "histories, both", "a second run"} <= {each.what for each in level.checks}


@pytest.mark.parity
@pytest.mark.slow
def test_a_script_that_breaks_is_told(tmp_path: Path, probes: parity.Probes) -> None:
    text, line = built("used").scripts["torch"], "    show_end(config.out, history)\n"
    assert text.count(line) == 1
    made = job(tmp_path, torch=text.replace(line, "    show_end(config.outs, history)\n"))
    place = text[: text.index(line)].count("\n") + 1
    with pytest.raises(parity.ProbeFailed, match="no attribute 'outs'") as failed:
        list(user.use(made, probes, 1000))
    assert f"(line {place} of the script), with `--epochs 5`" in failed.value.reason
    assert failed.value.backend == "torch" and not failed.value.stopped


@pytest.mark.parity
@pytest.mark.slow
def test_without_a_fork(tmp_path: Path) -> None:
    """A command of PyTorch's script begins from nothing, as on systems that do not fork."""
    plan = user.Plan(job(tmp_path), "torch", 16, 1000)
    _, half = plan.trainings().commands
    with parity.Probes([]) as own:
        own.launchers["torch"] = Probe("torch", TIMEOUT, LAUNCH, UNFORKED)
        (ran,) = own.launch({"torch": plan.errand(half)})["torch"]
    assert ran.code == 0 and len(ran.history) == user.HALF, ran.said
    assert "epoch 2/2" in ran.printed and not ran.said


@pytest.mark.parity
@pytest.mark.slow
def test_a_command_that_hangs_is_stopped(tmp_path: Path, probes: parity.Probes) -> None:
    text = built("used").scripts["torch"]
    assert text.count(PREDICT) == 1
    script = text.replace(PREDICT, f"{PREDICT}    time.sleep(300)\n")
    plan = user.Plan(job(tmp_path, torch=script), "torch", 16, 1000)
    *_, asked = plan.of_reference(tmp_path, tmp_path / "sample.pgm").commands
    evaluated, _ = plan.of_reference(tmp_path, tmp_path / "sample.pgm").commands
    with pytest.raises(parity.ProbeFailed, match="holds no finished epoch") as failed:
        probes.launch({"torch": plan.errand(evaluated)})
    assert failed.value.stopped and failed.value.reason.endswith(", with `--evaluate`")
    launcher = probes.launchers["torch"]
    launcher.timeout = SILENCE
    with pytest.raises(parity.ProbeFailed, match="no sign of life") as failed:
        probes.launch({"torch": plan.errand(asked)})
    line = script[: script.index("    time.sleep(300)\n")].count("\n") + 1
    assert f"it stands at line {line} of the script" in failed.value.reason
    assert not launcher.running
    probes.renew()
    assert "torch" not in probes.launchers


def test_what_is_not_cheap_is_left_out(tmp_path: Path) -> None:
    made = job(tmp_path)
    assert user.costs(made, {"train": 1000}) == ""
    assert user.costs(made, {"train": 4_000_000}) == "each process would read 256 million numbers"
    deep = made.spec.model.model_copy(update={"nodes": made.spec.model.nodes * 20})
    spec = made.spec.model_copy(update={"model": deep})
    why = user.costs(replace(made, spec=spec), {"train": 1000})
    assert why == "the network has 120 layers"
    levels = [parity.Level(5, "float32", "passed")]
    report = parity.ParityReport("m", BACKENDS, {}, "d", "", levels, left_out=why)
    line = "L6  in use            left out     the network has 120 layers; `--level 6` asks for it"
    assert line in render(report) and "up to L5" in render(report)
    assert why in render_page(report) and report.as_json()["left_out"] == why
