"""The summary's figures against published networks and counts by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specc.compile import compile_text
from specc.ops.base import Case, Layer
from specc.registry import every
from specc.source import Source
from specc.spelling import spell_term
from specc.summary import Summary, as_json, summarize
from specc.summary_text import WIDTH, render, short, size
from specc.terms import Term

SPECS = Path(__file__).parent.parent / "specs"

LENET = """
model lenet {
  input 32x32x1
  Conv2D(6, 5x5, tanh) -> AvgPool2D(2x2) -> Conv2D(16, 5x5, tanh) -> AvgPool2D(2x2)
  Conv2D(120, 5x5, tanh) -> Flatten -> Dense(84, tanh) -> Dense(10)
}
"""
VGG16 = """
model vgg16 {
  input 224x224x3
  repeat n, filters in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)] {
    repeat n { Conv2D(filters, 3x3, same, relu) }
    MaxPool2D(2x2)
  }
  Flatten -> Dense(4096, relu) -> Dense(4096, relu) -> Dense(1000, softmax)
}
"""
RESNET = """
block ConvBN(filters, kernel, stride=1) {
  Conv2D(filters, kernel, stride=stride, padding=(kernel - 1) / 2, bias=false) -> BatchNorm
}
block Basic(filters, stride=1) {
  Add {
    branch { ConvBN(filters, 3, stride=stride) -> ReLU -> ConvBN(filters, 3) }
    branch { if stride > 1 or input.channels != filters { ConvBN(filters, 1, stride=stride) } }
  }
  ReLU
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
model resnet18 {
  input 224x224x3
  ConvBN(64, 7, stride=2) -> ReLU -> MaxPool2D(3x3, stride=2, padding=1)
  repeat filters, n, stride in [(64, 2, 1), (128, 2, 2), (256, 2, 2), (512, 2, 2)] {
    Basic(filters, stride=stride)
    repeat n - 1 { Basic(filters) }
  }
  GlobalAvgPool2D -> Dense(1000, softmax)
}
model resnet50 {
  input 224x224x3
  ConvBN(64, 7, stride=2) -> ReLU -> MaxPool2D(3x3, stride=2, padding=1)
  repeat filters, n, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)] {
    Bottleneck(filters, stride=stride)
    repeat n - 1 { Bottleneck(filters) }
  }
  GlobalAvgPool2D -> Dense(1000, softmax)
}
"""
MOBILENET = """
block ConvBN(filters, kernel, stride=1, groups=1) {
  Conv2D(filters, kernel, stride=stride, padding=(kernel - 1) / 2, groups=groups, bias=false)
  BatchNorm
}
block InvertedResidual(expand, filters, stride=1) {
  let wide = expand * input.channels
  if expand != 1 { ConvBN(wide, 1) -> ReLU6 }
  ConvBN(wide, 3, stride=stride, groups=wide) -> ReLU6
  ConvBN(filters, 1)
  if stride == 1 and input.channels == filters { Add(input) }
}
model mobilenet_v2 {
  input 224x224x3
  ConvBN(32, 3, stride=2) -> ReLU6
  repeat t, c, n, s in [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
    (6, 320, 1, 1),
  ] {
    InvertedResidual(t, c, stride=s)
    repeat n - 1 { InvertedResidual(t, c) }
  }
  ConvBN(1280, 1) -> ReLU6 -> GlobalAvgPool2D -> Dropout(0.2) -> Dense(1000, softmax)
}
"""


def summary(text: str, model: str | None = None) -> Summary:
    result = compile_text(Source("spec.cnn", text), model=model)
    assert result.spec, [d.message for d in result.diagnostics]
    return summarize(result.spec)


def body(layers: str, shape: str = "32x32x3") -> Summary:
    return summary(f"model m {{\n input {shape}\n {layers}\n}}\n")


@pytest.mark.parametrize(
    ("text", "trainable", "statistics", "million_macs"),
    [
        # Counts of torchvision and keras.applications; MACs of convolutions and Dense layers.
        (LENET, 61_706, 0, 0.4),
        (VGG16, 138_357_544, 0, 15470.3),
        (RESNET + "#resnet18", 11_689_512, 9_600, 1814.1),
        (RESNET + "#resnet50", 25_557_032, 53_120, 4089.2),
        (MOBILENET, 3_504_872, 34_112, 300.8),
    ],
    ids=["lenet", "vgg16", "resnet18", "resnet50", "mobilenet_v2"],
)
def test_published_networks(
    text: str, trainable: int, statistics: int, million_macs: float
) -> None:
    text, _, model = text.partition("#")
    found = summary(text, model or None)
    assert found.trainable == trainable
    assert found.parameters - found.trainable == statistics
    assert round(found.macs / 1e6, 1) == million_macs


def test_the_lecture() -> None:
    found = summary((SPECS / "lecture.cnn").read_text())
    assert found.parameters == found.trainable == 813_217
    assert found.fully_connected == 802_944 + 129
    assert "98.8 % of the parameters sit in fully connected layers" in render(found)
    assert [row.shape for row in found.rows][-3:] == [(6272,), (128,), (1,)]
    assert found.training
    activations = 4 * sum(
        (62 * 62 * 32, 31 * 31 * 32, 29 * 29 * 32, 14 * 14 * 32, 14 * 14 * 32, 128, 1)
    )
    assert found.activation_bytes == activations
    assert found.training.total == 32 * activations + 2 * 4 * 813_217


@pytest.mark.parametrize(
    ("layers", "field"),
    [
        ("Conv2D(4, 3x3)", (3, 3)),
        ("Conv2D(4, 3x5) -> Conv2D(4, 3x3)", (5, 7)),
        ("Conv2D(4, 3x3, stride=2) -> Conv2D(4, 3x3)", (7, 7)),
        ("Conv2D(4, 3x3, dilation=2)", (5, 5)),
        ("MaxPool2D(2x2) -> MaxPool2D(2x2) -> Conv2D(4, 3x3)", (12, 12)),
        ("Conv2D(4, 3x3, same) -> BatchNorm -> ReLU -> Dropout(0.5)", (3, 3)),
        ("Concat { branch { Conv2D(2, 5x1, same) }\n branch { Conv2D(2, 1x3, same) } }", (5, 3)),
        ("Add { branch { Conv2D(3, 3x3, same) }\n branch { } }", (3, 3)),
        ("Conv2D(4, 3x3) -> GlobalAvgPool2D", (None, None)),
        ("Conv2D(4, 3x3) -> Flatten -> Dense(2)", (None, None)),
    ],
)
def test_receptive_field(layers: str, field: tuple[int | None, ...]) -> None:
    assert body(layers).rows[-1].receptive_field == field


def test_the_receptive_field_of_vgg16() -> None:
    """212 cells at its last pool, as is published."""
    pools = [row for row in summary(VGG16).rows if row.layer == "MaxPool2D(2x2)"]
    assert pools[-1].receptive_field == (212, 212)


def test_shared_layers_are_counted_once() -> None:
    found = summary(
        """
