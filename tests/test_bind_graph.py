"""Chains, branches, repeats, blocks and shared layers: what graph comes out, under which names."""

from __future__ import annotations

import pytest
from specs_in_text import codes, compiled, graph, model, shapes

CONV_BN = "block ConvBN(filters, kernel=3x3) {\n  Conv2D(filters, kernel, same) -> BatchNorm\n}\n"
BOTTLENECK = """block Bottleneck(filters) {
  Add {
    branch { ConvBN(filters, kernel=1x1) -> ReLU -> ConvBN(filters) }
    branch { if input.channels != filters { ConvBN(filters, kernel=1x1) } }
  }
  ReLU
}
"""

NAMES: list[tuple[str, str]] = [
    # lines, names of the nodes in order
    ("ReLU", "relu"),
    ("ReLU -> ReLU", "relu1 relu2"),
    ("Conv2D(2, 3x3) -> ReLU -> Conv2D(2, 3x3)", "conv1 relu conv2"),
    ("MaxPool2D(2x2) -> AvgPool2D(2x2)", "pool1 pool2"),
    ("stem = ReLU", "stem"),
    ("stem = ReLU -> Tanh", "relu stem"),
    ("conv1 = Conv2D(2, 1x1)\n  Conv2D(2, 1x1)\n  Conv2D(2, 1x1)", "conv1 conv2 conv3"),
    ("relu = Tanh\n  ReLU", "relu relu1"),
    ("ConvBN(2)", "conv_bn.conv conv_bn.norm"),
    ("stem = ConvBN(2)", "stem.conv stem.norm"),
    ("ConvBN(2) -> ConvBN(2)", "conv_bn1.conv conv_bn1.norm conv_bn2.conv conv_bn2.norm"),
    ("repeat 2 { ReLU }", "relu1 relu2"),
    ("repeat 2 { a = ReLU }", "a1 a2"),
    ("repeat 1 { a = ReLU }", "a1"),
    ("repeat 2 { a = ConvBN(2) }", "a1.conv a1.norm a2.conv a2.norm"),
    ("repeat 0 { ReLU }\n  Tanh", "tanh"),
    ("repeat i in 1..3 { Conv2D(i, 1x1) }", "conv1 conv2 conv3"),
    ("repeat a, b in [(2, relu), (3, tanh)] { Conv2D(a, 1x1, b) }", "conv1 conv2"),
    ("if true { ReLU } else { Tanh }", "relu"),
    ("if false { ReLU } else if 1 > 0 { Tanh } else { ELU }", "tanh"),
    ("Add { branch { ReLU }\n branch { } }", "relu add"),
    ("Concat { branch { ReLU }\n branch { Tanh }\n branch { ELU } }", "relu tanh elu concat"),
    ("a = ReLU\n  Tanh -> Add(a)", "a tanh add"),
    ("layer t = Conv2D(1, 1x1)\n  t -> t", "t1 t2"),
]


@pytest.mark.parametrize(("lines", "names"), NAMES)
def test_names_of_layers(lines: str, names: str) -> None:
    assert [node.name for node in graph(_with_blocks(lines)).nodes] == names.split()


def _with_blocks(lines: str) -> str:
    return (CONV_BN if "ConvBN" in lines else "") + model(lines)


def test_names_in_blocks_in_repeats() -> None:
    text = CONV_BN + BOTTLENECK + model("repeat 3 { Bottleneck(4) }")
    nodes = graph(text).nodes
    assert nodes[0].name == "bottleneck1.conv_bn1.conv"
    assert "bottleneck1.conv_bn3.norm" in {node.name for node in nodes}
    assert {node.name for node in nodes if node.name.startswith("bottleneck2.")} == {
        f"bottleneck2.{name}"
        for name in (
            "conv_bn1.conv", "conv_bn1.norm", "conv_bn2.conv", "conv_bn2.norm",
            "relu1", "relu2", "add",
        )
    }  # fmt: skip


def test_uses_of_blocks_are_kept() -> None:
    built = graph(CONV_BN + BOTTLENECK + model("stage = Bottleneck(4)"))
    uses = {use.name: use for use in built.uses}
    assert uses["stage"].block == "Bottleneck" and uses["stage"].named
    assert uses["stage"].output == "stage.relu2"
    assert uses["stage.conv_bn1"].arguments == (("filters", 4), ("kernel", "1x1"))
    assert {block.name for block in built.blocks} == {"Bottleneck", "ConvBN"}
    # Each block's body begins with its name, and a use stands before those inside it.
    order = [use.name for use in built.uses]
    assert order.index("stage") < order.index("stage.conv_bn1")


def test_a_block_that_does_nothing_leaves_no_trace() -> None:
    block = "block Maybe(deep) { if deep { ReLU } }\n"
    built = graph(block + model("Maybe(false)\n  Tanh"))
    assert [node.name for node in built.nodes] == ["tanh"] and built.uses == ()


