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
from specc.codegen.script.form import LEAN
from specc.parity import user
from specc.parity.client import Probe
from specc.parity.job import Job, raw_of
from specc.parity.launching import LAUNCH, UNFORKED
from specc.parity.protocol import used
from specc.parity.report import Level
from specc.parity.text import render

pytestmark = [pytest.mark.parity, pytest.mark.slow]

SPEC = FOLDER / "specs" / "used.cnn"
PREDICT = "def predict(config: Config, samples: Path) -> None:\n"


def job(folder: Path, **edited: str) -> Job:
    """The job of the scripts of a spec; of some with another text."""
    found = built("used")
    files = {name: folder / f"{name}.py" for name in BACKENDS}
    for name, file in files.items():
        file.write_text(edited.get(name, found.scripts[name]), "utf-8")
    return Job(found.spec, files, folder, None, False, None)


def judged(made: Job, probes: parity.Probes) -> Level:
    (level,) = used(made, probes, 1000)
    return level


def test_it_runs_by_default(probes: parity.Probes) -> None:
    report = parity.run(SPEC, whole=False, probes=probes)
    said = render(report)
    assert report.passed and report.wanted == 6, said
    assert "L6  in use            passed" in said
    assert "at once and with a break after 2, `--evaluate`, `--predict`" in said
    # Dropout keeps the trainings apart, so that there is no epoch of both.
    compared = {check.what for check in report.levels[-1].checks}
    assert {"resuming", "evaluation, both", "prediction, both"} <= compared
    assert "an epoch, both" not in compared


def test_lean_scripts_are_run_twice(probes: parity.Probes) -> None:
    report = parity.run(SPEC, level=6, whole=False, form=LEAN, probes=probes)
    said = render(report)
    assert report.passed, said
    assert "the scripts have no `--resume` and no `--evaluate` and no `--predict`" in said


def test_without_a_fork(tmp_path: Path, probes: parity.Probes) -> None:
    """Each command of PyTorch's script begins from nothing, as on other systems."""
    own = parity.Probes([])
    own.each = probes.each
    own.launchers = {"torch": Probe("torch", 60, LAUNCH, UNFORKED)}
    plan = user._Plan(job(tmp_path), "torch", 16, 1000)
    try:
        (whole, half) = own.launch({"torch": plan.trainings()})["torch"]
    finally:
        own.launchers["torch"].close()
    assert whole.code == half.code == 0
    assert whole.history[:2] == half.history and len(whole.history) == user.EPOCHS


def test_a_command_that_hangs_is_stopped(tmp_path: Path, probes: parity.Probes) -> None:
    text = built("used").scripts["torch"]
    assert text.count(PREDICT) == 1
    script = text.replace(PREDICT, f"{PREDICT}    while True:\n        pass\n")
    made = job(tmp_path, torch=script)
    (launcher,) = (Probe("torch", 4, LAUNCH),)
    own = parity.Probes([])
    own.each, own.launchers = probes.each, {"torch": launcher}
    plan = user._Plan(made, "torch", 16, 1000)
    sample = user._sample(made.spec, raw_of(made.spec), tmp_path)
    with pytest.raises(parity.ProbeFailed, match="no sign of life for 4 s") as failed:
        own.launch({"torch": plan.of_reference(tmp_path, sample)})
    launcher.close()
    line = script[: script.index("        pass\n")].count("\n")
    assert f"at line {line}" in str(failed.value) or f"at line {line + 1}" in str(failed.value)
    assert not launcher.running


def test_a_command_that_breaks_is_told(tmp_path: Path, probes: parity.Probes) -> None:
    text = built("used").scripts["torch"]
    made = job(tmp_path, torch=text.replace("config.epochs)", "config.epoch)", 1))
    with pytest.raises(parity.ProbeFailed, match="has no attribute 'epoch'.*of the script"):
        judged(made, probes)


def test_what_is_not_cheap_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = job(tmp_path)
    assert user.costs(made, {"train": 1000}) == ""
    assert "64 million numbers" not in user.costs(made, {"train": 1_000_000})
    assert user.costs(made, {"train": 4_000_000}) == "each process would read 256 million numbers"
    deep = made.spec.model.model_copy(update={"nodes": made.spec.model.nodes * 20})
    spec = made.spec.model_copy(update={"model": deep})
    assert "layers" in user.costs(replace(made, spec=spec), {"train": 1000})
