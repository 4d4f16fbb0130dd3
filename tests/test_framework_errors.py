"""Errors of Keras, TensorFlow, PyTorch and safetensors that the scripts work round.

Each is shown to be there in the versions that constraints.txt pins; docs/semantics.md lists them.
When a release mends one, its test fails: then the lowering may become simpler, and the row goes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness.models import code_of
from harness.processes import start
from pages import ROOT

from specc import parity

pytestmark = [pytest.mark.parity, pytest.mark.slow]

COMMON = """
import json
import numpy as np

random = np.random.Generator(np.random.Philox(key=5))
found = {}

def stopped(function):
    try:
        function()
    except Exception as error:
        return type(error).__name__
    return ""

def apart(one, other):
    return float(np.abs(one - other).max())
"""
KERAS = """
import keras
import tensorflow as tf
from keras import layers

def passes(layer, x, weights=None):
    layer.build(x.shape)
    if weights is not None:
        layer.kernel.assign(weights)
    value = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(value)
        y = layer(value)
        loss = tf.reduce_sum(tf.sin(y))
    return y.numpy(), tape.gradient(loss, value).numpy()

def both(make, x, shape):
    kernel = random.standard_normal(shape)
    one, other = (passes(make(padding), x, kernel) for padding in ("same", "valid"))
    return [apart(a, b) for a, b in zip(one, other)]

double = {"use_bias": False, "dtype": "float64"}
found["conv3d-same"] = both(
    lambda padding: layers.Conv3D(2, 1, strides=3, padding=padding, **double),
    random.standard_normal((2, 6, 6, 6, 2)), (1, 1, 1, 2, 2),
)
found["conv3d-transpose-same"] = both(
    lambda padding: layers.Conv3DTranspose(2, 1, strides=3, padding=padding, **double),
    random.standard_normal((2, 2, 2, 3, 2)), (1, 1, 1, 2, 2),
)
picture = np.ones((1, 9, 9, 1))
for name, make in {
    "even-output-padding": lambda dtype: layers.Conv2DTranspose(
        1, 2, strides=2, padding="same", output_padding=0, dtype=dtype),
    "transpose-dilation": lambda dtype: layers.Conv2DTranspose(1, 2, dilation_rate=2, dtype=dtype),
    "stride-and-dilation": lambda dtype: layers.Conv2D(
        1, 2, strides=2, dilation_rate=2, dtype=dtype),
    "depthwise-strides": lambda dtype: layers.DepthwiseConv2D(2, strides=(1, 2), dtype=dtype),
}.items():
    found[name] = {
        dtype: stopped(lambda: passes(make(dtype), picture.astype(dtype)))
        for dtype in ("float32", "float64")
    }
for mode in ("edge", "wrap"):
    found[f"pad-{mode}"] = stopped(lambda: keras.ops.pad(picture, 1, mode=mode))
found["glu"] = [
    layers.Activation("glu")(keras.Input((6,))).shape[-1],
    layers.Activation("glu")(np.ones((1, 6))).shape[-1],
]
table = layers.Embedding(2, 1)
table.build()
adam = keras.optimizers.Adam(0.1, beta_2=0.75)
adam.build([table.embeddings])
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(table(np.array([[0, 0]])))
adam.apply([tape.gradient(loss, table.embeddings.value)], [table.embeddings])
found["adam-embedding"] = float(adam.variables[-1].numpy()[0, 0])
found["ties"] = float(passes(layers.MaxPooling3D(2), np.zeros((1, 2, 2, 2, 1), "f4"))[1].sum())
print(json.dumps(found))
"""
TORCH = """
import os
import torch
from safetensors.numpy import load, save
from torch import nn

def ended(shape, dtype, lay):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    x = torch.ones(shape, dtype=dtype).permute(0, 3, 1, 2)
    nn.GroupNorm(1, shape[-1], dtype=dtype)(lay(x)).sum().backward()
    os._exit(0)

lays = {
    "as it is": lambda x: x,
    "contiguous": lambda x: x.contiguous(),
    "copied": lambda x: x.clone(memory_format=torch.contiguous_format),
}
found["group-norm"] = {
    name: [ended(shape, dtype, lay) for shape in ((2, 3, 4, 2), (2, 3, 4, 1))
           for dtype in (torch.float32, torch.float64)]
    for name, lay in lays.items()
}
for axes, layer in ((2, nn.AvgPool2d), (3, nn.AvgPool3d)):
    found[f"avg-pool-{axes}"] = stopped(lambda: layer(3, padding=1)(torch.ones(1, 1, *(2,) * axes)))
