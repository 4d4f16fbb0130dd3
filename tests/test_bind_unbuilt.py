"""What the language has and no version has built yet is refused at its place, with E0901."""

from __future__ import annotations

import pytest

from specc.compile import compile_text
from specc.source import Source

MODEL = "model net {{\n  input 8x8x1\n  {layer}\n  Flatten\n  Dense(10, softmax{dense})\n}}\n"
DATA = "data {{\n  source = {source}\n}}\n"
TRAIN = (
    "train {{\n  loss = {loss}\n  optimizer = {optimizer}\n  batch = 8\n  epochs = 1\n{more}}}\n"
)
PLAIN = {
    "layer": "Conv2D(4, 3x3)",
    "dense": "",
    "source": "digits",
    "loss": "categorical_crossentropy",
    "optimizer": "sgd(0.1)",
    "more": "",
}
CASES = {
    "hub": {"source": 'hub("a/b")'},
    "target": {"loss": "mse(target=input)"},
    "decay": {"optimizer": "sgd(0.1, decay=5e-4)"},
    "other": {"layer": 'other.f(weights="w.safetensors")'},
    "schedule": {"more": "  schedule = cosine(warmup=5 epochs)\n"},
    "clip": {"more": "  clip = global_norm(1.0)\n"},
    "stage": {"more": "  stage head {\n    epochs = 5\n  }\n"},
}
OTHER = "model other {\n  input 8x8x1\n  f = Conv2D(4, 3x3)\n}\n"


def diagnostics(changes: dict[str, str]) -> list[tuple[str, str]]:
    text = OTHER + "".join((MODEL, DATA, TRAIN)).format(**(PLAIN | changes))
    result = compile_text(Source("a.cnn", text), model="net", buildable=True)
    return [(d.code, d.message) for d in result.diagnostics if d.severity == "error"]


def test_the_plain_spec_is_fine() -> None:
    assert diagnostics({}) == []


@pytest.mark.parametrize("word", CASES)
def test_refused_with_its_own_code(word: str) -> None:
    found = diagnostics(CASES[word])
    assert [code for code, _ in found] == ["E0901"], found
