"""The blocks that ship with specc: each compiles, and means the same in both frameworks."""

from __future__ import annotations

import ast
import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from harness.backends import BACKENDS, PAIRS
from harness.models import code_of, run
from typer.testing import CliRunner

from specc.cli.main import app
from specc.compile import compile_text
from specc.library.shipped import shipped_blocks
from specc.source import Source
from specc.summary import summarize

IMPORT = 'import "specc:blocks.cnn"\n'

EXACT = 1e-10
"""How far the frameworks may be apart: rounding of such small networks stays below 1e-12."""
BLOCKS = {
    "ConvBN": "ConvBN(4, 3x3, stride=2)",
    "Residual": "Residual(3) -> Residual(5, stride=2)",
    "Bottleneck": "Bottleneck(2) -> Bottleneck(2) -> Bottleneck(3, stride=2)",
    "SqueezeExcite": "Conv2D(8, 3x3) -> SqueezeExcite -> SqueezeExcite(ratio=16)",
    "InvertedResidual": "InvertedResidual(3) -> InvertedResidual(4, kernel=5, stride=2, expand=1)",
    "DenseBlock": "DenseBlock(3, 2) -> DenseBlock(2, 3, narrow=4)",
    "Transition": "Transition(2)",
    "Inception": "Inception(2, 2, 3, 1, 2, 1)",
    "ConvNeXtBlock": "ConvNeXtBlock -> ConvNeXtBlock(rate=0.1)",
    "TransformerBlock":
        "Reshape(63x3) -> TransformerBlock(3, 5) -> TransformerBlock(1, 4, rate=0.1)",
    "PatchEmbedding": "PatchEmbedding(3, 5)",
}  # fmt: skip

RESNET = """
  ConvBN(64, 7x7, stride=2) -> ReLU -> MaxPool2D(3x3, stride=2, same)
  repeat filters, n, stride in [(64, {0}, 1), (128, {1}, 2), (256, {2}, 2), (512, {3}, 2)] {{
    {block}(filters, stride=stride)
    repeat n - 1 {{ {block}(filters) }}
  }}
  GlobalAvgPool2D -> Dense(1000)
"""
PUBLISHED: dict[str, tuple[str, int, float | None]] = {
    # Trainable parameters, and millions of multiply-accumulates, as torchvision 0.28 has them
    "resnet18": (RESNET.format(2, 2, 2, 2, block="Residual"), 11_689_512, 1814.1),
    "resnet34": (RESNET.format(3, 4, 6, 3, block="Residual"), 21_797_672, 3663.8),
    "resnet50": (RESNET.format(3, 4, 6, 3, block="Bottleneck"), 25_557_032, 4089.2),
    "mobilenet_v2": ("""
  ConvBN(32, 3x3, stride=2) -> ReLU6
  repeat t, c, n, s in [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
    (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
  ] {
    InvertedResidual(c, expand=t, stride=s)
    repeat n - 1 { InvertedResidual(c, expand=t) }
  }
  ConvBN(1280, 1x1) -> ReLU6 -> GlobalAvgPool2D -> Dense(1000)
""", 3_504_872, 300.8),
    "densenet121": ("""
  ConvBN(64, 7x7, stride=2) -> ReLU -> MaxPool2D(3x3, stride=2, same)
  repeat rounds, filters in [(6, 128), (12, 256), (24, 512)] {
    DenseBlock(rounds, 32, narrow=128) -> Transition(filters)
  }
  DenseBlock(16, 32, narrow=128) -> BatchNorm -> ReLU -> GlobalAvgPool2D -> Dense(1000)
""", 7_978_856, 2834.2),
    "convnext_tiny": ("""
  Conv2D(96, 4x4, stride=4) -> LayerNorm
  repeat 3 { ConvNeXtBlock }
  repeat filters, n in [(192, 3), (384, 9), (768, 3)] {
    LayerNorm -> Conv2D(filters, 2x2, stride=2)
    repeat n { ConvNeXtBlock }
  }
  GlobalAvgPool2D -> LayerNorm -> Dense(1000)
""", 28_589_128, 4455.5),
    # Its multiplications of attention are not among those that were counted.
    # For CIFAR-10, with shortcuts that have no weights: option A of He et al. 2015.
    "resnet20": ("""
  ConvBN(16, 3x3) -> ReLU
  repeat filters, stride in [(16, 1), (32, 2), (64, 2)] {
    repeat i in 1..3 {
      let step = max(1, stride * (2 - i))
      Add {
        branch { ConvBN(filters, 3x3, stride=step) -> ReLU -> ConvBN(filters, 3x3) }
        branch {
          if step > 1 {
            Slice(height, step=2) -> Slice(width, step=2) -> ChannelPad(filters / 4)
          }
        }
      }
      ReLU
    }
  }
  GlobalAvgPool2D -> Dense(10)
""", 269_722, 40.6),
    "vit_b_16": ("""
  PatchEmbedding(16, 768) -> ClassToken -> PositionEmbedding
  repeat 12 { TransformerBlock(12, 3072) }
  LayerNorm -> Slice(length, stop=1) -> Flatten -> Dense(1000)
""", 86_567_656, None),
}  # fmt: skip


