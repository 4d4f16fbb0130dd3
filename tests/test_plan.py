"""From the graph to scopes, folds, variables and weights, before any backend has a say."""

from __future__ import annotations

import pytest
from harness.backends import BACKENDS
from harness.models import code_of, model_of

from specc.codegen.model.plan import Scope, make_plan
from specc.codegen.model.variables import variables

RESIDUAL = """
block Unit(filters) { Conv2D(filters, 3x3, same) -> BatchNorm }
block Pair(filters) { Unit(filters) -> ReLU -> Unit(filters) }
model net {
  input 8x8x4
  Add {
    branch { Pair(4) }
    branch { }
  }
  last = Pair(4)
  Flatten -> Dense(3)
}
"""
SHARED = """
model net {
  input left: 6
  input right: 6
  layer tower = Dense(4)
  a = left -> tower
  b = right -> tower
  a -> Add(b) -> Dense(1)
}
"""
TRAINED = """
model net {{ input 6
  {layers} }}
data {{ source = npz("a.npz") }}
train {{
  loss = {loss}
  optimizer = adam(1e-3)
  batch = 4
  epochs = 1
}}
"""


def tree(scope: Scope) -> list[object]:
    return [
        item.local if item.body is None else [item.local, *tree(item.body)] for item in scope.items
    ]


def test_a_node_belongs_to_its_innermost_use() -> None:
    plan = make_plan(model_of(RESIDUAL))
    unit = ["conv", "norm"]
    pair = [["unit1", *unit], "relu", ["unit2", *unit]]
    assert tree(plan.root) == [["pair", *pair], "add", ["last", *pair], "flatten", "dense"]
    assert [body.use.name for body in plan.bodies if body.use] == [
        "pair", "pair.unit1", "pair.unit2", "last", "last.unit1", "last.unit2",
    ]  # fmt: skip


def test_a_use_reads_what_its_body_reads() -> None:
    plan = make_plan(model_of(RESIDUAL))
    items = {item.local: item for item in plan.root.items}
    assert items["pair"].inputs == ("input",)
    assert items["add"].inputs == ("pair.unit2.norm", "input")
    assert items["last"].inputs == ("add",)


def test_a_shared_layer_has_its_weights_once() -> None:
    plan = make_plan(model_of(SHARED))
    names = [name for name, _ in plan.weights]
    assert names == ["tower.weight", "tower.bias", "dense.weight", "dense.bias"]
    assert plan.parameters == 6 * 4 + 4 + 4 + 1


@pytest.mark.parametrize(
    ("layers", "loss", "names", "folded"),
    [
        ("Dense(1, sigmoid)", "binary_crossentropy", ["dense"], "sigmoid"),
        ("Dense(1) -> Sigmoid", "binary_crossentropy", ["dense"], "sigmoid"),
        ("Dense(3, softmax)", "categorical_crossentropy", ["dense"], "softmax"),
        ("Dense(3) -> Softmax", "categorical_crossentropy", ["dense"], "softmax"),
        ("Dense(1, sigmoid)", "mse", ["dense"], ""),
        ("Dense(1) -> Sigmoid", "mse", ["dense", "sigmoid"], ""),
    ],
)
def test_the_loss_takes_over_the_last_activation(
    layers: str, loss: str, names: list[str], folded: str
) -> None:
    text = TRAINED.format(layers=layers, loss=loss)
    plan = make_plan(model_of(text))
    assert [item.local for item in plan.root.items] == names
    assert plan.root.outputs == (names[-1],)
    assert plan.root.items[0].folded == folded
    for backend in BACKENDS:
        code = code_of(backend, text).text
        activation = loss == "mse" or not folded
        assert (("sigmoid(" in code) or ('"sigmoid"' in code)) == activation
        assert "softmax(" not in code and '"softmax"' not in code
        assert (f"the {folded} is folded into the loss" in code) == bool(folded)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # One chain needs one variable; `dense2` reads what `dense1` made.
        ("Dense(4) -> Dense(4) -> Dense(4)", ["x", "x", "x", "x"]),
        # A value that is read again keeps its variable.
        ("Add {\n branch { Dense(6) }\n branch { }\n }", ["x", "y", "x"]),
        ("Add {\n branch { Dense(6) -> ReLU }\n branch { Dense(6) }\n branch { }\n }", 
         ["x", "y", "y", "z", "x"]),
        # The user's name stands for that value alone.
        ("y = Dense(6)\n ReLU -> Add(y)", ["x", "y", "x", "x"]),
        ("x = Dense(6)\n ReLU -> Add(x) -> ReLU", ["y", "x", "y", "y", "y"]),
        # A name that the body reads itself is not to be had.
        ("relu = Dense(6)\n ReLU", ["x", "x", "x"]),
    ],
)  # fmt: skip
def test_variables(body: str, expected: list[str]) -> None:
    plan = make_plan(model_of(f"model net {{ input 6\n {body}\n}}"))
    assert variables(plan.root, ("",), {"relu"}) == expected


def test_an_input_of_a_model_keeps_its_variable() -> None:
    plan = make_plan(model_of("model net { input 6\n Dense(4) -> Dense(4) }"))
    assert variables(plan.root, ("inputs",), ()) == ["inputs", "x", "x"]