SHAPES: list[tuple[str, tuple[int, ...]]] = [
    ("Conv2D(4, 3x3)", (6, 6, 4)),
    ("Conv2D(4, 3x3, same, stride=2)", (4, 4, 4)),
    ("MaxPool2D(3x3)", (2, 2, 1)),
    ("Flatten -> Dense(3)", (3,)),
    ("a = Conv2D(4, 1x1)\n  Conv2D(2, 1x1) -> Concat(a)", (8, 8, 6)),
    ("a = Conv2D(4, 1x1)\n  Conv2D(a.channels + input.channels, 1x1)", (8, 8, 5)),
    ("input -> Conv2D(2, 1x1)\n", (8, 8, 2)),
]


@pytest.mark.parametrize(("lines", "shape"), SHAPES)
def test_shape_at_the_end(lines: str, shape: tuple[int, ...]) -> None:
    assert list(shapes(model(lines)).values())[-1] == shape


def test_merge_joins_the_chain_first() -> None:
    nodes = graph(model("a = ReLU\n  b = Tanh\n  input -> ELU -> Concat(b, a)")).nodes
    assert nodes[-1].inputs == ("elu", "b", "a")


def test_input_of_a_block_is_what_it_is_given() -> None:
    block = "block Skip { ReLU -> Add(input) }\n"
    assert graph(block + model("Tanh -> Skip")).nodes[-1].inputs == ("skip.relu", "tanh")


def test_a_value_as_a_block_argument() -> None:
    block = "block Join(other) { ReLU -> Concat(other) }\n"
    built = graph(block + model("a = Tanh\n  ELU -> Join(a)"))
    assert built.nodes[-1].inputs == ("join.relu", "a")
    assert built.uses[0].inputs == ("elu", "a")


def test_shared_layers_own_weights_once() -> None:
    text = "model m {\n  input l: 4\n  input r: 4\n  layer t = Dense(3)\n  a = l -> t\n"
    nodes = graph(text + "  r -> t -> Add(a)\n}\n").nodes
    assert [(node.name, node.layer) for node in nodes[:2]] == [("a", "t"), ("t1", "t")]


def test_shared_blocks_share_all_of_their_layers() -> None:
    block = "block Tower(n) { Dense(n) -> ReLU -> Dense(n) }\n"
    text = "model m {\n  input l: 4\n  input r: 4\n  layer t = Tower(3)\n  a = l -> t\n"
    nodes = graph(block + text + "  b = r -> t\n  a -> Concat(b)\n}\n").nodes
    layers = {node.name: node.layer for node in nodes}
    assert layers["a.dense1"] == layers["b.dense1"] == "t.dense1"
    assert layers["a.dense2"] == layers["b.dense2"] == "t.dense2"


def test_several_outputs_leave_the_chain_where_it_was() -> None:
    built = graph(model("Flatten\n  output a = Dense(3)\n  output b = Dense(4)"))
    assert [(out.name, out.value) for out in built.outputs] == [("a", "a"), ("b", "b")]
    assert [node.inputs for node in built.nodes[1:]] == [("flatten",), ("flatten",)]


def test_model_without_output_has_one() -> None:
    (output,) = graph(model("ReLU")).outputs
    assert (output.name, output.value, output.activation) == ("output", "relu", "none")


WRONG: list[tuple[str, list[str]]] = [
    ("Foo", ["E0201"]),
    ("Foo -> Bar", ["E0201", "E0201"]),
    ("Foo\n  Conv2D(3, 3x3)\n  Dense(3)", ["E0201"]),
    ("Conv2D(99, 99x99) -> Dense(3) -> ReLU", ["E0303"]),
    ("repeat 50 { Conv2D(3, 3x3) }", ["E0303"]),
    ("repeat i in [3, 2] { Foo(i) }", ["E0201"]),
    ("if false { Foo }\n  ReLU", ["E0201"]),
    ("a = Foo\n  b = a -> ReLU\n  b -> Add(a)", ["E0201"]),
    ("layer t = Foo\n  t -> t", ["E0201"]),
    ("layer t = Dense(3)\n  t", ["E0302"]),
    ("a = ReLU\n  Add(a)", ["E0321"]),
    ("a = ReLU\n  b = Tanh\n  Concat(a, b)", ["E0321"]),
    ("Add", ["E0322"]),
    ("Add { branch { ReLU } }", ["E0322"]),
    ("ReLU { branch { } }", ["E0323"]),
    ("branch { ReLU }", ["E0323"]),
    ("Add { ReLU }", ["E0323"]),
    ("a = ReLU\n  Add(a) { branch { }\n branch { } }", ["E0323"]),
    ("Add { branch { Foo }\n branch { Bar } }", ["E0201", "E0201"]),
    ("Add { branch { Conv2D(3, 1x1) }\n branch { } }", ["E0306"]),
    ("ReLU\n  input -> Tanh", ["E0324"]),
    ("output a = ReLU\n  Tanh", ["E0324"]),
    ("ReLU -> input", ["E0222"]),
    ("a = ReLU\n  Tanh -> a", ["E0222"]),
    ("a = ReLU\n  a(3)", ["E0222"]),
    ("let a = 3\n  a", ["E0222"]),
    ("missing -> ReLU", ["E0211"]),
    ("Dense(3)\n  input 3", ["E0302", "E0333"]),
    ("input b: 3\n  ReLU", ["E0333"]),
    ("output a = ReLU\n  output a = Tanh", ["E0333"]),
    ("if true { output a = ReLU }", ["E0334"]),
    ("a = ReLU\n  output a", []),
    ("a = ReLU\n  Tanh -> Add(a)\n  output a", ["E0209"]),
    ("a = ReLU\n  output a = Tanh", ["E0209"]),
    ("output a = ReLU\n  output b = a -> Tanh", []),
    ("a = ReLU\n  Tanh\n  output c = a\n  output b", []),
    ("repeat 2 { param a = 3 }\n  ReLU", ["E0334"]),
    ("repeat 2.5 { ReLU }", ["E0331"]),
    ("repeat -1 { ReLU }", ["E0331"]),
    ("repeat i in 3 { ReLU }", ["E0331"]),
    ("repeat 1..3 { ReLU }", ["E0331"]),
    ("repeat i in 0.5..2 { ReLU }", ["E0331"]),
    ("repeat a, b in [(1, 2), 3] { Conv2D(a, b) }", ["E0331"]),
    ("repeat n { ReLU }", ["E0202"]),
    ("if 1 { ReLU }", ["E0332"]),
    ("if n { ReLU }", ["E0202"]),
    ("if not 3 { ReLU }", ["E0332"]),
    ("Dense(3) -> Foo\n  Bar", ["E0302", "E0201", "E0201"]),
]


