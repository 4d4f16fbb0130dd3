"""What frameworks take through float32 by the way, and that the probes' `exact` takes it whole.

Should a release mend one of these, its first assertion fails, and the entry can go. Rounding in
float64 stays below 1e-15 on these numbers; a constant of 32 bits brings 1e-10 to 3e-8.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.parity, pytest.mark.slow]

NUMBERS = """
import sys
import numpy as np
random = np.random.Generator(np.random.Philox(key=1))
x, factors = 3 * random.standard_normal((2, 400))
found = {}
"""
KERAS = """
import tensorflow as tf
import keras
from specc.backends.keras.exact import exact

keras.config.set_floatx("float64")
FUNCTIONS = {
    "leaky_relu": lambda x: keras.layers.LeakyReLU(negative_slope=0.3)(x),
    "gelu": keras.activations.gelu,
    "gelu_tanh": lambda x: keras.ops.gelu(x, approximate=True),
    "hard_sigmoid": keras.activations.hard_sigmoid,
}

def note(prefix):
    for name, function in FUNCTIONS.items():
        value = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(value)
            y = function(value)
        found[f"{prefix}/{name}/y"] = y.numpy()
        found[f"{prefix}/{name}/dx"] = tape.gradient(y, value, tf.constant(factors)).numpy()

note("bare")
with exact("float64"):
    note("exact")
note("after")
np.savez(sys.argv[1], **found)
"""
TORCH = """
import torch
import torch.nn.functional as F
from specc.backends.torch.exact import exact

FUNCTIONS = {
    "leaky_relu": lambda x: F.leaky_relu(x, 0.3),
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "hard_sigmoid": lambda x: F.hardsigmoid(x),
}

def note(prefix):
    for name, function in FUNCTIONS.items():
        value = torch.tensor(x, requires_grad=True)
        y = function(value)
        y.backward(torch.tensor(factors))
        found[f"{prefix}/{name}/y"] = y.detach().numpy()
        found[f"{prefix}/{name}/dx"] = value.grad.numpy()

note("bare")
with exact():
    note("exact")
note("after")
np.savez(sys.argv[1], **found)
"""
BARE = {
    # function: where the frameworks are apart without `exact`
    "leaky_relu": {"y", "dx"},
    "gelu": {"y", "dx"},
    "gelu_tanh": {"y", "dx"},
    "hard_sigmoid": {"dx"},
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, np.ndarray]]:
    folder: Path = tmp_path_factory.mktemp("exact")
    made = {}
    for backend, code in (("keras", KERAS), ("torch", TORCH)):
        path = folder / f"{backend}.npz"
        subprocess.run([sys.executable, "-c", NUMBERS + code, path], check=True, timeout=300)
        with np.load(path) as arrays:
            made[backend] = dict(arrays)
    return made


def apart(found: dict[str, dict[str, np.ndarray]], key: str) -> float:
    one, other = found["keras"][key], found["torch"][key]
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


@pytest.mark.parametrize("name", BARE)
def test_exact_takes_constants_whole(found: dict[str, dict[str, np.ndarray]], name: str) -> None:
    for port in ("y", "dx"):
        bare = apart(found, f"bare/{name}/{port}")
        assert (1e-11 < bare < 1e-7) == (port in BARE[name]), bare
        assert apart(found, f"exact/{name}/{port}") < 1e-14
        for arrays in found.values():  # and nothing of it stays behind
            assert (arrays[f"after/{name}/{port}"] == arrays[f"bare/{name}/{port}"]).all()
