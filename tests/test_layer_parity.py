"""Every layer means the same in Keras and in PyTorch: the lowered code is run on the same numbers.

Behind a layer that learns, where its input needs a gradient; as a network's first layer; and behind
a frozen one.

Tolerances in float64. Rounding alone stays below 1e-13 on shapes as small as these; 1e-9 leaves
room and still sees any difference of meaning. What TensorFlow has in float32 alone is exact here:
backends/keras/exact.py.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from harness import layer_facts
from harness.backends import BACKENDS
from harness.layers import (
    PLACES,
    Arrays,
    Job,
    Results,
    distance,
    everywhere,
    job,
    numbers,
    results,
    run,
)

from specc.bind.model.single_layer import layer_from_text
from specc.codegen.lowering import Refused
from specc.ops.base import Case, Layer
from specc.registry import every

pytestmark = [pytest.mark.parity, pytest.mark.slow]

EXACT = 1e-9

CASES = [case for cls in every("layer") if issubclass(cls, Layer) for case in cls.cases]
ONE_VALUE = Case("BatchNorm", (1, 1, 2))
"""A batch of one picture of one place: one value for each channel."""
SWEPT = 360


def key_of(case: Case, batch: int = 3) -> str:
    return f"{case.text} on {case.inputs} x {batch}"


WINDOWED = (
    ("Conv1D", 1), ("Conv2D", 2), ("Conv3D", 3), ("MaxPool2D", 2), ("AvgPool2D", 2),
    ("MaxPool1D", 1), ("MaxPool3D", 3), ("AvgPool1D", 1), ("AvgPool3D", 3),
    ("Conv1DTranspose", 1), ("Conv2DTranspose", 2), ("Conv3DTranspose", 3),
)  # fmt: skip
"""Layers with windows, and over how many axes they slide."""


def _drawn(random: np.random.Generator, count: int, low: int, high: int) -> tuple[int, ...]:
    return tuple(map(int, random.integers(low, high, count)))


def _size(numbers: tuple[int, ...]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else str(numbers)


def swept() -> list[Case]:
    """Convolutions and pools of random windows, strides, pads, dilations and groups that fit."""
    random = np.random.Generator(np.random.Philox(key=3))
    found: list[Case] = []
    while len(found) < SWEPT:
        layer, axes = WINDOWED[int(random.integers(len(WINDOWED)))]
        sizes = _drawn(random, axes, 1, (0, 10, 10, 6)[axes])
        kernel, stride = _drawn(random, axes, 1, 5), _drawn(random, axes, 1, 4)
        pads = tuple(_drawn(random, 2, 0, 3) for _ in range(axes))
        choices = ["valid", "same", str(pads if axes > 1 else pads[0])]
        if "Pool" in layer:
            choices.append("ceil")
        window = f"{'x'.join(map(str, kernel))}, stride={_size(stride)}"
        window += f", padding={choices[len(found) % len(choices)]}"
        groups = int(random.integers(1, 4))
        if layer.endswith("Transpose"):
            window = f"{groups}, {window}"
            if random.random() < 0.5:
                extra = tuple(int(random.integers(step)) for step in stride)
                window += f", output_padding={_size(extra)}"
        elif layer.startswith("Conv"):
            dilation = int(random.integers(1, 3)) if max(stride) == 1 else 1
            window = f"{2 * groups}, {window}, dilation={dilation}, groups={groups}"
        case = Case(f"{layer}({window})", (*sizes, groups))
        if not list(layer_from_text(case.text).problems(*case.inputs)):
            found.append(case)
    return found


ALL = {key_of(case): (case, 3) for case in CASES} | {key_of(ONE_VALUE, 1): (ONE_VALUE, 1)}

SWEEP = {key_of(case): (case, 3) for case in swept()}

WRONG = [
    ("pads at the near end", "torch", "Conv2D(3, 3x3, stride=2, same)", (8, 8, 2),
     "F.pad(x0, (0, 1, 0, 1))", "F.pad(x0, (1, 0, 1, 0))"),
    ("pads alike at both ends", "torch", "Conv2D(3, 3x3, stride=2, same)", (8, 8, 2),
     "F.pad(x0, (0, 1, 0, 1))", "F.pad(x0, (1, 1, 1, 1))"),
    ("rows and columns mixed up", "torch", "ZeroPad2D(((0, 1), (2, 3)))", (5, 5, 2),
     "(2, 3, 0, 1)", "(0, 1, 2, 3)"),
    ("explicit pads the other way round", "keras",
     "Conv2D(3, 3x2, padding=((0, 1), (2, 0)), stride=2)", (6, 7, 2),
     "((0, 1), (2, 0))", "((1, 0), (0, 2))"),
    ("causal pads at the end", "torch", "Conv1D(2, 3, causal, dilation=2)", (7, 3),
     "(0, 0, 4, 0)", "(0, 0, 0, 4)"),
    ("causal pads without the dilation", "torch", "Conv1D(2, 3, causal, dilation=2)", (7, 3),
     "(0, 0, 4, 0)", "(0, 0, 2, 0)"),
    ("causal is not same", "keras", "Conv1D(2, 3, causal)", (7, 3), '"causal"', '"same"'),
    ("channels taken for the length", "torch", "Conv1D(3, 3, same)", (3, 3),
     ".transpose(1, 2)", ""),
    ("TensorFlow's `same` without a pad, stride above the kernel", "keras",
     "Conv3D(2, 1, stride=3, same)", (6, 6, 6, 2), "strides=3", 'strides=3, padding="same"'),
    ("depth and width mixed up", "torch",
     "Conv3D(2, 2, padding=((0, 1), (0, 0), (1, 0)))", (3, 3, 3, 1),
     "(1, 0, 0, 0, 0, 1)", "(0, 1, 0, 0, 1, 0)"),
    ("activation left out", "torch", "Conv2D(4, 3x3, relu)", (8, 8, 3), "torch.relu", ""),
    ("Keras's function has slope 0.2", "keras", "Conv2D(2, 3x3, leaky_relu)", (5, 5, 2),
     "negative_slope=0.3", "negative_slope=0.2"),
    ("torch's own slope", "torch", "LeakyReLU", (9,), ", negative_slope=0.3", ""),
    ("GELU by tanh", "torch", "GELU", (9,), "F.gelu(x0)", 'F.gelu(x0, approximate="tanh")'),
    ("softmax over the width", "torch", "Softmax", (4, 3, 5), "dim=1", "dim=-1"),
    ("multiplier before the channels", "torch", "DepthwiseConv2D(2x4, multiplier=2)", (5, 6, 3),
     "self.layer(x0)", "self.layer(x0).unflatten(1, (3, 2)).transpose(1, 2).flatten(1, 2)"),
    ("depthwise pads at the near end", "torch", "DepthwiseConv2D(3x3, stride=2, same)", (8, 8, 2),
     "(0, 1, 0, 1)", "(1, 0, 1, 0)"),
    ("depthwise without its dilation", "keras", "DepthwiseConv1D(3, causal, dilation=2)", (7, 2),
     "dilation_rate=2", "dilation_rate=1"),
    ("separable pads at the near end", "torch", "SeparableConv2D(3, 3x3, stride=2, same)",
     (8, 8, 2), "(0, 1, 0, 1)", "(1, 0, 1, 0)"),
    ("the classic trap: PyTorch's padding for Keras's `same`", "torch",
     "Conv2DTranspose(2, 3x3, stride=2, same)", (4, 4, 2),
     "self.layer(x0)[:, :, :-1, :-1]", "self.layer(x0)[:, :, 1:, 1:]"),
    ("TensorFlow's `same` with a stride above the kernel: the gradient alone is wrong", "keras",
     "Conv3DTranspose(2, 1, stride=3, same)", (2, 2, 3, 2),
     "strides=3", 'strides=3, padding="same"'),
    ("the other end cut off", "keras",
     "Conv2DTranspose(2, 3x3, stride=2, padding=1, output_padding=1)", (4, 4, 2),
     "((1, 0), (1, 0))", "((0, 1), (0, 1))"),
    ("transposed kernel not turned", "torch", "Conv1DTranspose(2, 3)", (4, 2),
     "self.layer(x0.transpose(1, 2))", "self.layer(x0.transpose(1, 2).flip(2)).flip(2)"),
    ("table counted from 1", "torch", "Embedding(7, 3)", (5,),
     "x0.long()", "(x0.long() + 1) % 7"),
    ("cells beyond the end count, torch", "torch", "AvgPool1D(5, stride=3, ceil)", (7, 2),
     "ceil_mode=True", "padding=1"),
    ("cells beyond the end count, Keras", "keras", "AvgPool1D(5, stride=3, ceil)", (7, 2),
     "keras.ops.ones_like(x0)", "(keras.ops.ones_like(x0) + 1e3)"),
    ("no window beyond the end", "torch", "MaxPool2D(3x3, stride=2, ceil)", (6, 7, 2),
     ", ceil_mode=True", ""),
    ("the axis kept and lost", "torch", "GlobalAvgPool1D(keepdims=true)", (5, 3),
     "dim=1", "dim=2"),
    ("parts by the stride alone", "torch", "AdaptiveAvgPool1D(3)", (8, 2),
     "nn.AdaptiveAvgPool1d(3)", "nn.AvgPool1d(2, stride=3)"),
    ("PyTorch's plain nearest", "torch", "Resize2D(3, nearest)", (8, 4, 1),
     '"nearest-exact"', '"nearest"'),
    ("corners aligned", "torch", "UpSample2D(2, bilinear)", (3, 4, 2),
     'mode="bilinear"', 'mode="bilinear", align_corners=True'),
    ("not smoothed", "torch", "Resize2D(3, antialias=true)", (8, 7, 2), ", antialias=True", ""),
    ("the whole sequence again", "torch", "UpSample1D(2)", (3, 2),
     "x0.repeat_interleave(2, dim=1)", "x0.repeat(1, 2, 1)"),
    ("the other half of an odd crop", "torch", "CenterCrop2D(2)", (5, 4, 2), "1:-2", "2:-1"),
    ("channels numbered as TensorFlow does", "keras", "PixelShuffle(2)", (3, 2, 8),
     "(1, 4, 2, 5, 3)", "(1, 5, 2, 4, 3)"),
    ("cells numbered as TensorFlow does", "keras", "PixelUnshuffle(2)", (6, 4, 2),
     "(1, 3, 5, 2, 4)", "(1, 3, 2, 4, 5)"),
    ("dealt out the other way", "torch", "ChannelShuffle(2)", (3, 2, 6), "(x0, 2)", "(x0, 3)"),
    ("channels taken for the height", "torch", "Permute((2, 1, 3))", (3, 3, 3),
     "(0, 1, 3, 2)", "(0, 2, 1, 3)"),
    ("slice of another axis", "torch", "Slice(height, start=1, stop=3)", (4, 4, 4),
     "x0[:, :, 1:3]", "x0[:, :, :, 1:3].transpose(2, 3)"),
    ("flatten a volume channels first", "torch", "Flatten", (2, 3, 4, 2),
     ".permute(0, 2, 3, 4, 1)", ""),
    ("flatten channels first", "torch", "Flatten", (3, 4, 2), ".permute(0, 2, 3, 1)", ""),
    ("reshape channels first", "torch", "Reshape(12x2)", (4, 3, 2), ".permute(0, 2, 3, 1)", ""),
    ("unbiased running variance", "torch", "BatchNorm", (5, 4, 3), "BatchNorm2d", "nn.BatchNorm2d"),
    ("torch's own epsilon", "torch", "BatchNorm", (5, 4, 3), "eps=0.001", "eps=1e-05"),
    ("momentum of the other framework", "torch", "BatchNorm", (5, 4, 3),
     "momentum=0.01", "momentum=0.99"),
    ("Keras's default epsilon of another layer", "keras", "BatchNorm(epsilon=1e-5)", (5, 4, 3),
     "epsilon=1e-05", "epsilon=0.001"),
    ("`same` counts its cells", "torch", "AvgPool2D(3x3, stride=1, same)", (5, 6, 2),
     ", count_include_pad=False", ""),
    ("explicit pads do not count", "torch", "AvgPool2D(3x3, stride=2, padding=1)", (8, 8, 2),
     "padding=1", "padding=1, count_include_pad=False"),
    ("one window too few", "torch", "MaxPool2D(3x3, stride=2, same)", (8, 7, 2),
     ", ceil_mode=True", ""),
    ("zeros may win, torch", "torch", "MaxPool2D(2x2, stride=1, same)", (5, 4, 1),
     'value=float("-inf")', "value=0.0"),
    ("zeros may win, Keras", "keras", "MaxPool2D(2x2, padding=1)", (8, 6, 2),
     'constant_values=float("-inf")', "constant_values=0.0"),
    ("joined in another order", "torch", "Concat", (3, 4, 2), "(x0, x1)", "(x1, x0)"),
    ("joined along the width", "torch", "Concat", (4, 4, 2), "dim=1", "dim=-1"),
    ("the activation before the weights", "torch", "Dense(5, relu)", (7,),
     "torch.relu(self.layer(x0))", "self.layer(torch.relu(x0))"),
    ("separable pads of a sequence at the near end", "torch",
     "SeparableConv1D(3, 4, stride=2, same)", (7, 2), "(0, 0, 1, 2)", "(0, 0, 2, 1)"),
    ("parts of a picture by the stride alone", "torch", "AdaptiveAvgPool2D(4x3)", (8, 7, 2),
     "nn.AdaptiveAvgPool2d((4, 3))", "nn.AvgPool2d(2)"),
    ("parts of a sequence by the stride alone", "torch", "AdaptiveMaxPool1D(3)", (8, 2),
     "nn.AdaptiveMaxPool1d(3)", "nn.MaxPool1d(2, stride=3)"),
    ("largest parts by the stride alone", "torch", "AdaptiveMaxPool2D(4x3)", (8, 7, 2),
     "nn.AdaptiveMaxPool2d((4, 3))", "nn.MaxPool2d(2)"),
    ("parts of a volume by the stride alone", "torch", "AdaptiveAvgPool3D(2)", (5, 5, 5, 2),
     "nn.AdaptiveAvgPool3d(2)", "nn.AvgPool3d(2, stride=3)"),
    ("largest parts of a volume by the stride alone", "torch", "AdaptiveMaxPool3D(2)", (5, 5, 5, 2),
     "nn.AdaptiveMaxPool3d(2)", "nn.MaxPool3d(2, stride=3)"),
    ("`same` of a volume counts its cells", "torch", "AvgPool3D(3, stride=1, same)", (3, 4, 3, 2),
     ", count_include_pad=False", ""),
    ("zeros may win in a sequence", "keras", "MaxPool1D(3, stride=2, padding=1)", (8, 2),
     'constant_values=float("-inf")', "constant_values=0.0"),
    ("zeros may win in a volume", "torch", "MaxPool3D(2, stride=1, same)", (3, 2, 3, 2),
     'value=float("-inf")', "value=0.0"),
    ("a sum over the picture", "torch", "GlobalAvgPool2D", (5, 4, 3), ".mean(", ".sum("),
    ("the mean of channels and places", "torch", "GlobalAvgPool3D", (2, 2, 2, 2),
     "dim=(2, 3, 4)", "dim=(1, 2, 3)"),
    ("the largest of the channels", "torch", "GlobalMaxPool1D", (3, 3), "dim=1", "dim=2"),
    ("the largest of channels and rows", "torch", "GlobalMaxPool2D", (3, 3, 3),
     "dim=(2, 3)", "dim=(1, 2)"),
    ("the mean for the largest", "torch", "GlobalMaxPool3D", (2, 3, 4, 2), "amax", "mean"),
    ("the other end of a sequence cut off", "torch", "Crop1D((2, 0))", (5, 2), "2:", ":-2"),
    ("the other row cut off", "torch", "Crop2D(((0, 1), (2, 1)))", (5, 6, 2),
     ":-1, 2:-1", "1:, 2:-1"),
    ("the other slice cut off", "torch", "Crop3D(((0, 1), (2, 0), (1, 1)))", (3, 4, 5, 1),
     ":-1, 2:, 1:-1", "1:, 2:, 1:-1"),
    ("numbers between those of a volume", "torch", "UpSample3D(2)", (2, 3, 2, 2),
     '"nearest"', '"trilinear"'),
    ("zeros at the other end", "torch", "ZeroPad1D((2, 0))", (3, 2),
     "(0, 0, 2, 0)", "(0, 0, 0, 2)"),
    ("zeros behind the volume", "torch", "ZeroPad3D(((0, 1), (2, 0), (1, 1)))", (3, 2, 2, 2),
     "(1, 1, 2, 0, 0, 1)", "(1, 1, 2, 0, 1, 0)"),
    *layer_facts.WRONG,
]  # fmt: skip
TRANSPOSED = "kernel with height and width mixed up"


def wrong_jobs() -> tuple[dict[str, list[Job]], Arrays]:
    """The jobs of each backend: one has the wrong code, the other the right one."""
    jobs: dict[str, list[Job]] = {backend: [] for backend in BACKENDS}
    arrays: Arrays = {}
    for title, where, text, dims, old, new in WRONG:
        case = Case(text, *([dims] * layer_from_text(text).arity[0]))
        for backend in BACKENDS:
            right = job(backend, title, case)
            if backend == where:
                assert old in right.code, f"{title}: {right.code}"
                right = replace(right, code=right.code.replace(old, new))
            jobs[backend].append(right)
        arrays |= numbers(title, case)
    case = Case("Conv2D(2, 3x3)", (5, 5, 2))
    for backend in BACKENDS:
        right = job(backend, TRANSPOSED, case)
        mixed = tuple(replace(s, axes=(3, 2, 1, 0)) if s.axes else s for s in right.stored)
        jobs[backend].append(replace(right, stored=mixed))
    return jobs, arrays | numbers(TRANSPOSED, case)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Results], set[str]]:
    """What each backend computed, and the cases that one of them refused."""
    jobs, arrays = wrong_jobs()
    refused = set()
    for key, (case, batch) in (ALL | SWEEP).items():
        arrays |= numbers(key, case, batch)
        for backend in BACKENDS:
            try:
                made = job(backend, key, case, batch)
                # That training changes nothing is shown by the cases of these layers.
                made = replace(made, train=key in ALL)
                jobs[backend].append(everywhere(backend, made, case))
            except Refused:
                refused.add(key)
    for word in ("Maximum", "Minimum"):
        key, case = f"{word} of equal numbers", Case(word, (4,), (4,))
        arrays |= numbers(key, case)
        arrays[f"{key}|x1"] = arrays[f"{key}|x0"]
        for backend in BACKENDS:
            jobs[backend].append(job(backend, key, case))
    folders: dict[str, Path] = {each: tmp_path_factory.mktemp(each) for each in BACKENDS}
    started = {each: run(each, jobs[each], arrays, folders[each]) for each in BACKENDS}
    return {each: results(started[each], folders[each]) for each in BACKENDS}, refused


def distances(found: dict[str, Results], key: str, *, train: bool = True) -> dict[str, float]:
    """How far the backends are apart, for each quantity that either of them computed."""
    modes = ("eval", *PLACES, *(["train"] if train else []))
    names = {
        name
        for arrays in found.values()
        for mode in modes
        for name in arrays.quantities.get(f"{key}|{mode}", ())
    }
    keras, torch = found["keras"], found["torch"]
    missing = np.full(1, np.nan)
    return {
        name.removeprefix(f"{key}|"): distance(keras.get(name, missing), torch.get(name, missing))
        for name in sorted(names)
    }


@pytest.mark.parametrize("key", ALL)
def test_backends_agree(found: tuple[dict[str, Results], set[str]], key: str) -> None:
    arrays, refused = found
    assert key not in refused
    case, _ = ALL[key]
    op = layer_from_text(case.text)
    # Each backend has its own random stream for dropout; its law has a test of its own.
    apart = distances(arrays, key, train=not op.random)
    learned = [weight.name for weight in op.weights(*case.inputs) if weight.trainable]
    wanted = {f"{place}|{name}" for place in ("eval", *PLACES)
              for name in ("y", *(f"d{name}" for name in learned))}  # fmt: skip
    # Whole numbers have no gradient.
    given = {"eval|dx0"} if op.index_limit() is None else set()
    assert wanted | given <= apart.keys()
    assert {name: value for name, value in apart.items() if not value <= EXACT} == {}


def test_windows_of_all_kinds_agree(found: tuple[dict[str, Results], set[str]]) -> None:
    arrays, refused = found
    assert not refused
    apart = {key: max(distances(arrays, key, train=False).values()) for key in SWEEP}
    wrong = {k: v for k, v in apart.items() if not v <= EXACT}
    assert wrong == {}
    words = [layer_from_text(case.text).word() for case, _ in SWEEP.values()]
    assert all(words.count(word) > SWEPT / len(WINDOWED) / 3 for word, _ in WINDOWED)


@pytest.mark.parametrize("key", [key for key, (case, _) in ALL.items() if "BatchNorm" in case.text])
def test_training_moves_the_running_figures(
    found: tuple[dict[str, Results], set[str]], key: str
) -> None:
    case, batch = ALL[key]
    before = numbers(key, case, batch)
    for arrays in found[0].values():
        for name in ("running_mean", "running_var"):
            assert np.array_equal(arrays[f"{key}|eval|{name}"], before[f"{key}|{name}"])
            assert not np.allclose(
                arrays[f"{key}|train|{name}"], before[f"{key}|{name}"], rtol=1e-6
            )


def drops(case: Case) -> bool:
    op = layer_from_text(case.text)
    return op.random and not op.word().startswith("Gaussian")


@pytest.mark.parametrize("key", [key for key, (case, _) in ALL.items() if drops(case)])
def test_dropout_scales_what_it_keeps(found: tuple[dict[str, Results], set[str]], key: str) -> None:
    case, _ = ALL[key]
    op = layer_from_text(case.text)
    rate = op.model_dump()["rate"]
    x = numbers(key, case)[f"{key}|x0"]
    for arrays in found[0].values():
        y = arrays[f"{key}|train|y"]
        kept = y != 0
        # TensorFlow scales by a float32 factor.
        np.testing.assert_allclose(y[kept], x[kept] / (1 - rate), rtol=1e-6)
        places = {"DropPath": tuple(range(1, y.ndim)), "Dropout": ()}
        whole = kept.any(axis=places.get(op.word(), tuple(range(1, y.ndim - 1))), keepdims=True)
        # What is left out is left out whole; with few samples perhaps none is.
        assert (kept == whole).all()
        assert kept.all() == (rate == 0) or op.word() == "DropPath"
        np.testing.assert_array_equal(arrays[f"{key}|eval|y"], x)


@pytest.mark.parametrize("key", [key for key, (case, _) in ALL.items() if "Gaussian" in case.text])
def test_noise_has_its_deviation(found: tuple[dict[str, Results], set[str]], key: str) -> None:
    case, _ = ALL[key]
    (number,) = (v for k, v in layer_from_text(case.text).model_dump().items() if k != "kind")
    x = numbers(key, case)[f"{key}|x0"]
    for arrays in found[0].values():
        y = arrays[f"{key}|train|y"]
        np.testing.assert_array_equal(arrays[f"{key}|eval|y"], x)
        if number == 0:
            np.testing.assert_array_equal(y, x)
            continue
        adds = case.text.startswith("GaussianNoise")
        noise = (y - x) / number if adds else (y / x - 1) / (number / (1 - number)) ** 0.5
        # Five standard errors of the mean and of the deviation.
        assert abs(noise.mean()) < 5 / noise.size**0.5
        assert abs(noise.std() - 1) < 5 / (2 * noise.size) ** 0.5


@pytest.mark.parametrize("word", ["Maximum", "Minimum"])
def test_of_equal_numbers_the_first_learns(
    found: tuple[dict[str, Results], set[str]], word: str
) -> None:
    for arrays in found[0].values():
        first, second = (arrays[f"{word} of equal numbers|eval|dx{i}"] for i in (0, 1))
        assert first.all() and not second.any()


def test_every_layer_has_a_wrong_variant() -> None:
    """What draws random numbers has laws instead."""
    spoilt = {layer_from_text(text).word() for _, _, text, *_ in WRONG}
    layers = [cls for cls in every("layer") if issubclass(cls, Layer)]
    assert {cls.word() for cls in layers if not cls.random} == spoilt
    assert len({title for title, *_ in WRONG}) == len(WRONG)


@pytest.mark.parametrize("title", [*(row[0] for row in WRONG), TRANSPOSED])
def test_wrong_meaning_is_seen(found: tuple[dict[str, Results], set[str]], title: str) -> None:
    apart = distances(found[0], title)
    assert max(apart.values()) > 1e-5, apart
