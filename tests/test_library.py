"""The blocks that ship with specc: each compiles, and means the same in both frameworks."""

from __future__ import annotations

import ast
import re
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from harness.models import code_of, run

from specc.bind.imports import library
from specc.compile import compile_text
from specc.source import Source

BACKENDS = ("keras", "torch")
IMPORT = 'import "specc:blocks.cnn"\n'

EXACT = 1e-10
"""How far the frameworks may be apart: rounding of such small networks stays below 1e-12."""
BLOCKS = {
    "ConvBN": "ConvBN(4, 3x3, stride=2)",
    "Residual": "Residual(3) -> Residual(5, stride=2)",
    "Bottleneck": "Bottleneck(2) -> Bottleneck(2) -> Bottleneck(3, stride=2)",
    "SqueezeExcite": "Conv2D(8, 3x3) -> SqueezeExcite -> SqueezeExcite(ratio=16)",
    "InvertedResidual": "InvertedResidual(3) -> InvertedResidual(4, kernel=5, stride=2, expand=1)",
    "DenseBlock": "DenseBlock(3, 2)",
    "Transition": "Transition(2)",
    "Inception": "Inception(2, 2, 3, 1, 2, 1)",
    "TransformerBlock":
        "Reshape(63x3) -> TransformerBlock(3, 5) -> TransformerBlock(1, 4, rate=0.1)",
    "PatchEmbedding": "PatchEmbedding(3, 5)",
}  # fmt: skip


def spec(name: str) -> str:
    return f"{IMPORT}model small {{\n  input 9x7x3\n  {BLOCKS[name]}\n}}\n"


def test_every_block_is_here() -> None:
    text = "".join(
        files("specc.library").joinpath(name).read_text(encoding="utf-8") for name in library()
    )
    assert set(re.findall(r"^block (\w+)", text, re.MULTILINE)) == set(BLOCKS)


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_block_becomes_code(name: str, backend: str) -> None:
    assert compile_text(Source("small.cnn", spec(name))).diagnostics == []
    ast.parse(code_of(backend, spec(name)).text)


@pytest.mark.parity
@pytest.mark.slow
@pytest.mark.parametrize("name", BLOCKS)
def test_block_means_the_same_in_both_frameworks(name: str, tmp_path: Path) -> None:
    for framework in ("torch", "tensorflow"):
        if find_spec(framework) is None:
            pytest.skip(f"{framework} is not installed")
    made = {backend: run(backend, spec(name), tmp_path) for backend in BACKENDS}
    keras, torch = made["keras"], made["torch"]
    assert keras.parameters == torch.parameters
    for output, values in torch.outputs.items():
        assert np.ptp(values, axis=0).max() > 1e-3, "the block does not look at its input"
        apart = np.abs(values - keras.outputs[output]).max()
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
