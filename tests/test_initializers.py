"""Initial weights have the size that their fans say, layer by layer, and where frameworks differ.

Deviations are held against the formula to five standard errors, sqrt((kurtosis - 1) / 4n) of the
deviation itself for n draws. Fans of a framework are read off the largest of its uniform numbers,
which of n draws stays below the limit by about 1 / n of it: 3 % are far more, and tell fans apart.
"""

from __future__ import annotations

import json
import math
from importlib import import_module

import numpy as np
import pytest
from harness.backends import BACKENDS
from harness.processes import start

from specc import ir
from specc.bind.model.single_layer import layer_from_text
from specc.codegen.backend import get_backend
from specc.codegen.script.context import drawn_by
from specc.compile import compile_text
from specc.diagnostics.model import Diagnostic
from specc.ops.base import Layer
from specc.registry import every
from specc.source import Source
from specc.weights import initial

init = import_module("specc.backends.parts.init")

LAYERS = {
    # layer, dims of its input, and the fans of each kernel
    "Dense(48, kernel_initializer=I)": ("32", {"dense.weight": (32, 48)}),
    "Conv1D(24, 5, kernel_initializer=I)": ("8x16", {"conv.weight": (80, 120)}),
    "Conv2D(24, 3x3, groups=4, kernel_initializer=I)": ("8x8x16", {"conv.weight": (36, 216)}),
    "Conv3D(8, 3x2x1, kernel_initializer=I)": ("4x4x4x16", {"conv.weight": (96, 48)}),
    "DepthwiseConv2D(3x3, multiplier=2, kernel_initializer=I)": (
        "8x8x64",
        {"depthwise.weight": (9, 1152)},
    ),
    "SeparableConv2D(24, 3x3, depthwise_initializer=I, pointwise_initializer=I)": (
        "8x8x64",
        {"separable.depthwise.weight": (9, 576), "separable.pointwise.weight": (64, 24)},
    ),
    "Conv2DTranspose(24, 3x3, kernel_initializer=I)": ("8x8x64", {"up.weight": (216, 576)}),
    "Embedding(64, 16, initializer=I)": ("5", {"embedding.weight": (16, 64)}),
    "PositionEmbedding(initializer=I)": ("40x24", {"position.weight": (24, 40)}),
    "MultiHeadAttention(4, key_dim=6, kernel_initializer=I)": (
        "5x40",
        {f"attention.{part}.weight": (40, 24) for part in ("query", "key", "value")}
        | {"attention.output.weight": (24, 40)},
    ),
    "LSTM(24, kernel_initializer=I, recurrent_initializer=I)": (
        "5x40",
        {"lstm.weight_ih_l0": (40, 96), "lstm.weight_hh_l0": (24, 96)},
    ),
    "GRU(24, bidirectional=true, kernel_initializer=I, recurrent_initializer=I)": (
        "5x40",
        {
            f"gru.weight_{part}_l0{end}": (40 if part == "ih" else 24, 72)
            for part in ("ih", "hh")
            for end in ("", "_reverse")
        },
    ),
}
SCALES = {
    # numerator of the variance, mode, kurtosis, limit in deviations
    "glorot_uniform": (2, "both", 1.8, 3**0.5),
    "glorot_normal": (2, "both", 2.37, 2 / 0.87962566),
    "he_uniform": (2, "in", 1.8, 3**0.5),
    "he_normal": (2, "in", 2.37, 2 / 0.87962566),
    "lecun_uniform": (1, "in", 1.8, 3**0.5),
    "lecun_normal": (1, "in", 2.37, 2 / 0.87962566),
}


def compiled(body: str) -> tuple[ir.Spec | None, list[Diagnostic]]:
    result = compile_text(Source("a.cnn", f"model a {{\n{body}\n}}\n"))
    return result.spec, result.diagnostics


def drawn(layer: str, dims: str, seed: int = 5) -> dict[str, np.ndarray]:
    spec, found = compiled(f"  input {dims}\n  {layer}")
    assert spec is not None, found
    return initial.draw(spec.model, seed)


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("layer", LAYERS)
def test_kernels_have_their_fans(layer: str, name: str) -> None:
    dims, wanted = LAYERS[layer]
    weights = drawn(layer.replace("=I", f"={name}"), dims)
    assert {each for each, array in weights.items() if array.ndim > 1} == set(wanted)
    scale, mode, kurtosis, limit = SCALES[name]
    for each, (fan_in, fan_out) in wanted.items():
        w = weights[each].astype(np.float64)
        assert init.fans(w.shape) == (fan_in, fan_out)
        std = math.sqrt(scale / (fan_in + fan_out if mode == "both" else fan_in))
        assert w.std() == pytest.approx(std, rel=5 * math.sqrt((kurtosis - 1) / (4 * w.size)))
        assert abs(w.mean()) < 5 * std / math.sqrt(w.size)
        assert np.abs(w).max() <= limit * std * (1 + 1e-6)


