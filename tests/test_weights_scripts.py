"""Scripts begin with the numbers of `specc weights init`, and with those of any file given them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from harness.backends import BACKENDS
from harness.processes import ENVIRONMENT, start
from harness.scripts import build, said
from safetensors.numpy import load_file, save_file
from test_weights import DIGITS, SPECS, call

pytestmark = pytest.mark.slow

# Every way to draw, and what draws nothing: blocks, a shared layer, vectors that begin elsewhere.
ODD = """
block Part(filters) {
  Conv2D(filters, 3x3, same, bias=false, kernel_initializer=he_normal) -> BatchNorm -> ReLU
}
model odd {
  input 8x8x1
  Part(4)
  Conv2D(6, 1x3, kernel_initializer=truncated_normal(0.2), bias_initializer=constant(0.5))
  layer tower = Conv2D(6, 3x3, same, kernel_initializer=lecun_normal)
  a = tower
  b = a -> tower
  a -> Add(b) -> BatchNorm(scale=false) -> GlobalAvgPool2D
  Dense(8, relu, kernel_initializer=uniform, bias_initializer=normal(0.1))
  Dense(12, kernel_initializer=orthogonal(gain=2)) -> Dense(8, kernel_initializer=lecun_uniform)
  Dense(10, softmax, kernel_initializer=glorot_normal)
}
data {
  source = digits
  split = 80% train, 10% validation, 10% test
}
train {
  loss = categorical_crossentropy
  optimizer = adam
  batch = 64
  epochs = 1
  seed = 123
}
"""


def begun(backend: str, folder: Path, jobs: list[list[str]]) -> None:
    """Let scripts of a backend get ready to train."""
    (folder / "jobs.json").write_text(json.dumps(jobs))
    here = ENVIRONMENT | {"PYTHONPATH": str(Path(__file__).parent)}
    words = ("-m", "harness.drawn", folder / "jobs.json")
    said(start(backend, *words, folder=folder, environment=here), 0)


def assert_same(a: Path, b: Path) -> None:
    one, other = load_file(a), load_file(b)
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert array.dtype == other[name].dtype and array.shape == other[name].shape, name
        assert array.tobytes() == other[name].tobytes(), name


@pytest.mark.parametrize("backend", BACKENDS)
def test_scripts_draw_what_init_draws_bit_for_bit(backend: str, tmp_path: Path) -> None:
    texts = {path.stem: path.read_text() for path in SPECS} | {"odd": ODD}
    jobs, checks = [], []
    for name, text in texts.items():
        (tmp_path / name).mkdir()
        script = build(backend, text, tmp_path / name)
        for seed in ((), ("--seed", "9")):
            drawn = tmp_path / f"{name}{len(seed)}.safetensors"
            call("init", tmp_path / name / "spec.cnn", "-o", drawn, *seed)
            begun_at = tmp_path / f"{name}{len(seed)}-begun.safetensors"
            jobs.append([str(begun_at), str(script.path), *seed])
            checks.append((drawn, begun_at))
    begun(backend, tmp_path, jobs)
    for drawn, begun_at in checks:
        assert_same(drawn, begun_at)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_script_begins_with_the_weights_it_is_given(backend: str, tmp_path: Path) -> None:
    script = build(backend, DIGITS.read_text(), tmp_path)
    given = tmp_path / "given.safetensors"
    call("init", DIGITS, "-o", given)
    # No number as it was drawn, no kernel that equals its transpose.
    random = np.random.default_rng(0)
    arrays = {n: random.uniform(0.5, 1, a.shape).astype("f4") for n, a in load_file(given).items()}
    save_file(arrays, given)
    job = [str(tmp_path / "begun.safetensors"), str(script.path), "--weights", str(given)]
    begun(backend, tmp_path, [job])
    assert_same(given, tmp_path / "begun.safetensors")


@pytest.mark.parametrize("backend", BACKENDS)
def test_weights_that_do_not_fit_stop_a_script(backend: str, tmp_path: Path) -> None:
    script = build(backend, DIGITS.read_text(), tmp_path)
    call("init", DIGITS, "-o", tmp_path / "w.safetensors")
    arrays = load_file(tmp_path / "w.safetensors")
    arrays["dense.weight"] = arrays["dense.weight"].T.copy()
    del arrays["norm1.running_var"]
    save_file(arrays, tmp_path / "w.safetensors")
    shown = script.run("--weights", "w.safetensors", code=1)
    message = (
        "error: w.safetensors does not fit the model: `norm1.running_var` is missing, and 1 more"
    )
    assert message in shown.splitlines()
    assert not (tmp_path / "runs").exists()
