"""Scripts that hang, end, print, ask, fork or go elsewhere, given to `specc parity`.

Whatever a script does, the probes' lines stay whole, the report says what happened and where, and
no process is left behind.
"""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.backends import BACKENDS

from specc import parity
from specc.building import build_file
from specc.cli.parity import parity as command
from specc.codegen.backend import get_backend
from specc.parity.client import TIMEOUT
from specc.parity.text import render

pytestmark = pytest.mark.parity

SMALL = """
model small {
  input 8x8x1
  Flatten
  Dense(10, softmax)
}
data {
  source = digits
  split  = 80% train, 20% validation
  scale  = 0..1
}
train {
  loss      = categorical_crossentropy
  optimizer = sgd(0.05)
  batch     = 64
  epochs    = 2
  seed      = 5
}
"""
TRAIN = "def train_model(config: Config) -> None:\n"
SILENCE = 2.0
"""Seconds; a step of this network takes some milliseconds once it is traced."""


@pytest.fixture(scope="module")
def probes() -> Iterator[parity.Probes]:
    with parity.Probes(BACKENDS, timeout=20.0) as warm:
        yield warm


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.cnn"
    path.write_text(SMALL, "utf-8")
    return path


def edited(spec: Path, backend: str, *lines: str) -> Path:
    """The script of a backend whose `train` begins with some more lines."""
    text = build_file(spec, [get_backend(backend)]).scripts[backend]
    assert text.count(TRAIN) == 1
    script = spec.with_name(f"edited_{backend}.py")
    more = "".join(f"    {line}\n" for line in ("import os, subprocess, time", *lines))
    script.write_text(text.replace(TRAIN, TRAIN + more), "utf-8")
    return script


HARMLESS = {
    "prints": ['print(\'{"event": "answer"}\', flush=True)', "os.write(1, b'}\\n')"],
    "reads all of stdin": ["assert sys.stdin.read() == ''"],
    "changes the folder": ["os.chdir('/')"],
    "forks": ["sys.stdout.flush()", "os.fork()"],
    "leaves a child behind": ["subprocess.Popen(['sleep', '300'])"],
    "closes stdout": ["os.close(1)", "os.open(os.devnull, os.O_WRONLY)"],
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", HARMLESS)
def test_what_changes_no_number_passes(
    name: str, backend: str, spec: Path, probes: parity.Probes
) -> None:
    if name == "forks" and backend == "keras":
        pytest.skip("TensorFlow does not run in a forked child")
    here, script = Path.cwd(), edited(spec, backend, *HARMLESS[name])
    report = parity.run(spec, scripts={backend: script}, level=1, whole=False, probes=probes)
    assert report.passed, render(report)
    assert Path.cwd() == here


FATAL = {
    "asks for a line": (["input('name? ')"], "EOFError", True),
    "calls exit": (["sys.exit(0)"], "SystemExit: 0", True),
    "is interrupted": (["raise KeyboardInterrupt"], "KeyboardInterrupt", True),
    "ends at once": (["os._exit(7)"], "the script ended with code 7 before its first step", False),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", FATAL)
def test_what_ends_a_script_is_told(
    name: str, backend: str, spec: Path, probes: parity.Probes
) -> None:
    lines, said, located = FATAL[name]
    script = edited(spec, backend, *lines)
    report = parity.run(spec, scripts={backend: script}, level=1, whole=False, probes=probes)
    text = render(report)
    assert not report.passed and report.difference is not None, text
    assert said in report.difference.cause and report.difference.tensor == backend, text
    line = script.read_text("utf-8").splitlines().index(f"    {lines[0]}") + 1
    assert (f"(line {line} of the script)" in text) == located, text


def test_a_crash_is_told(spec: Path, probes: parity.Probes) -> None:
    script = edited(spec, "torch")
    text, line = script.read_text("utf-8"), "        optimizer.zero_grad()\n"
    assert text.count(line) == 1
    script.write_text(text.replace(line, "        os.kill(os.getpid(), 11)\n"), "utf-8")
    report = parity.run(spec, scripts={"torch": script}, level=1, whole=False, probes=probes)
    number = text[: text.index(line)].count("\n") + 1
    said = "script of torch  the script ended by signal 11 (segmentation fault) in its first step"
    assert f"{said} (it stood at line {number} of the script)" in render(report)


HANGS = {
    "loops": "while True: pass",
    "sleeps": "time.sleep(300)",
    "waits for a child": "subprocess.run(['sleep', '300'])",
}


@pytest.mark.parametrize(
    "name",
    [name if name == "loops" else pytest.param(name, marks=pytest.mark.slow) for name in HANGS],
)
def test_a_script_that_hangs_is_stopped(name: str, spec: Path, probes: parity.Probes) -> None:
    script = edited(spec, "torch", HANGS[name])
    probes.renew()
    torch = probes.each["torch"]
    torch.timeout, before = SILENCE, torch.timeout
    try:
        report = parity.run(spec, scripts={"torch": script}, level=1, whole=False, probes=probes)
    finally:
        torch.timeout = before
    text = render(report)
    line = script.read_text("utf-8").splitlines().index(f"    {HANGS[name]}") + 1
    assert "no sign of life for 2 s" in text and f"line {line} of the script" in text, text
    assert not torch.running
    # The next case finds a new process.
    assert parity.run(spec, level=1, whole=False, probes=probes).passed


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "short"])
def test_a_training_without_end_is_stopped(whole: bool, spec: Path, probes: parity.Probes) -> None:
    script = edited(spec, "torch")
    text = script.read_text("utf-8")
    loop = "for epoch in range(len(history), config.epochs):"
    assert text.count(loop) == 1
    script.write_text(text.replace(loop, "for epoch in itertools.count():"), "utf-8")
    report = parity.run(spec, scripts={"torch": script}, level=1, whole=whole, probes=probes)
    assert "the script takes ever more batches" in render(report), render(report)


def alive(process: int) -> bool:
    """Whether it still runs; one that nobody has waited for does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux for processes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_behind(number: signal.Signals, spec: Path) -> None:
    pids = spec.with_name("pids")
    child = "child = subprocess.Popen(['sleep', '300'])"
    note = f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}\\n')"
    script = edited(spec, "torch", child, note, "while True: pass")
    given = [sys.executable, "-m", "specc", "parity", str(spec), "--script", f"torch={script}"]
    driver = subprocess.Popen(given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    end = time.monotonic() + 120
    while not (pids.exists() and pids.read_text("utf-8").endswith("\n")):
        assert time.monotonic() < end and driver.poll() is None
        time.sleep(0.1)
    os.kill(driver.pid, number)
    shown, _ = driver.communicate(timeout=20)
    assert driver.returncode != 0 and b"Traceback" not in shown
    left = [int(word) for word in pids.read_text("utf-8").split()]
    assert len(left) == 2
    end = time.monotonic() + 10
    while any(map(alive, left)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(map(alive, left))


@pytest.mark.slow
def test_the_command_gives_up(spec: Path) -> None:
    script = edited(spec, "torch", "while True: pass")
    done = subprocess.run(
        [sys.executable, "-m", "specc", "parity", str(spec), "--timeout", "3"]
        + ["--script", f"torch={script}"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    assert "no sign of life for 3 s" in done.stdout and not done.stderr


def test_one_patience() -> None:
    assert inspect.signature(command).parameters["timeout"].default == TIMEOUT