def test_every_layer_with_a_matrix_is_among_them() -> None:
    listed = {layer.partition("(")[0].rstrip("123D") for layer in LAYERS} | {"SimpleRNN"}
    for op in every("layer"):
        assert issubclass(op, Layer)
        case = op.cases[0]
        weights = layer_from_text(case.text).weights(*case.inputs)
        fans = any(len(w.shape) > 1 and w.initial.word() in SCALES for w in weights)
        assert not fans or op.word().replace("Transpose", "").rstrip("123D") in listed | {"Conv"}


# ---- orthogonal


@pytest.mark.parametrize("shape", [(24, 6), (6, 24), (7, 7), (8, 3, 2, 2), (3, 4, 1, 2)])
def test_the_shorter_side_is_orthonormal(shape: tuple[int, ...]) -> None:
    w = init.orthogonal(init.weight_stream(3, "a"), shape, gain=2.0)
    assert w.dtype == np.float32 and w.shape == shape
    matrix = w.astype(np.float64).reshape(shape[0], -1)
    square = matrix @ matrix.T if matrix.shape[0] < matrix.shape[1] else matrix.T @ matrix
    # Each number is rounded to a float32: 6e-8 of it.
    np.testing.assert_allclose(square, 4 * np.eye(len(square)), atol=4 * 1e-6)


def test_orthogonal_matrices_turn_and_mirror_alike() -> None:
    """Without the signs of R every 3x3 matrix has the same determinant."""
    mirrors = [
        np.linalg.det(init.orthogonal(init.weight_stream(seed, "a"), (3, 3), gain=1.0)) < 0
        for seed in range(400)
    ]
    assert abs(np.mean(mirrors) - 0.5) < 5 * 0.5 / math.sqrt(400)


@pytest.mark.parametrize("layer", ["SimpleRNN", "LSTM", "GRU"])
def test_the_weights_of_a_state_begin_orthogonal(layer: str) -> None:
    weights = drawn(f"{layer}(5, bidirectional=true)", "4x3")
    for end in ("", "_reverse"):
        name = f"{'rnn' if layer == 'SimpleRNN' else layer.lower()}.weight_hh_l0{end}"
        w = weights[name].astype(np.float64)
        np.testing.assert_allclose(w.T @ w, np.eye(5), atol=1e-6)


# ---- what cannot be drawn


@pytest.mark.parametrize(
    "layer",
    [
        "Dense(4, bias_initializer=he_normal)",
        "Dense(4, kernel_initializer=he_normal, bias_initializer=he_normal)",
        "Dense(4) -> PReLU(initializer=orthogonal)",
        "Reshape(4x2) -> ClassToken(initializer=lecun_uniform)",
    ],
)
def test_a_vector_has_no_fans(layer: str) -> None:
    body = f"  input 8\n  {layer}"
    _, (found,) = compiled(body)
    assert found.code == "E0335"
    source, span = found.source.text, found.span
    assert source[span.start : span.end] == layer.rpartition("=")[2].rstrip(")")
    assert source[: span.start].endswith("initializer=")
    assert "bias_initializer=" in layer or "kernel" not in source[: span.start]
    mended = body.replace(source[span.start : span.end] + ")", "zeros)")
    assert compiled(mended)[1] == []


def test_initializers_that_need_a_matrix_say_so() -> None:
    """All others draw a vector."""
    for cls in every("initializer"):
        if any(field.is_required() for field in cls.model_fields.values()):
            continue
        least = cls.least_axes  # type: ignore[attr-defined]
        assert (least == 2) == (cls.word() in (*SCALES, "orthogonal"))
        function, options = drawn_by(cls.build({}))
        made = getattr(init, function)(
            init.weight_stream(0, "a"), (4, 4)[: max(least, 1)], **options
        )
        assert made.shape == (4, 4)[: max(least, 1)]


def test_a_table_of_drawing_functions_has_one_type() -> None:
    body = "  input 4x3\n  LSTM(2, sequences=true) -> SimpleRNN(2)\n  Dense(1)"
    data = 'data {\n  source = npz("a.npz")\n}\n'
    train = "train {\n  loss = mse\n  optimizer = sgd\n  batch = 2\n  epochs = 1\n}\n"
    result = compile_text(Source("a.cnn", f"model a {{\n{body}\n}}\n{data}{train}"))
    assert isinstance(result.spec, ir.Buildable), result.diagnostics
    for backend in BACKENDS:
        script = get_backend(backend).script(result.spec)
        assert '"lstm.bias_ih_l0": partial(forget_one)' in script
        assert '"rnn.bias_ih_l0": partial(constant, value=0.0)' in script