block Tower(units) { Dense(units) -> Dense(units) }
model twins {
  input left: 20
  input right: 20
  layer tower = Tower(8)
  a = left -> tower
  right -> tower -> Concat(a) -> Dense(1)
}
"""
    )
    assert found.parameters == (20 + 1) * 8 + (8 + 1) * 8 + (16 + 1)
    assert found.macs == 2 * (20 * 8 + 8 * 8) + 16
    shared = [row for row in found.rows if row.shares_weights_of]
    assert len(shared) == 2
    assert render(found).count("shared") == 2


def test_blocks_group_their_layers() -> None:
    found = summary((SPECS / "residual.cnn").read_text())
    lines = render(found).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("residual1 "))
    indents = [len(line) - len(line.lstrip()) for line in lines[start : start + 5]]
    assert indents == [0, 2, 4, 4, 2]
    assert all(row.parameters == 0 for row in found.rows if row.block)


@pytest.mark.parametrize("spec", sorted(SPECS.glob("*.cnn")), ids=lambda path: path.stem)
def test_a_table_is_aligned_and_fits(spec: Path) -> None:
    text = render(summary(spec.read_text()))
    assert max(map(len, text.splitlines())) <= WIDTH
    table = text.split("\n\n")[1].splitlines()
    ends = [n for n, sign in enumerate(table[1] + " ") if sign == " " and table[1][n - 1] == "-"]
    for line in table[2:]:
        assert all(line[end : end + 2].isspace() or not line[end:] for end in ends), line


def test_json_holds_every_figure() -> None:
    data = json.loads(json.dumps(as_json(summary((SPECS / "lecture.cnn").read_text()))))
    assert data["parameters"] == 813_217
    assert data["rows"][0]["receptive_field"] == [3, 3]
    assert data["training"]["total"] == data["training"]["activations"] + 2 * 4 * 813_217


@pytest.mark.parametrize(
    ("text", "expected"),
    [(short(999), "999"), (short(7_750_000), "7.75 M"), (short(999_600), "1.00 M")]
    + [(size(4), "4 B"), (size(491_520), "480 KiB"), (size(2**30), "1.00 GiB")],
)
def test_numbers(text: str, expected: str) -> None:
    assert text == expected


def read(layer: str, shape: tuple[int, ...]) -> Term:
    """The layer that a text means on an input of a shape."""
    text = f"model m {{\n input {'x'.join(map(str, shape))}\n {layer}\n}}\n"
    result = compile_text(Source("a.cnn", text))
    assert result.spec, (layer, [d.message for d in result.diagnostics])
    return result.spec.model.nodes[-1].op


CASES = [
    case
    for cls in every("layer")
    if issubclass(cls, Layer) and cls.arity == (1, 1)
    for case in cls.cases
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)
def test_a_layer_is_spelled_as_the_language_reads_it(case: Case) -> None:
    op = read(case.text, case.inputs[0])
    assert read(spell_term(op), case.inputs[0]) == op