def spec(name: str) -> str:
    return f"{IMPORT}model small {{\n  input 9x7x3\n  {BLOCKS[name]}\n}}\n"


def test_every_block_is_here_and_explained() -> None:
    assert shipped_blocks().keys() == BLOCKS.keys()
    for name, block in shipped_blocks().items():
        shown = CliRunner().invoke(app, ["layers", name])
        assert shown.exit_code == 0
        assert len(block.text) > 40 and block.text.split()[0] in shown.output
        assert block.needs in shown.output and block.code.splitlines()[-1] in shown.output
    listing = CliRunner().invoke(app, ["layers"]).output
    assert all(f"  {name} " in listing for name in BLOCKS)
    found = json.loads(CliRunner().invoke(app, ["layers", "Residual", "--format", "json"]).output)
    assert found["entries"] == []
    assert found["blocks"][0]["signature"] == "Residual(filters, stride=1)"


def test_a_block_without_its_import_is_told_which() -> None:
    text = "model m {\n  input 8x8x3\n  Residual(16)\n}\n"
    (diagnostic,) = compile_text(Source("m.cnn", text)).diagnostics
    assert diagnostic.code == "E0201"
    assert diagnostic.help == (
        "`Residual(filters, stride=1)` is a block of the library: "
        'write `import "specc:blocks.cnn"` first'
    )
    (line,) = re.findall("`(import .*)`", diagnostic.help)
    assert compile_text(Source("m.cnn", f"{line}\n{text}")).diagnostics == []


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_block_becomes_code(name: str, backend: str) -> None:
    assert compile_text(Source("small.cnn", spec(name))).diagnostics == []
    ast.parse(code_of(backend, spec(name)).text)


@pytest.mark.parametrize("name", PUBLISHED)
def test_networks_of_blocks_have_their_published_sizes(name: str) -> None:
    body, parameters, millions = PUBLISHED[name]
    size = "32x32x3" if name == "resnet20" else "224x224x3"
    text = f"{IMPORT}model {name} {{\n  input {size}\n{body}}}\n"
    result = compile_text(Source(f"{name}.cnn", text))
    assert result.diagnostics == [] and result.spec is not None
    found = summarize(result.spec)
    assert found.trainable == parameters
    assert millions is None or round(found.macs / 1e6, 1) == millions


@pytest.mark.parity
@pytest.mark.slow
@pytest.mark.parametrize("name", BLOCKS)
def test_block_means_the_same_in_all_frameworks(name: str, tmp_path: Path) -> None:
    for framework in ("torch", "tensorflow"):
        if find_spec(framework) is None:
            pytest.skip(f"{framework} is not installed")
    made = {backend: run(backend, spec(name), tmp_path) for backend in BACKENDS}
    for one, other in ((made[a], made[b]) for a, b in PAIRS):
        assert one.parameters == other.parameters
        for output, values in one.outputs.items():
            assert np.ptp(values, axis=0).max() > 1e-3, "the block does not look at its input"
            apart = np.abs(values - other.outputs[output]).max()
            assert apart <= EXACT * np.abs(values).max()


def test_an_unknown_file_is_named_with_those_there_are() -> None:
    text = 'import "specc:block.cnn"\nmodel m {\n  input 8\n  Dense(2)\n}\n'
    (diagnostic,) = compile_text(Source("m.cnn", text)).diagnostics
    assert diagnostic.code == "E0521"
    assert diagnostic.help == "there is `specc:blocks.cnn`"


def test_a_file_of_the_spec_may_import_the_library_too() -> None:
    def load(name: str) -> Source:
        assert name == "mine.cnn"
        return Source(name, f"{IMPORT}block Two(n) {{ ConvBN(n, 3x3) -> ConvBN(n, 3x3) }}\n")

    text = 'import "mine.cnn"\nmodel m {\n  input 8x8x1\n  Two(2)\n}\n'
    assert compile_text(Source("m.cnn", text), load=load).diagnostics == []
