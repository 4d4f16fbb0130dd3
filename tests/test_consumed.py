"""Every field of the IR reaches every backend: change one, and the script changes or is refused.

What a layer's arguments do is tested case by case in test_ops; here a whole spec is taken apart.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from harness.backends import BACKENDS
from pydantic import ValidationError

from specc import ir
from specc.codegen.backend import get_backend
from specc.compile import compile_text
from specc.source import Source

SPEC = """
block Pair(filters, kernel) {
  Conv2D(filters, kernel, same, bias=false)
  BatchNorm(momentum=0.9, epsilon=1e-5) -> LeakyReLU(slope=0.2)
}
model net {
  input 13x13x3
  skip = Pair(4, 3x3)
  MaxPool2D(2x2) -> Pair(8, 5x5)
  AvgPool2D(3x3, stride=1, same) -> Dropout(0.25)
  Conv2D(8, 3x3, stride=2, padding=1, groups=2, kernel_initializer=he_normal)
  ZeroPad2D(1) -> Conv2D(4, 2x2, dilation=2, relu)
  Flatten -> Dense(6, kernel_initializer=normal(std=0.02), l1=1e-3) -> Reshape(6)
  Dense(3, softmax)
}
data {
  source  = folder("pictures", size=13x13)
  split   = 70% train, 20% validation, 10% test
  scale   = standardize(mean=[120], std=[60])
  classes = ["ant", "bee", "cow"]
}
train {
  loss      = categorical_crossentropy(label_smoothing=0.1)
  optimizer = sgd(0.05, momentum=0.9, nesterov=true)
  metrics   = accuracy, top_k(2), precision(average=micro), auc
  batch     = 16
  epochs    = 3
  seed      = 5
  l2        = 1e-4
}
"""
SEVERAL = """
model net {
  input picture: 8x8x3
  input facts: 5
  seen = picture -> Conv2D(4, 3x3, relu) -> Flatten
  facts -> Dense(6, relu) -> Concat(seen)
  output kind = Dense(3, softmax)
  output sold = Dense(1, sigmoid)
  output price = Dense(2)
}
data {
  source = npz("homes.npz", picture="pictures", facts="f", kind="k", sold="s", price="p")
  split  = 70% train, 20% validation, 10% test
  scale {
    picture = 0..1
    facts   = standardize(mean=[1], std=[2])
  }
  labels { kind = onehot }
  classes { kind = ["ant", "bee", "cow"] }
}
train {
  loss {
    kind  = categorical_crossentropy(label_smoothing=0.1, weight=0.5)
    sold  = binary_crossentropy(label_smoothing=0.2)
    price = huber(delta=0.5, weight=2)
  }
  metrics {
    kind  = accuracy, top_k(2)
    price = mae
  }
  optimizer = sgd(0.05, momentum=0.9)
  batch     = 16
  epochs    = 3
}
"""
TABLE = """
model net {
  input 4
  trunk = Dense(6, relu)
  output kind = Dense(3, softmax)
  output costs = trunk -> Dense(2)
}
data {
  source = csv("flats.csv", kind="kind", costs=["rent", "heating"])
  split  = 80% train, 10% validation, 10% test
  scale  = standardize
}
train {
  loss {
    kind  = categorical_crossentropy
    costs = mae(weight=2)
  }
  optimizer = sgd(0.05)
  batch     = 16
  epochs    = 2
}
"""
SPECS = {"one": SPEC, "several": SEVERAL, "table": TABLE}
NAMES_ONLY = {
    "named": "whether a variable has the user's name, which it may have anyway",
    "layer": "of a layer without weights PyTorch keeps no module, so no name",
    "parameters": "the names of a block's parameters; those that differ nowhere stay numbers",
    "arguments": "what a block was given; read only to name what differs",
    "name": "of the only output",
}
"""Fields that say how something is called, not what it does."""


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        if isinstance(inner, dict | list):
            yield from leaves(inner, (*path, key))
        else:
            yield (*path, key), inner


def others(value: Any) -> list[Any]:
    """Other values of the same kind; words are tried from every closed set that there is."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value * 2 + 1]
    if isinstance(value, float):
        return [value / 2 + 0.125, value * 2 + 0.125]
    if value is None:
        return [0.5, [0.5], [4, 4]]
    words = {"relu", "same", "valid", "macro", "onehot", "none", "he_normal", "zeros", "ones"}
    return [*sorted(words - {value}), "adam", "mse", f"{value}x"]


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(data)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def spec(text: str = SPEC) -> ir.Buildable:
    result = compile_text(Source("net.cnn", text), buildable=True)
    assert isinstance(result.spec, ir.Buildable), result.diagnostics
    return result.spec


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_no_field_is_ignored(backend: str, text: str) -> None:
    writer = get_backend(backend)
    original = spec(text)
    script = writer.script(original)
    data = original.model_dump(mode="json")
    ignored = []
    for path, value in leaves(data):
        fields = [key for key in path if isinstance(key, str)]
        if fields[-1] in NAMES_ONLY or fields[-2:-1] == ["arguments"]:
            continue
        if "bias_initializer" in fields and not data["model"]["nodes"][path[2]]["op"]["bias"]:
            continue  # there is nothing to initialize
        outcomes = set()
        for other in others(value):
            try:
                changed = ir.Buildable.model_validate(replaced(data, path, other))
            except ValidationError:
                outcomes.add("invalid")
                continue
            refused = writer.refusals(changed)
            outcomes.add("refused" if refused or writer.script(changed) != script else "same")
        if outcomes == {"same"} or outcomes == {"same", "invalid"}:
            ignored.append((path, value))
    assert not ignored, "\n".join(map(str, ignored))


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_the_round_trip_is_exact(text: str) -> None:
    original = spec(text)
    assert ir.Buildable.model_validate_json(original.model_dump_json()) == original


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("model", "nodes", 3, "inputs", 0), "nobody"),
        (("model", "nodes", 3, "shape", 0), 7),
        (("model", "nodes", 3, "name"), "skip.conv"),
        (("model", "uses", 0, "output"), "nobody"),
        (("model", "outputs", 0, "value"), "nobody"),
        (("train", "losses", 0, "output"), "nobody"),
        (("train", "batch"), "many"),
        (("train", "stages"), []),
    ],
)
def test_an_inconsistent_ir_is_refused(path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(ValidationError):
        ir.Buildable.model_validate(replaced(spec().model_dump(mode="json"), path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("data", "inputs", 1, "input"), "picture"),
        (("data", "targets", 1, "output"), "kind"),
        (("data", "source", "named", 1, 0), "facets"),
        (("data", "source", "x"), "pictures"),
        (("train", "losses", 1, "output"), "kind"),
    ],
)
def test_what_belongs_to_no_name_is_refused(path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(ValidationError):
        ir.Buildable.model_validate(replaced(spec(SEVERAL).model_dump(mode="json"), path, value))