@pytest.mark.parametrize(("lines", "expected"), WRONG)
def test_one_error_for_each_cause(lines: str, expected: list[str]) -> None:
    assert codes(model(lines)) == expected


BLOCKS: list[tuple[str, str, list[str]]] = [
    ("block A { Foo }\n", "A -> A", ["E0201"]),
    ("block A { Foo }\n", "ReLU", ["E0201"]),
    ("block A { Dense(3) }\n", "A\n  A", ["E0302"]),
    ("block A { A }\n", "A", ["E0217"]),
    ("block A { B }\nblock B { A }\n", "A", ["E0217"]),
    ("block A { input 3 }\n", "A", ["E0334"]),
    ("block A(n) { Conv2D(n, 1x1) }\n", 'A("x")', ["E0205"]),
    ("block A(n) { Conv2D(n, 1x1) }\n", "A(0)", ["E0206"]),
    ("block A(n) { ReLU }\n", "A(3)", ["W0202"]),
    ("block A { ReLU }\n", "Tanh", ["W0203"]),
    ("block a { ReLU }\n", "a", ["E0216"]),
    ("block A { ReLU }\nblock A { Tanh }\n", "A", ["E0209"]),
    ("block A { ReLU }\n", "x = Tanh\n  A(x)", ["E0208"]),
    ("block A { ReLU }\n", "A { branch { } }", ["E0323"]),
    ("block ReLU { Tanh }\n", "ReLU", []),
]


@pytest.mark.parametrize(("blocks", "lines", "expected"), BLOCKS)
def test_blocks(blocks: str, lines: str, expected: list[str]) -> None:
    assert codes(blocks + model(lines)) == expected


def test_an_error_in_a_block_shows_its_use() -> None:
    (found,) = compiled("block A(n) { Conv2D(n, 9x9) }\n" + model("ReLU -> A(3)")).diagnostics
    assert found.code == "E0303"
    assert "in this use of `A`" in [related.message for related in found.related]


INPUTS: list[tuple[str, list[str]]] = [
    ("input 3x3x3x3x3x3", ["E0327"]),
    ("input 8x8x0", ["E0327"]),
    ("input (8, n, 3)", ["E0202"]),
    ('input "8x8x1"', ["E0327"]),
    ("input 8.5", ["E0327"]),
    ("input 99999x99999x99999", ["E0330"]),
    ("let n = 8\n  input (n, n, 2 * n)", []),
]


@pytest.mark.parametrize(("lines", "expected"), INPUTS)
def test_inputs(lines: str, expected: list[str]) -> None:
    assert codes(f"model m {{\n  {lines}\n  ReLU\n}}\n") == expected


def test_models() -> None:
    two = model("ReLU") + model("Tanh").replace("model m", "model n")
    assert codes(two) == ["E0212"]
    assert graph(two, model="n").nodes[0].name == "tanh"
    assert codes(two, model="o") == ["E0212"]
    assert codes(model("ReLU") * 2, model="m") == ["E0209"]
    assert codes("model m {\n}\n") == ["E0325"]
    assert codes("model m {\n  input 3\n}\n") == ["E0326"]
    assert codes("block A { ReLU }\n") == []
    assert codes("block A { Foo }\n") == ["E0201"]
    assert codes("block A { ReLU }\n", buildable=True) == ["E0401"]
