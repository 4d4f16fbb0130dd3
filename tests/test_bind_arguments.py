"""How the arguments of a call are bound: by position, by word, by name."""

from __future__ import annotations

from typing import Any

import pytest
from specs_in_text import codes, compiled, graph, model

from specc.bind.model.single_layer import layer_from_text

BOUND: list[tuple[str, dict[str, Any]]] = [
    ("Conv2D(8, 3x3)", {"filters": 8, "kernel": (3, 3), "activation": "linear"}),
    ("Conv2D(8, 3)", {"kernel": (3, 3)}),
    ("Conv2D(8, (3, 5))", {"kernel": (3, 5)}),
    ("Conv2D(8, 3x3, same, relu)", {"padding": "same", "activation": "relu"}),
    ("Conv2D(8, 3x3, relu, same)", {"padding": "same", "activation": "relu"}),
    ("Conv2D(relu, 8, 3x3)", {"filters": 8, "activation": "relu"}),
    ("Conv2D(8, same, 3x3)", {"kernel": (3, 3), "padding": "same"}),
    ("Conv2D(8, 3x3, activation=relu)", {"activation": "relu"}),
    ("Conv2D(kernel=3x3, filters=8)", {"filters": 8, "kernel": (3, 3)}),
    ("Conv2D(kernel=3x3, 8)", {"filters": 8, "kernel": (3, 3)}),
    ("Conv2D(filters=8, 3x3)", {"filters": 8, "kernel": (3, 3)}),
    ("Conv2D(8, 3x3, stride=2, bias=false)", {"stride": (2, 2), "bias": False}),
    ("Conv2D(8, 3x3, padding=1)", {"padding": ((1, 1), (1, 1))}),
    ("Conv2D(8, 3x3, padding=(1, 2))", {"padding": ((1, 1), (2, 2))}),
    ("Conv2D(4 * 2, (1 + 2, 3))", {"filters": 8, "kernel": (3, 3)}),
    ("MaxPool2D(2x2)", {"window": (2, 2), "stride": (2, 2)}),
    ("Dropout(25%)", {"rate": 0.25}),
    ("Dropout(0)", {"rate": 0.0}),
    ("BatchNorm", {"momentum": 0.99}),
    ("BatchNorm(0.9)", {"momentum": 0.9}),
]


@pytest.mark.parametrize(("text", "fields"), BOUND)
def test_arguments_reach_their_fields(text: str, fields: dict[str, Any]) -> None:
    layer = layer_from_text(text)
    assert {name: getattr(layer, name) for name in fields} == fields


def test_a_term_as_argument() -> None:
    layer = layer_from_text("Dense(3, kernel_initializer=normal(std=0.1))")
    assert layer.kernel_initializer.model_dump()["std"] == 0.1  # type: ignore[attr-defined]
    layer = layer_from_text("Dense(3, bias_initializer=ones)")
    assert layer.bias_initializer.word() == "ones"  # type: ignore[attr-defined]


WRONG: list[tuple[str, str, str]] = [
    # text, code, the underlined text
    ("Conv2D(8)", "E0207", "Conv2D"),
    ("Conv2D", "E0207", "Conv2D"),
    ("Conv2D()", "E0207", "Conv2D"),
    ("Conv2D(8, 3x3, 2)", "E0208", "2"),
    ("Conv2D(8, 3, 3)", "E0208", "3"),
    ("Conv2D(8, 3x3, strid=2)", "E0203", "strid"),
    ("Conv2D(8, kernel_size=3)", "E0203", "kernel_size"),
    ("Conv2D(8, 3x3, in_channels=3)", "E0203", "in_channels"),
    ("Conv2D(8, 3x3, filters=9)", "E0204", "filters=9"),
    ("Conv2D(8, 3x3, relu, tanh)", "E0204", "tanh"),
    ('Conv2D(8, 3x3, "relu")', "E0205", '"relu"'),
    ('Conv2D(8, 3x3, padding="same")', "E0205", '"same"'),
    ("Conv2D(8, 3x3, bias=True)", "E0205", "True"),
    ("Conv2D(8, 3x3, bias=1)", "E0205", "1"),
    ("Conv2D(8, 3x3, activation=None)", "E0205", "None"),
    ("Conv2D(8, 3x3x3)", "E0205", "3x3x3"),
    ("Conv2D(8.0, 3x3)", "E0205", "8.0"),
    ("Conv2D(true, 3x3)", "E0205", "true"),
    ("Conv2D(5 epochs, 3x3)", "E0205", "5 epochs"),
    ("Conv2D(0, 3x3)", "E0206", "0"),
    ("Conv2D(8, 0x3)", "E0206", "0x3"),
    ("Conv2D(-8, 3x3)", "E0206", "-8"),
    ("Dropout(1.5)", "E0206", "1.5"),
    ("Dropout(0,5)", "E0208", "5"),
    ("Conv2D(8, 3x3, rellu)", "E0202", "rellu"),
    ("Conv2D(8, 3x3, F.relu)", "E0202", "F.relu"),
    ("Conv2D(8, 3x3, activation=swish)", "E0205", "swish"),
    ("Conv2D(widht, 3x3)", "E0202", "widht"),
    ("Conv2D(8, (k, 3))", "E0202", "k"),
    ("Conv2D(8, kernel=(k, 3))", "E0202", "k"),
    ("Conv2D(8, 3x3, zeros)", "E0215", "zeros"),
    ("Dense(sqrt(4))", "E0223", "sqrt"),
    ("Flatten(3)", "E0208", "3"),
    ("Dense(10, kernel_initializer=xavier_uniform)", "E0201", "xavier_uniform"),
    ("Dense(10, kernel_initializer=constant)", "E0207", "constant"),
    ("Dense(10, kernel_initializer=normal(sd=1))", "E0203", "sd"),
    ("nn.Conv2d(1, 8, 3)", "E0201", "nn.Conv2d"),
    ("tf.keras.layers.Dense(8)", "E0201", "tf.keras.layers.Dense"),
    ("Dense(10 softmax)", "E0105", ""),
    ("Identity", "E0201", "Identity"),
]