# ---- what the frameworks take for fans

KERAS = """
import json, os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras, numpy as np
from keras import layers as L
keras.utils.set_random_seed(1)
found = {}
for I in (keras.initializers.HeUniform, keras.initializers.GlorotUniform):
    for layer, shape in (
        (L.Dense(48, kernel_initializer=I(), name="dense"), (32,)),
        (L.Conv2D(24, 3, groups=4, kernel_initializer=I(), name="grouped"), (8, 8, 16)),
        (L.DepthwiseConv2D(3, depth_multiplier=2, depthwise_initializer=I(), name="depthwise"),
         (8, 8, 64)),
        (L.Conv2DTranspose(24, 3, kernel_initializer=I(), name="transposed"), (8, 8, 64)),
        (L.Embedding(64, 16, embeddings_initializer=I(), name="embedding"), (5,)),
        (L.MultiHeadAttention(4, key_dim=6, kernel_initializer=I(), name="attention"), (5, 40)),
        (L.LSTM(24, kernel_initializer=I(), recurrent_initializer=I(), name="lstm"), (5, 40)),
    ):
        x = keras.Input(shape)
        layer(x, x) if layer.name == "attention" else layer(x)
        for w in layer.weights:
            if "bias" not in w.path:
                limit = float(np.abs(w.numpy()).max())
                found.setdefault(w.path, []).append(6 / limit**2)
print(json.dumps(found))
"""
TORCH = """
import json, torch
from torch import nn
torch.manual_seed(0)
found = {}
for name, layer in {
    "dense": nn.Linear(32, 48),
    "grouped": nn.Conv2d(16, 24, 3, groups=4),
    "depthwise": nn.Conv2d(64, 128, 3, groups=64),
    "transposed": nn.ConvTranspose2d(64, 24, 3),
    "embedding": nn.Embedding(64, 16),
    "query": nn.Linear(40, 24),
    "packed": nn.MultiheadAttention(24, 4),
    "lstm": nn.LSTM(40, 24),
}.items():
    for key, w in layer.named_parameters():
        if w.ndim > 1:
            limits = []
            with torch.no_grad():
                for draw in (nn.init.kaiming_uniform_, nn.init.xavier_uniform_):
                    draw(w, nonlinearity="relu") if draw is nn.init.kaiming_uniform_ else draw(w)
                    limits.append(w.abs().max().item())
            found[f"{name}/{key}"] = [6 / limit**2 for limit in limits]
print(json.dumps(found))
"""
FANS = {
    # a weight of Keras, of PyTorch, the fans of the language, those of Keras, those of PyTorch
    "dense": ("dense/kernel", "dense/weight", (32, 48), None, None),
    "grouped": ("grouped/kernel", "grouped/weight", (36, 216), None, None),
    "depthwise": ("depthwise/kernel", "depthwise/weight", (9, 1152), (576, 18), None),
    "transposed": ("transposed/kernel", "transposed/weight", (216, 576), None, None),
    "embedding": ("embedding/embeddings", "embedding/weight", (16, 64), (64, 16), None),
    "query": ("attention/query/kernel", "query/weight", (40, 24), None, None),
    "packed": ("attention/attention_output/kernel", "packed/in_proj_weight", (24, 40), None,
               (24, 72)),
    "input": ("lstm/lstm_cell/kernel", "lstm/weight_ih_l0", (40, 96), None, None),
    "state": ("lstm/lstm_cell/recurrent_kernel", "lstm/weight_hh_l0", (24, 96), None, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, list[float]]]:
    """fan_in, and fan_in + fan_out, of each framework's own weights."""
    found = {}
    for framework, code in (("keras", KERAS), ("torch", TORCH)):
        done = start(framework, "-c", code).wait()
        assert done.code == 0, done.err
        found[framework] = json.loads(done.out.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("row", FANS)
def test_fans_of_the_frameworks(measured: dict[str, dict[str, list[float]]], row: str) -> None:
    in_keras, in_torch, ours, keras, torch = FANS[row]
    for found, (fan_in, fan_out) in (
        (measured["keras"][in_keras], keras or ours),
        (measured["torch"][in_torch], torch or ours),
    ):
        assert found == pytest.approx([fan_in, fan_in + fan_out], rel=0.03)
