"""Where a Keras script says that its weights lie."""

from __future__ import annotations

import pytest
from harness.models import spec_of

from specc.codegen.backend import get_backend
from specc.codegen.lowering import Stored
from specc.ir import Buildable

LAYOUTS = [
    (Stored("weight", "kernel", (2, 3, 1, 0)), (2, 3, 1, 0)),
    (Stored("weight", "alpha", (0, 1, 2), (3,)), ((0, 1, 2),)),
    (Stored("weight", "kernel", (2, 3, 0, 1), (2, 0, 1, 1)), ((2, 3), (), (0,), (1,))),
    (Stored("query.weight", "query_dense.kernel", (2, 0, 1), (2, 1)), ((1, 2), (0,))),
    (Stored("bias", "bias"), None),
]


@pytest.mark.parametrize(("stored", "layout"), LAYOUTS)
def test_layout_names_the_stored_axes_of_each_canonical_one(stored: Stored, layout: object) -> None:
    assert stored.layout == layout


TRAINED = """
data {
  source = digits
  split  = 80% train, 20% validation
}
train {
  loss      = categorical_crossentropy
  optimizer = adam
  batch     = 32
  epochs    = 1
}
"""


def keras_script(text: str) -> str:
    spec = spec_of(text + TRAINED)
    assert isinstance(spec, Buildable)
    return get_backend("keras").script(spec)


def test_a_layer_that_differs_from_its_class_stands_by_its_name() -> None:
    text = "model net {\n  input 8x8x1\n  PReLU\n  Flatten -> PReLU -> Dense(10, softmax)\n}\n"
    script = keras_script(text)
    assert '    layers.PReLU: (("weight", "alpha", ((0, 1, 2),)),),\n' in script
    assert '    "prelu2": (("weight", "alpha", ((0,),)),),\n' in script


def test_a_layer_of_the_parts_stands_before_the_table() -> None:
    text = "model net {\n  input 8x8x1\n  LayerScale\n  Flatten -> Dense(10, softmax)\n}\n"
    script = keras_script(text)
    assert script.index("class LayerScale(") < script.index("    LayerScale: ")
