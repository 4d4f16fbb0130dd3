"""Blocks become classes and functions; whole models mean the same in both frameworks."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from harness.backends import BACKENDS, PAIRS
from harness.models import code_of, model_of, run, spec_of

from specc.codegen.backend import backend_names, get_backend

RESNET50 = """
block ConvBN(filters, kernel, stride=1) {
  Conv2D(filters, kernel, stride=stride, padding=(kernel - 1) / 2, bias=false)
  BatchNorm(epsilon=1e-5, momentum=0.9)
}
block Bottleneck(filters, stride=1) {
  let wide = 4 * filters
  Add {
    branch {
      ConvBN(filters, 1) -> ReLU -> ConvBN(filters, 3, stride=stride) -> ReLU -> ConvBN(wide, 1)
    }
    branch { if stride > 1 or input.channels != wide { ConvBN(wide, 1, stride=stride) } }
  }
  ReLU
}
model resnet50 {
  input 224x224x3
  stem = ConvBN(64, 7, stride=2)
  ReLU -> MaxPool2D(3x3, stride=2, padding=1)
  repeat filters, n, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)] {
    Bottleneck(filters, stride=stride)
    repeat n - 1 { Bottleneck(filters) }
  }
  GlobalAvgPool2D
  Dense(1000)
}
"""
TWINS = """
block Tower(filters) { Conv2D(filters, 3x3, same, relu) -> Flatten -> Dense(8) }
block Mix(other, n) { Concat(other) -> Dense(n) -> ReLU }
model twins {
  input left: 7x6x3
  input right: 7x6x3
  input meta: 12
  layer tower = Tower(16)
  layer shift = Conv2D(3, 2x2, padding=((1, 0), (0, 1)))
  a = left -> shift -> tower
  b = right -> shift -> tower
  m = meta -> Dense(8, tanh)
  tower2 = b -> Mix(a, 8) -> Add(m)
  mix = tower2 -> Mix(a, 4)
  output price = Dense(1)
  mix -> Dense(4)
  output sold = Sigmoid
}
"""
BRANCHES = """
block Conv(filters) { Conv2D(filters, 3x3, same, bias=false) -> BatchNorm -> ReLU }
block Fire(squeeze, expand) {
  conv = Conv(squeeze)
  Concat {
    branch { Conv2D(expand, 1x1, relu) }
    branch { Conv2D(expand, 3x3, same, relu) }
    branch { MaxPool2D(3x3, stride=1, same) -> Conv2D(expand, 1x1) }
  }
  joined = Conv(3 * expand)
  joined -> Concat(conv)
}
model fire {
  input 9x8x3
  x = Fire(2, 4)
  fire = Fire(3, 5)
  Conv2D(14, 1x1) -> Multiply {
    branch { Conv(18) }
    branch { Conv2D(18, 1x1, sigmoid) }
  }
  Add(fire) -> AvgPool2D(2x3, stride=2, same) -> Flatten -> Dense(5, softmax)
}
"""
TWO_SIZES = """
block Tower(filters) { Conv2D(filters, 3x3, same, relu) -> GlobalAvgPool2D -> Dense(4) }
model sizes {
  input left: 8x8x3
  input right: 5x7x3
  layer tower = Tower(4)
  a = left -> tower
  b = right -> tower
  a -> Concat(b) -> Dense(2)
}
"""
SPECS = {"twins": TWINS, "fire": BRANCHES, "two sizes": TWO_SIZES, "resnet50": RESNET50}


def definitions(text: str) -> list[str]:
    return [node.name for node in ast.parse(text).body if hasattr(node, "name")]


def test_the_backends_are_found() -> None:
    assert {"keras", "torch"} <= set(backend_names())
    with pytest.raises(KeyError):
        get_backend("caffe")


@pytest.mark.parametrize(
    ("backend", "names", "lines"),
    [
        ("torch", ["ConvBN", "Bottleneck", "Bottleneck2", "Resnet50"], 140),
        ("keras", ["conv_bn", "conv_bn2", "bottleneck", "bottleneck2", "build_model"], 100),
    ],
)
def test_resnet50_is_written_with_its_blocks(backend: str, names: list[str], lines: int) -> None:
    text = code_of(backend, RESNET50).text
    assert definitions(text) == names
    assert len(text.splitlines()) < lines
    assert len(re.findall(r"layers\.Conv2D\(|nn\.Conv2d\(", text)) <= 2


def test_arguments_are_named_after_the_parameters_of_the_block() -> None:
    text = code_of("torch", RESNET50).text
    for line in (
        "    def __init__(self, channels: int, filters: int, kernel: int, stride: int) -> None:",
        "            padding=(kernel - 1) // 2,",
        "        self.conv_bn3 = ConvBN(filters, 4 * filters, kernel=1, stride=1)",
        "        self.conv_bn4 = ConvBN(channels, 4 * filters, kernel=1, stride=stride)",
        "        self.bottleneck4 = Bottleneck(256, 128, stride=2)",
        '    """`Bottleneck` without `conv_bn4`."""',
    ):
        assert line in text.splitlines(), line


@pytest.mark.parametrize(
    ("block", "uses", "signature"),
    [
        # Nothing differs: no arguments.
        ("B(n) { Dense(n) }", "B(4) -> Dense(6) -> B(4)", "self"),
        # The input's channels; a product of two columns; a number of no parameter's.
        ("B(n) { Dense(n) }", "B(5) -> B(7)", "self, channels: int, n: int"),
        ("B(n) { Dense(n * input.channels) }", "B(2) -> B(3)", "self, channels: int, n: int"),
        ("B(n) { Dense(n + 10) -> Dense(3) }", "B(1) -> Dense(4) -> B(2)",
         "self, channels: int, dense1_units: int"),
        # A size that is a square is a number.
        ("B(kernel) { Reshape(2x3x1) -> Conv2D(2, kernel) -> Flatten -> Dense(6) }",
         "B(1x1) -> B(2x2)", "self, kernel: int, dense_inputs: int"),
        # A parameter of that name is the user's.
        ("B(channels) { Dense(channels) }", "B(5) -> B(7)",
         "self, channels2: int, channels: int"),
    ],
)  # fmt: skip
def test_what_differs_becomes_an_argument(block: str, uses: str, signature: str) -> None:
    text = code_of("torch", f"block {block}\nmodel net {{ input 6\n {uses}\n}}").text
    assert f"def __init__({signature}) -> None:" in text


@pytest.mark.parametrize("name", SPECS)
def test_the_code_is_formatted(name: str) -> None:
    if shutil.which("ruff") is None:
        pytest.skip("ruff is not installed")
    for backend in BACKENDS:
        text = code_of(backend, SPECS[name]).text
        command = ["ruff", "format", "--isolated", "--line-length", "100", "--diff", "-"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert done.stdout == ""


@pytest.mark.slow
@pytest.mark.parity
@pytest.mark.parametrize("name", SPECS)
def test_all_backends_mean_the_same(name: str, tmp_path: Path) -> None:
    """The same weights and inputs in float64: rounding alone is below 1e-10 at this depth."""
    for framework in ("torch", "tensorflow", "keras"):
        if find_spec(framework) is None:
            pytest.skip(f"{framework} is not installed")
    made = {backend: run(backend, SPECS[name], tmp_path) for backend in BACKENDS}
    for one, other in ((made[a], made[b]) for a, b in PAIRS):
        assert one.parameters == other.parameters
        if name == "resnet50":
            assert one.parameters == 25_557_032
        assert one.outputs.keys() == other.outputs.keys()
        for output, values in one.outputs.items():
            assert np.ptp(values, axis=0).max() > 1e-3, "the network does not look at its input"
            scale = np.abs(values).max()
            assert np.abs(values - other.outputs[output]).max() <= 1e-10 * scale


def test_a_shared_block_that_would_differ_is_refused() -> None:
    text = TWO_SIZES.replace("3x3, same", "3x3, same, stride=2")
    (refusal,) = get_backend("torch").refusals(spec_of(text))
    assert refusal.node == "b"
    assert "different sizes" in refusal.reason


def test_a_layer_that_a_backend_lacks_is_refused() -> None:
    spec = spec_of("model net { input 8x8x3\n Conv2D(4, 3x3, stride=2, dilation=2) }")
    (refusal,) = get_backend("keras").refusals(spec)
    assert (refusal.node, refusal.argument) == ("conv", "dilation")
    assert get_backend("torch").refusals(spec) == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_names_do_not_hide_functions(backend: str) -> None:
    text = """