@pytest.mark.parametrize(("text", "code", "place"), WRONG)
def test_one_cause_is_one_error_at_the_smallest_place(text: str, code: str, place: str) -> None:
    (found,) = compiled(model(text)).diagnostics
    assert found.code == code
    assert found.source.text[found.span.start : found.span.end] == place


FIXED = [
    ("Linear(3)", "Dense(3)"),
    ("nn.Conv2d(8, 3x3)", "Conv2D(8, 3x3)"),
    ("tf.keras.layers.Dense(3)", "Dense(3)"),
    ("Dense(3, relU)", "Dense(3, relu)"),
    ('Dense(3, "relu")', "Dense(3, relu)"),
    ('Dense(3, activation="relu")', "Dense(3, activation=relu)"),
    ("Dense(3, bias=False)", "Dense(3, bias=false)"),
    ("Dense(out_features=3)", "Dense(units=3)"),
    ("Dense(3.0)", "Dense(3)"),
    ("Dense(3, activation=nn.ReLU)", "Dense(3, activation=relu)"),
    ("Dense(3, swish)", "Dense(3, silu)"),
]


@pytest.mark.parametrize(("text", "mended"), FIXED)
def test_fix_writes_what_was_meant(text: str, mended: str) -> None:
    source = model(f"Flatten -> {text}")
    (found,) = compiled(source).diagnostics
    assert found.fix is not None
    (edit,) = found.fix.edits
    result = source[: edit.span.start] + edit.text + source[edit.span.end :]
    assert result == model(f"Flatten -> {mended}")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("Conv2DTranspose(3, 2x2, groups=3)", "Keras has no transposed convolution in groups"),
        ("Conv2D(3, 2x2, padding_mode=reflect)", "pad before it, as with `ReflectionPad2D(1)`"),
        ("MaxPool2D(2x2, ceil_mode=true)", "write `padding=ceil`"),
        ("Softmax(axis=1)", "it is over the channels: leave it out"),
        ("UpSample2D(2, align_corners=true)", "Keras takes a cell for its middle: leave it out"),
    ],
)
def test_an_argument_that_a_layer_lacks_has_its_reason(text: str, advice: str) -> None:
    (found,) = compiled(model(text)).diagnostics
    assert (found.code, found.help, found.fix) == ("E0203", advice, None)


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("Dense(3, prelu)", "PReLU"),
        ("Dense(3, activation=prelu)", "PReLU"),
        ("Dense(3, layer_norm)", "LayerNorm"),
        ("Dense(3, leaky_relu(0.1))", "LeakyReLU(0.1)"),
        ("Dense(3, activation=elu(alpha=0.5))", "ELU(alpha=0.5)"),
    ],
)
def test_what_is_no_activation_word_may_be_a_layer(text: str, layer: str) -> None:
    (found,) = compiled(model(f"Flatten -> {text}")).diagnostics
    assert found.help is not None and f"write `-> {layer}` behind" in found.help
    assert codes(model(f"Flatten -> Dense(3) -> {layer}")) == []


def test_hidden_word_is_a_warning_and_a_value() -> None:
    text = model("let same = 1\n  Conv2D(8, 3x3, padding=same)")
    assert codes(text) == ["W0204"]
    result = compiled(text)
    assert result.spec is not None
    assert result.spec.model.nodes[0].op.padding == ((1, 1), (1, 1))  # type: ignore[attr-defined]


def test_name_that_hides_no_word_of_the_call_is_none() -> None:
    assert codes(model("let softmax = 3\n  Conv2D(softmax, softmax)")) == ["W0204", "W0204"]
    assert codes(model("let adam = 3\n  Conv2D(adam, 3x3)")) == []


def test_several_wrong_arguments_by_name_are_all_reported() -> None:
    assert codes(model("Conv2D(8, 3x3, a=1, b=2, bias=3)")) == ["E0203", "E0203", "E0205"]


def test_arguments_of_a_block() -> None:
    block = "block B(filters, kernel=3x3, act=relu) { Conv2D(filters, kernel, act) }\n"
    for call, wanted in (
        ("B(8)", (8, (3, 3), "relu")),
        ("B(8, kernel=5x5)", (8, (5, 5), "relu")),
        ("B(8, act=tanh)", (8, (3, 3), "tanh")),
        ("B(act=tanh, 8)", (8, (3, 3), "tanh")),
    ):
        op = graph(block + model(call)).nodes[0].op
        assert (op.filters, op.kernel, op.activation) == wanted  # type: ignore[attr-defined]
    for call, code in (
        ("B", "E0207"),
        ("B(8, 5x5)", "E0208"),
        ("B(8, foo=1)", "E0203"),
        ("B(8, filters=1)", "E0204"),
        ("B(widht)", "E0202"),
    ):
        assert codes(block + model(call)) == [code]