found["one-value"] = stopped(lambda: nn.BatchNorm1d(2)(torch.ones(1, 2)))
turned = np.arange(6.0).reshape(2, 3).T
found["safetensors"] = apart(load(save({"w": turned}))["w"], turned)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for framework, code in (("keras", KERAS), ("torch", TORCH)):
        done = start(framework, "-c", COMMON + code).wait()
        assert done.code == 0, done.err
        made |= json.loads(done.out.splitlines()[-1])
    return made


ERRORS: dict[str, Callable[[Any], bool]] = {
    # what is wrong in the pinned versions; `valid` gives the same shapes and is right
    "conv3d-same": lambda apart: apart[0] > 0.1,
    "conv3d-transpose-same": lambda apart: apart[0] < 1e-12 and apart[1] > 0.1,
    "even-output-padding": lambda stopped: all(stopped.values()),
    "transpose-dilation": lambda stopped: not stopped["float32"] and stopped["float64"],
    "stride-and-dilation": lambda stopped: all(stopped.values()),
    "depthwise-strides": lambda stopped: not stopped["float32"] and stopped["float64"],
    "pad-edge": bool,
    "pad-wrap": bool,
    "glu": lambda sizes: sizes == [6, 3],
    # (1 + 1)^2 / 4, the square of the row's gradient, is 1; the sum of squares is half of it.
    "adam-embedding": lambda second: second == pytest.approx(0.5),
    "ties": lambda total: total == 8,
    "avg-pool-2": lambda stopped: not stopped,
    "avg-pool-3": bool,
    "one-value": bool,
    # Two channels and one, each in float32 and in float64; the process ends with signal 11.
    "group-norm": lambda codes: (
        codes == {"as it is": [-11] * 4, "contiguous": [0, 0, -11, -11], "copied": [0] * 4}
    ),
    "safetensors": bool,
}


@pytest.mark.parametrize("name", ERRORS)
def test_is_still_there(found: dict[str, Any], name: str) -> None:
    assert ERRORS[name](found[name]), found[name]


# Nothing that learns stands before them; the pool is what lies channels last in the block.
NORMED_FIRST = """
block Normed { GroupNorm(1) -> Conv2D(2, 3x3, same) }
model first {
  input 6x7x2
  MaxPool2D(2x2, stride=1)
  Normed -> Normed
  GroupNorm(1)
  Flatten
  Dense(3, softmax)
}
data {
  source = npz("normed.npz")
  split  = 80% train, 20% validation
}
train {
  loss      = categorical_crossentropy
  optimizer = sgd(0.05)
  batch     = 16
  epochs    = 2
}
"""


def test_only_what_needs_a_copy_has_one() -> None:
    text = code_of("torch", NORMED_FIRST).text
    assert text.count("class Normed(") == text.count("contiguous_format") == 1
    grey = NORMED_FIRST.replace("6x7x2", "6x7x1").replace(
        "MaxPool2D", "Conv2D(1, 1x1)\n  MaxPool2D"
    )
    assert "contiguous_format" not in code_of("torch", grey).text


def test_a_picture_that_is_normed_first_is_learned(tmp_path: Path, probes: parity.Probes) -> None:
    spec = tmp_path / "spec.cnn"
    spec.write_text(NORMED_FIRST)
    assert parity.run(spec, level=5, probes=probes).passed


PAGE = (ROOT / "docs" / "semantics.md").read_text("utf-8")
NAMED = re.compile(r"`(test_\w+)(?:\[([\w-]+)\])?`")


def rows(title: str) -> list[str]:
    section = PAGE.partition(f"\n## {title}")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| ")][2:]


def test_the_lists_name_the_tests() -> None:
    assert all(NAMED.search(row.rsplit("|", 2)[1]) for row in rows("Errors of frameworks"))
    named = NAMED.findall(PAGE)
    assert all((ROOT / "tests" / f"{file}.py").is_file() for file, _ in named)
    assert {case for _, case in named} - {""} == ERRORS.keys()