block ConvBN(n) { Conv2D(n, 3x3, same) -> BatchNorm }
block Config2(n) { ConvBN(n) -> ReLU }
model conv_bn {
  input 8x8x3
  conv_bn = ConvBN(3)
  config2 = Config2(3)
  x = ConvBN(3)
  y = ConvBN(4)
  Concat(x, conv_bn, config2)
}
"""
    code = code_of(backend, text)
    tree = ast.parse(code.text)
    tops = {node.name for node in tree.body if hasattr(node, "name")}
    assert len(tops) == len(tree.body)
    local = {
        node.id for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }  # fmt: skip
    assert not local & tops


@pytest.mark.slow
def test_time_grows_with_the_number_of_layers() -> None:
    def seconds(count: int) -> float:
        layers = "  Conv2D(3, 3x3, same)\n" * count
        repeats = f"  repeat i in 1..{count // 5} {{ B(i) }}\n"
        block = "block B(n) { Dense(n) -> ReLU }\n"
        text = f"{block}model deep {{\n  input 8x8x3\n{layers}  Flatten\n{repeats}}}"
        model = model_of(text)
        start = time.process_time()
        for backend in BACKENDS:
            ast.parse(get_backend(backend).model_code(model).text)
        return time.process_time() - start

    seconds(100)
    small, large = min(seconds(1000) for _ in range(3)), seconds(10_000)
    assert large < 25 * small, (small, large)


@pytest.mark.parametrize("backend", BACKENDS)
def test_blocks_and_models_do_not_take_the_names_of_the_script(backend: str) -> None:
    text = """
block Adam(n) { Conv2D(n, 3x3, same) -> BatchNorm }
block Partial(n) { Adam(n) -> ReLU }
model progress {
  input 8x8x3
  inputs = Partial(3)
  keras1 = Adam(3)
  Concat(inputs)
}
"""
    code = code_of(backend, text)
    assert not set(definitions(code.text)[:-1]) & get_backend(backend).script_names.every
    ast.parse(code.text)
    if backend == "torch":
        assert code.maker == "ProgressModel"
    else:
        assert code.text.count(" inputs = ") == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_backend_is_found_without_importing_a_framework(backend: str) -> None:
    program = (
        "import sys; from specc.codegen.backend import get_backend;"
        f"get_backend({backend!r}); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"torch", "keras", "tensorflow", "jinja2", "numpy"}


def test_a_result_that_is_not_the_input_is_declared_a_tensor() -> None:
    text = code_of("torch", "model net { input 6\n last = Dense(3)\n}").text
    assert "        last: Tensor = self.last(x)  # (N, 3)\n        return last\n" in text
