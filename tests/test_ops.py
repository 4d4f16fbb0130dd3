"""What layers say of themselves: shapes, weights, cost, problems; every argument matters."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from typing import Any, get_args

import pytest
from harness import layer_facts
from harness.backends import BACKENDS
from harness.layers import lowered, lowerings

from specc.bind.model.single_layer import layer_from_text
from specc.codegen.lowering import Refused
from specc.compile import compile_text
from specc.diagnostics.codes import all_codes, explain
from specc.kinds import Boolean, Extent, Kind, Many, Maybe, Number, Pads, Sizes, Whole, Word
from specc.nested import TermOf
from specc.ops.activation import LAYER_OF, WORD_OF
from specc.ops.base import ACTIVATIONS, ActivationWord, Case, Dims, Layer, Reach
from specc.ops.geometry import same_pads, span_of, windows
from specc.registry import every, known, names
from specc.reserved import NO_LAYER
from specc.source import Source
from specc.terms import kind_of
from specc.train.initializers import Constant

OPS = [cls for cls in every("layer") if issubclass(cls, Layer)]
CASES = [case for cls in OPS for case in cls.cases]


def shown(value: object) -> str:
    return value.__name__ if isinstance(value, type) else str(value)


# ---- the set of layers


def test_registry_finds_every_public_class_and_no_other() -> None:
    found = set()
    for path in files("specc.ops").iterdir():
        if not path.name.endswith(".py") or path.name in ("__init__.py", "base.py"):
            continue
        module = import_module(f"specc.ops.{path.name[:-3]}")
        for name, cls in inspect.getmembers(module, inspect.isclass):
            if cls.__module__ == module.__name__ and issubclass(cls, Layer) and name[0] != "_":
                found.add(f"{module.__name__}:{name}")
    assert set(names("layer").values()) == found


def test_each_activation_word_is_a_layer() -> None:
    assert get_args(ActivationWord) == ACTIVATIONS
    assert set(LAYER_OF) == set(ACTIVATIONS) - {"linear"}
    assert {cls: word for word, cls in LAYER_OF.items()} == WORD_OF
    assert not any(
        field.is_required() for cls in LAYER_OF.values() for field in cls.model_fields.values()
    )


@pytest.mark.parametrize("op", OPS, ids=shown)
def test_is_documented(op: type[Layer]) -> None:
    assert op.__doc__ and "__doc__" in vars(op) and op.__doc__ != Layer.__doc__
    assert op.cases, "a layer needs cases: they are its examples and its parity tests"
    assert op.label.isidentifier() and op.label not in NO_LAYER
    # A label that ends in a number could meet another label with its number.
    assert not op.label[-1].isdigit()
    for name, field in op.model_fields.items():
        assert field.description, name
        assert name.isidentifier() and name not in foreign(op, name)


def foreign(op: type[Layer], field: str) -> list[str]:
    extra = op.model_fields[field].json_schema_extra
    assert isinstance(extra, dict)
    found = extra["foreign"]
    assert isinstance(found, list)
    return [str(name) for name in found]


def test_foreign_names_are_clear() -> None:
    taken: dict[str, str] = {}
    for op in OPS:
        for name in op.foreign:
            assert name not in known("layer"), "a name of the language is not foreign"
            assert taken.setdefault(name, op.word()) == op.word()
        arguments = [name for field in op.model_fields for name in foreign(op, field)]
        assert len(arguments) == len({*arguments} - {*op.model_fields})


@pytest.mark.parametrize("op", OPS, ids=shown)
def test_what_it_lacks_is_no_argument(op: type[Layer]) -> None:
    taken = {*op.model_fields, *(name for field in op.model_fields for name in foreign(op, field))}
    assert not taken & op.lacking.keys()


@pytest.mark.parametrize("op", OPS, ids=shown)
def test_a_bare_word_fits_one_argument(op: type[Layer]) -> None:
    kinds = [kind_of(field) for field in op.model_fields.values()]
    words = [word for kind in kinds if not isinstance(kind, TermOf) for word in kind.words]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("backend", BACKENDS)
def test_backend_lowers_every_layer(backend: str) -> None:
    assert [op for op in OPS if lowerings(backend).find(op) is None] == []


# ---- shapes and costs


def taps(size: int, pad: tuple[int, int], kernel: int, stride: int, dilation: int) -> int:
    """Count the windows of an axis one by one."""
    cells = range(-pad[0], size + pad[1])
    starts = [first for first in cells if (first + pad[0]) % stride == 0]
    return sum(first + (kernel - 1) * dilation in cells for first in starts)


def test_window_arithmetic() -> None:
    axes = [
        (n, k, s, d)
        for n in range(1, 9)
        for k in range(1, 6)
        for s in range(1, 5)
        for d in (1, 2, 3)
    ]
    for size, kernel, stride, dilation in axes:
        near, far = same_pads(size, kernel, stride, dilation)
        assert 0 <= far - near <= 1
        assert windows(size, (near, far), kernel, stride, dilation) == math.ceil(size / stride)
        # No pad is larger than needed: with one cell less, a window is lost.
        if far:
            assert taps(size, (near, far - 1), kernel, stride, dilation) < math.ceil(size / stride)
        for pad in ((0, 0), (1, 0), (0, 2), (near, far)):
            if size + sum(pad) >= span_of(kernel, dilation):
                counted = taps(size, pad, kernel, stride, dilation)
                assert windows(size, pad, kernel, stride, dilation) == counted


FACTS: list[tuple[str, tuple[Dims, ...], Dims, int, int, tuple[Reach, ...]]] = [
    # text, inputs, output, weights (statistics too), multiply-accumulates, reach
    ("Conv2D(32, 3x3, relu)", ((64, 64, 3),), (62, 62, 32), 896,
     62 * 62 * 32 * 27, (Reach(3), Reach(3))),
    ("Conv2D(32, 3x3)", ((31, 31, 32),), (29, 29, 32), 9248,
     29 * 29 * 32 * 288, (Reach(3), Reach(3))),
    ("Conv2D(64, 7x7, stride=2, padding=3, bias=false)", ((224, 224, 3),), (112, 112, 64), 9408,
     112 * 112 * 64 * 147, (Reach(7, 2), Reach(7, 2))),
    ("Conv2D(6, 3x5, same, groups=3, dilation=2)", ((9, 9, 3),), (9, 9, 6), 96, 81 * 90,
     (Reach(5), Reach(9))),
    ("Conv1D(8, 3, causal, dilation=4)", ((100, 2),), (100, 8), 56, 100 * 8 * 6, (Reach(9),)),
    ("Conv1D(8, 4, padding=(1, 2), stride=2)", ((9, 2),), (5, 8), 72, 5 * 8 * 8, (Reach(4, 2),)),
    ("Conv3D(4, 3x2x1, stride=(1, 2, 3), same)", ((5, 6, 7, 2),), (5, 3, 3, 4), 52,
     5 * 9 * 4 * 12, (Reach(3), Reach(2, 2), Reach(1, 3))),
    ("DepthwiseConv1D(3, causal, multiplier=2)", ((9, 4),), (9, 8), 32, 9 * 8 * 3, (Reach(3),)),
    ("DepthwiseConv2D(3x3, stride=2, same, multiplier=2, bias=false)", ((8, 7, 4),), (4, 4, 8),
     72, 4 * 4 * 8 * 9, (Reach(3, 2), Reach(3, 2))),
    ("SeparableConv1D(5, 3)", ((9, 4),), (7, 5), 12 + 20 + 5, 7 * (4 * 3 + 4 * 5), (Reach(3),)),
    ("SeparableConv2D(5, 3x3, dilation=2, multiplier=2, bias=false)", ((9, 8, 4),), (5, 4, 5),
     72 + 40, 5 * 4 * (8 * 9 + 8 * 5), (Reach(5), Reach(5))),
    ("Conv1DTranspose(5, 4, stride=2, padding=1)", ((7, 3),), (14, 5), 65, 7 * 3 * 4 * 5,
     (Reach(2, zoom=2),)),
    ("Conv2DTranspose(5, 3x2, stride=(2, 3), same)", ((7, 6, 3),), (14, 18, 5), 95,
     7 * 6 * 3 * 6 * 5, (Reach(2, zoom=2), Reach(1, zoom=3))),
    ("Conv2DTranspose(2, 3x3, stride=2, bias=false)", ((4, 4, 3),), (9, 9, 2), 54,
     16 * 3 * 9 * 2, (Reach(2, zoom=2),) * 2),
    ("Conv2DTranspose(2, 3x3, stride=2, padding=1, output_padding=1)", ((4, 4, 3),), (8, 8, 2), 56,
     16 * 3 * 9 * 2, (Reach(2, zoom=2),) * 2),
    ("Conv3DTranspose(2, 2, stride=3)", ((2, 2, 3, 1),), (6, 6, 9, 2), 18, 12 * 8 * 2,
     (Reach(1, zoom=3),) * 3),
    ("Embedding(100, 8)", ((12,),), (12, 8), 800, 0, ()),
    ("MaxPool2D(2x2)", ((29, 29, 32),), (14, 14, 32), 0, 0, (Reach(2, 2), Reach(2, 2))),
    ("MaxPool2D(3x3, stride=2, padding=1)", ((112, 112, 64),), (56, 56, 64), 0, 0,
     (Reach(3, 2), Reach(3, 2))),
    ("AvgPool2D(3x2, stride=(1, 2), same)", ((7, 7, 4),), (7, 4, 4), 0, 0, (Reach(3), Reach(2, 2))),
    ("MaxPool1D(3, stride=2, ceil)", ((8, 3),), (4, 3), 0, 0, (Reach(3, 2),)),
    ("MaxPool2D(2x2, stride=3, ceil)", ((9, 8, 3),), (3, 3, 3), 0, 0, (Reach(2, 3),) * 2),
    ("MaxPool3D(2)", ((5, 4, 3, 2),), (2, 2, 1, 2), 0, 0, (Reach(2, 2),) * 3),
    ("AvgPool1D(2)", ((7, 3),), (3, 3), 0, 0, (Reach(2, 2),)),
    ("AvgPool3D(3x2x2, stride=1, same)", ((5, 4, 3, 2),), (5, 4, 3, 2), 0, 0,
     (Reach(3), Reach(2), Reach(2))),
    ("GlobalAvgPool1D", ((7, 3),), (3,), 0, 0, (Reach(None),)),
    ("GlobalMaxPool1D(keepdims=true)", ((7, 3),), (1, 3), 0, 0, (Reach(None),)),
    ("GlobalAvgPool3D(keepdims=true)", ((2, 3, 4, 5),), (1, 1, 1, 5), 0, 0, (Reach(None),) * 3),
    ("GlobalMaxPool3D", ((2, 3, 4, 5),), (5,), 0, 0, (Reach(None),) * 3),
    ("AdaptiveAvgPool1D(3)", ((8, 2),), (3, 2), 0, 0, (Reach(4, 2),)),
    ("AdaptiveMaxPool1D(5)", ((3, 2),), (5, 2), 0, 0, (Reach(2, 1),)),
    ("AdaptiveAvgPool2D(7)", ((14, 21, 2),), (7, 7, 2), 0, 0, (Reach(2, 2), Reach(3, 3))),
    ("AdaptiveMaxPool2D(3x1)", ((9, 4, 2),), (3, 1, 2), 0, 0, (Reach(3, 3), Reach(4, 4))),
    ("AdaptiveAvgPool3D(2x1x3)", ((4, 3, 9, 2),), (2, 1, 3, 2), 0, 0,
     (Reach(2, 2), Reach(3, 3), Reach(3, 3))),
    ("AdaptiveMaxPool3D(2)", ((4, 4, 4, 1),), (2, 2, 2, 1), 0, 0, (Reach(2, 2),) * 3),
    ("ZeroPad1D((1, 2))", ((5, 7),), (8, 7), 0, 0, ()),
    ("ZeroPad3D((1, 0, 2))", ((3, 4, 5, 2),), (5, 4, 9, 2), 0, 0, ()),
    ("Crop1D((1, 2))", ((5, 7),), (2, 7), 0, 0, ()),
    ("Crop2D(((1, 0), (2, 1)))", ((5, 6, 7),), (4, 3, 7), 0, 0, ()),
    ("Crop3D(1)", ((3, 4, 5, 2),), (1, 2, 3, 2), 0, 0, ()),
    ("CenterCrop2D(3x2)", ((6, 5, 2),), (3, 2, 2), 0, 0, ()),
    ("UpSample1D(3)", ((5, 2),), (15, 2), 0, 0, (Reach(1, zoom=3),)),
    ("UpSample2D(2x3, bilinear)", ((5, 4, 2),), (10, 12, 2), 0, 0,
     (Reach(2, zoom=2), Reach(2, zoom=3))),
    ("UpSample3D(2)", ((5, 4, 3, 2),), (10, 8, 6, 2), 0, 0, (Reach(1, zoom=2),) * 3),
    ("Resize2D(3x10, antialias=true)", ((6, 5, 2),), (3, 10, 2), 0, 0,
     (Reach(4, 2), Reach(2, zoom=2))),
    ("PixelShuffle(2)", ((3, 4, 8),), (6, 8, 2), 0, 0, (Reach(1, zoom=2),) * 2),
    ("PixelUnshuffle(2)", ((6, 4, 2),), (3, 2, 8), 0, 0, (Reach(2, 2),) * 2),
    ("Permute((3, 1, 2))", ((3, 4, 5),), (5, 3, 4), 0, 0, (Reach(None),) * 2),
    ("Permute((2, 1, 3))", ((3, 4, 5),), (4, 3, 5), 0, 0, ()),
    ("Slice(width, start=1, step=3)", ((3, 9, 5),), (3, 3, 5), 0, 0, (Reach(1), Reach(1, 3))),
    ("Slice(channels, start=1, stop=3)", ((3, 9, 5),), (3, 9, 2), 0, 0, ()),
    ("GlobalAvgPool2D", ((7, 7, 2048),), (2048,), 0, 0, (Reach(None), Reach(None))),
    ("GlobalMaxPool2D", ((7, 5, 3),), (3,), 0, 0, (Reach(None), Reach(None))),
    ("Flatten", ((14, 14, 32),), (6272,), 0, 0, (Reach(None), Reach(None))),
    ("Flatten", ((9, 4),), (36,), 0, 0, (Reach(None),)),
    ("Flatten", ((9,),), (9,), 0, 0, ()),
    ("Dense(128, relu)", ((6272,),), (128,), 802_944, 802_816, ()),
    ("Dense(5, bias=false)", ((10, 4),), (10, 5), 20, 200, ()),
    ("BatchNorm", ((5, 5, 16),), (5, 5, 16), 64, 0, ()),
    ("BatchNorm(scale=false)", ((7,),), (7,), 21, 0, ()),
    ("BatchNorm(scale=false, offset=false)", ((3, 7),), (3, 7), 14, 0, ()),
    ("Dropout(50%)", ((3, 3, 2),), (3, 3, 2), 0, 0, ()),
    ("Softmax", ((3, 3, 2),), (3, 3, 2), 0, 0, ()),
    ("Reshape(4x4x3)", ((48,),), (4, 4, 3), 0, 0, ()),
    ("Flatten", ((2, 3, 4, 5),), (120,), 0, 0, (Reach(None), Reach(None), Reach(None))),
    ("Reshape(48)", ((4, 12),), (48,), 0, 0, (Reach(None),)),
    ("ZeroPad2D(((1, 2), (3, 4)))", ((5, 6, 7),), (8, 13, 7), 0, 0, ()),
    ("Add", ((4, 4, 2),) * 3, (4, 4, 2), 0, 0, ()),
    ("Multiply", ((1, 1, 2), (4, 4, 2)), (4, 4, 2), 0, 0, ()),
    ("Multiply", ((1, 1, 2), (1, 1, 2)), (1, 1, 2), 0, 0, ()),
    ("Concat", ((4, 4, 2), (4, 4, 5)), (4, 4, 7), 0, 0, ()),
    ("Concat(width)", ((4, 3, 2), (4, 1, 2)), (4, 4, 2), 0, 0, ()),
    *layer_facts.FACTS,
]  # fmt: skip


@pytest.mark.parametrize(("text", "inputs", "output", "size", "macs", "reach"), FACTS, ids=shown)
def test_facts(
    text: str,
    inputs: tuple[Dims, ...],
    output: Dims,
    size: int,
    macs: int,
    reach: tuple[Reach, ...],
) -> None:
    op = layer_from_text(text)
    assert list(op.problems(*inputs)) == []
    assert op.output_shape(*inputs) == output
    assert sum(math.prod(weight.shape) for weight in op.weights(*inputs)) == size
    assert op.macs(*inputs) == macs
    assert op.reach(*inputs) == reach


def test_every_layer_has_facts_or_keeps_its_shape() -> None:
    listed = {layer_from_text(text).word() for text, *_ in FACTS}
    for op in OPS:
        for case in op.cases if op.word() not in listed else ():
            layer = layer_from_text(case.text)
            assert layer.output_shape(*case.inputs) == case.inputs[0]
            assert (layer.weights(*case.inputs), layer.macs(*case.inputs)) == ((), 0)


@pytest.mark.parametrize("case", CASES, ids=shown)
def test_case_is_sound(case: Case) -> None:
    op = layer_from_text(case.text)
    least, most = type(op).arity
    assert least <= len(case.inputs) <= (most or len(case.inputs))
    assert list(op.problems(*case.inputs)) == []
    assert all(size >= 1 for size in op.output_shape(*case.inputs))
    assert type(op).model_validate_json(op.model_dump_json()) == op


# ---- every argument matters


def _with(items: tuple[Any, ...], at: int, item: Any) -> tuple[Any, ...]:
    return (*items[:at], item, *items[at + 1 :])


def alternatives(kind: Kind, value: Any) -> Iterator[Any]:
    """Other values for an argument."""
    match kind:
        case Boolean():
            yield not value
        case Whole():
            yield from (value + 1, 2 * value, 1)
        case Number():
            yield from (value / 2 + 0.1, 0.25)
        case Extent(rank):
            yield from ((1,) * rank, (2,) * rank)
            yield from (_with((2,) * rank, axis, 3) for axis in range(rank))
        case Pads(rank):
            yield from kind.words
            for axis in range(rank):
                yield _with(((0, 0),) * rank, axis, (1, 0))
                yield _with(((0, 0),) * rank, axis, (0, 1))
        case Word():
            yield from kind.words
        case Sizes():
            yield from (tuple(reversed(value)), (math.prod(value),), (1, 1, math.prod(value)))
        case Maybe():
            yield from (None, *alternatives(kind.item, 1 if value is None else value))
        case Many():
            yield from ((0.25,), (0.75,))
        case TermOf("initializer"):
            yield Constant(value=0.5)
        case _:
            raise AssertionError(f"no alternatives for {kind}")


def signature(backend: str, op: Layer, inputs: tuple[Dims, ...]) -> object:
    try:
        found = lowered(backend, op, inputs)
    except Refused:
        return "refused"
    steps = [step.text() for step in found.steps]
    return str(found.module), steps, found.stored, op.weights(*inputs)


FIELDS = [(op, name) for op in OPS for name in op.model_fields]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("op", "name"), FIELDS, ids=shown)
def test_a_changed_argument_changes_the_code(op: type[Layer], name: str, backend: str) -> None:
    seen: dict[Any, bool] = {}
    for case in op.cases:
        layer = layer_from_text(case.text)
        before = signature(backend, layer, case.inputs)
        value = getattr(layer, name)
        for other in alternatives(kind_of(op.model_fields[name]), value):
            changed = layer.model_copy(update={name: other})
            if other == value or list(changed.problems(*case.inputs)):
                continue
            # Padding that a window of one cell does not need is no padding: one case must show it.
            seen[other] = (
                seen.get(other, False) or signature(backend, changed, case.inputs) != before
            )
    assert seen, f"no other value of `{name}` fits any case"
    assert all(seen.values()), (
        f"{backend} ignores {[v for v, changed in seen.items() if not changed]}"
    )


DISPUTED: list[tuple[str, Dims, dict[str, str]]] = [
    ("BatchNorm", (4,),
     {"keras": "momentum=0.99, epsilon=0.001", "torch": "eps=0.001, momentum=0.01"}),
    ("LeakyReLU", (4,), dict.fromkeys(BACKENDS, "negative_slope=0.3")),
    ("Dense(1, leaky_relu)", (4,), dict.fromkeys(BACKENDS, "negative_slope=0.3")),
    ("Dropout(0.5)", (4,), {"keras": "layers.Dropout(0.5", "torch": "nn.Dropout(0.5)"}),
]  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("text", "dims", "numbers"), DISPUTED, ids=shown)
def test_numbers_that_frameworks_dispute_are_written(
    text: str, dims: Dims, numbers: dict[str, str], backend: str
) -> None:
    assert numbers[backend] in str(signature(backend, layer_from_text(text), (dims,)))


# ---- problems

A_PICTURE = "a picture: height x width x channels"
PROBLEMS: list[tuple[str, tuple[Dims, ...], str, str | None, str, str]] = [
    # text, inputs, code, argument at fault, expected, found
    ("Conv2D(4, 3x3)", ((7,),), "E0301", None, A_PICTURE, "a vector of 7"),
    ("Conv1D(4, 3)", ((7,),), "E0301", None, "a sequence: length x channels", "a vector of 7"),
    ("Conv3D(4, 3)", ((7, 7, 3),), "E0301", None, "a volume: depth x height x width x channels",
     "a picture of 7x7x3"),
    ("Conv2D(4, 3x3)", ((32, 8, 8, 1),), "E0301", None, A_PICTURE, "a volume of 32x8x8x1"),
    ("Conv1D(4, 5, dilation=2)", ((8, 3),), "E0303", "kernel", "at most 8", "9"),
    ("Conv3D(4, 3, padding=(0, 1, 0))", ((4, 2, 2, 1),), "E0303", "kernel",
     "at most 4x4x2", "3x3x3"),
    ("Conv1D(4, 1, groups=2)", ((4, 3),), "E0304", "groups", "a number that divides 3 and 4", "2"),
    ("DepthwiseConv2D(3x3)", ((7, 3),), "E0301", None, A_PICTURE, "a sequence of 7x3"),
    ("SeparableConv1D(2, 3)", ((7,),), "E0301", None, "a sequence: length x channels",
     "a vector of 7"),
    ("DepthwiseConv1D(4, dilation=3)", ((9, 3),), "E0303", "kernel", "at most 9", "10"),
    ("SeparableConv2D(2, 3x3)", ((2, 4, 3),), "E0303", "kernel", "at most 2x4", "3x3"),
    ("Conv2DTranspose(2, 3x3)", ((7, 3),), "E0301", None, A_PICTURE, "a sequence of 7x3"),
    ("Conv2DTranspose(2, 3x3, stride=(2, 1), output_padding=(1, 1))", ((7, 3, 1),), "E0311",
     "output_padding", "at most 1x0", "1x1"),
    ("Conv1DTranspose(2, 3, stride=2, padding=(3, 2))", ((2, 3),), "E0312", "padding",
     "at least 1 cell along each axis", "0"),
    ("Conv1DTranspose(2, 2, stride=2, same, output_padding=0)", ((1, 3),), "E0312", "padding",
     "at least 1 cell along each axis", "0"),
    ("Embedding(9, 3)", ((7, 3),), "E0301", None, "a vector: channels", "a sequence of 7x3"),
    ("MaxPool2D(2x2)", ((7, 3),), "E0301", None, A_PICTURE, "a sequence of 7x3"),
    ("GlobalAvgPool2D", ((7,),), "E0301", None, A_PICTURE, "a vector of 7"),
    ("ZeroPad2D(1)", ((7,),), "E0301", None, A_PICTURE, "a vector of 7"),
    ("Dense(4)", ((4, 4, 3),), "E0302", None, "a vector or a sequence", "a picture of 4x4x3"),
    ("Conv2D(4, 9x9)", ((4, 4, 32),), "E0303", "kernel", "at most 4x4", "9x9"),
    ("Conv2D(4, 3x1, dilation=3)", ((6, 6, 1),), "E0303", "kernel", "at most 6x6", "7x1"),
    ("Conv2D(4, 6x6, padding=((0, 1), (0, 0)))", ((4, 6, 1),),
     "E0303", "kernel", "at most 5x6", "6x6"),
    ("MaxPool2D(2x2)", ((1, 4, 3),), "E0303", "window", "at most 1x4", "2x2"),
    ("Conv2D(4, 1x1, groups=2)", ((4, 4, 3),),
     "E0304", "groups", "a number that divides 3 and 4", "2"),
    ("Conv2D(4, 1x1, groups=3)", ((4, 4, 3),),
     "E0304", "groups", "a number that divides 3 and 4", "3"),
    ("MaxPool1D(2)", ((7,),), "E0301", None, "a sequence: length x channels", "a vector of 7"),
    ("AvgPool3D(2)", ((7, 7, 1),), "E0301", None, "a volume: depth x height x width x channels",
     "a picture of 7x7x1"),
    ("GlobalMaxPool3D", ((7, 1),), "E0301", None, "a volume: depth x height x width x channels",
     "a sequence of 7x1"),
    ("AdaptiveAvgPool2D(2)", ((7, 1),), "E0301", None, A_PICTURE, "a sequence of 7x1"),
    ("MaxPool1D(4, stride=3, ceil)", ((3, 1),), "E0303", "window", "at most 3", "4"),
    ("MaxPool3D(2, padding=(0, 2, 0))", ((4, 4, 4, 1),), "E0305", "padding",
     "at most 1x1x1", "0x2x0"),
    ("ZeroPad3D(1)", ((7, 7, 1),), "E0301", None, "a volume: depth x height x width x channels",
     "a picture of 7x7x1"),
    ("UpSample1D(2)", ((7, 7, 1),), "E0301", None, "a sequence: length x channels",
     "a picture of 7x7x1"),
    ("Crop2D(((2, 1), (0, 0)))", ((3, 4, 1),), "E0312", "cells",
     "at least 1 cell along each axis", "0x4"),
    ("CenterCrop2D(4x2)", ((3, 4, 1),), "E0303", "size", "at most 3x4", "4x2"),
    ("Resize2D(4, bicubic)", ((3, 4, 1),), "E0314", "method", "`antialias=true`",
     "`antialias=false`"),
    ("Resize2D(4, nearest, antialias=true)", ((3, 4, 1),), "E0314", "method", "`antialias=false`",
     "`antialias=true`"),
    ("PixelShuffle(2)", ((3, 4, 6),), "E0304", "factor", "channels that 4 divides", "6"),
    ("PixelUnshuffle(2)", ((4, 3, 6),), "E0304", "factor", "a height and a width that 2 divides",
     "4x3"),
    ("ChannelShuffle(4)", ((3, 4, 6),), "E0304", "groups", "a number that divides 6", "4"),
    ("Permute((2, 1))", ((3, 4, 6),), "E0319", "axes", "each number from 1 to 3 once", "(2, 1)"),
    ("Slice(length, start=1)", ((3, 4, 6),), "E0308", "axis", "`height` or `width` or `channels`",
     "`length`"),
    ("Slice(height, stop=4)", ((3, 4, 6),), "E0303", "stop", "at most 3", "4"),
    ("Slice(height, start=2, stop=2)", ((3, 4, 6),), "E0312", "start", "at most 1", "2"),
    ("AvgPool2D(2x3, padding=((0, 0), (1, 3)))", ((8, 8, 1),),
     "E0305", "padding", "at most 1x2", "0x3"),
    ("Add", ((4, 4, 2), (4, 4, 3)), "E0306", None, "4x4x2", "4x4x3"),
    ("Add", ((4, 4, 2), (1, 1, 1)), "E0306", None, "4x4x2", "1x1x1"),
    ("Multiply", ((4, 4, 2), (1, 1, 3)), "E0306", None, "4x4x2", "1x1x3"),
    ("Multiply", ((4, 2), (2,)), "E0306", None, "4x2", "2"),
    ("Concat", ((4, 4, 2), (4, 3, 2)), "E0307", None, "4x4xany", "4x3x2"),
    ("Concat", ((4, 4, 2), (2,)), "E0307", None, "4x4xany", "2"),
    ("Concat(length)", ((4, 4, 2), (4, 4, 2)),
     "E0308", "axis", "`height` or `width` or `channels`", "`length`"),
    ("Reshape(3x5)", ((4, 4),), "E0309", "shape", "a shape of 16 numbers", "3x5 = 15 numbers"),
    ("Dense(4)", ((2, 4, 4, 3),), "E0302", None, "a vector or a sequence", "a volume of 2x4x4x3"),
    ("Reshape(1x2x3x4x1)", ((24,),), "E0310", "shape", "1 to 4 axes", "1x2x3x4x1: 5 axes"),
    *layer_facts.PROBLEMS,
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "inputs", "code", "field", "expected", "found"), PROBLEMS, ids=shown
)
def test_problem(
    text: str, inputs: tuple[Dims, ...], code: str, field: str | None, expected: str, found: str
) -> None:
    op = layer_from_text(text)
    (problem,) = op.problems(*inputs)
    assert (problem.code, problem.field) == (code, field)
    assert (problem.expected, problem.found) == (expected, found)
    assert field is None or field in type(op).model_fields
    assert problem.message[0].islower() or problem.message[0] in "`0123456789"
    assert not problem.message.endswith(".")
    # The layer that made the value at fault is the one that is shown.
    if code in ("E0306", "E0307"):
        assert problem.at_input == 1


CODES = sorted({row[2] for row in PROBLEMS})


def test_codes_have_pages() -> None:
    assert set(all_codes()) >= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_page_shows_its_error_and_the_remedy(code: str) -> None:
    page = explain(code)
    assert page is not None and page.bad is not None and page.good is not None
    bad = compile_text(Source("bad.cnn", page.bad)).diagnostics
    assert [diagnostic.code for diagnostic in bad] == [code]
    assert compile_text(Source("good.cnn", page.good)).diagnostics == []
