"""Names of a spec, whatever they are: no script rebinds one that it reads itself, and in neither
framework two things of a model have one name."""

from __future__ import annotations

import ast
import builtins
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import chain
from keyword import kwlist, softkwlist
from pathlib import Path
from random import Random

import pytest
import regenerate
from harness.backends import BACKENDS
from harness.layers import job, lowerings
from harness.models import HEADERS, code_of
from harness.processes import start
from harness.python_names import functions, local_names
from specs_in_text import codes, compiled

from specc import parity
from specc.bind.model.single_layer import layer_from_text
from specc.codegen.backend import get_backend
from specc.codegen.lowering import Site
from specc.codegen.model.skeleton import ValueRef
from specc.codegen.python.expressions import LayerName
from specc.codegen.python.scan import defined, imported
from specc.codegen.script.form import WHOLE, Form
from specc.ir import Buildable
from specc.registry import every
from specc.reserved import CELLS, NO_LAYER

operations = import_module("specc.backends.keras.operations").operations

OF_FRAMEWORKS = {
    "torch": "import torch as f; own = dir(f.nn.Module()); named = [f, f.nn, f.nn.functional]",
    "keras": "import keras as f; own = dir(f.Model); named = [f, f.layers, f.ops, f.backend]",
}
LEAN = Form(lean=True)
SPEC = """
block {B}({p}, {q}) {{
  {r} = Dense({p})
  Dense({q}) -> Concat({r})
}}
block {C}({o}) {{ {c} = Dense({o}) }}
model {m} {{
  param {s} = 3
  input {i}: 4
  input {j}: 5
  input {l}: 6
  let {t} = {s} + 1
  let {n} = {t}
  layer {u} = Dense({t})
  {v} = {i} -> Dense(4) -> {u} -> GLU(relu) -> {B}(3, 4) -> {B}(5, 6)
  {w} = {j} -> Dense(4) -> {u} -> {B}(3, 4) -> {B}(5, 6)
  repeat {k} in 1..2 {{ Dense({k}) }}
  {a} = Dense({n}) -> {C}(3) -> {C}(4)
  {b} = {l} -> Dense(4)
  {d} = {a} -> Dense(4) -> Add({b})
  {e} = Dense(11)
  {f} = Add({v}, {w})
  output {g} = Dense(2)
  output {h} = Dense(1)
}}
data {{
  source = npz("data.npz", {i}="a", {j}="b", {l}="c", {g}="d", {h}="e")
  split  = 80% train, 20% validation
}}
train {{
  loss {{
    {g} = mse
    {h} = mse
  }}
  optimizer = adam
  batch     = 8
  epochs    = 2
}}
"""
PLACES = "mpqostijlnkrcuvwabdefgh"
LAYERS = "rcuvwabdefgh"
PLAIN = {place: place for place in PLACES} | {"B": "Block", "C": "Other"}
WORDS = re.findall(
    r"\w+",
    """cnn import model block input output layer let param branch repeat in if else and or not until
    true false relu mse adam npz path x y val""",
)
"""Words of the language, and those of the spec above and of its source."""
BLOCKS = {"Dense", "Concat", "GLU", "Add"}


@cache
def of_frameworks() -> dict[str, tuple[list[str], list[str]]]:
    """Of each framework the attributes of every model, and the names in its modules."""
    said = "; import json; print(json.dumps([own, [n for each in named for n in dir(each)]]))"
    running = {each: start(each, "-c", code + said) for each, code in OF_FRAMEWORKS.items()}
    return {each: json.loads(process.wait().out) for each, process in running.items()}


def bound(statement: ast.stmt) -> Iterator[str]:
    yield from defined(statement)
    yield from (name for name, _ in imported(statement))


def names_read() -> set[str]:
    """What scripts read, and what they must not hide."""
    found = {*dir(builtins), *kwlist, *softkwlist}
    for own, _ in of_frameworks().values():
        found.update(own)
    for backend in BACKENDS:
        found |= get_backend(backend).script_names.every
    for spec in regenerate.specs():
        for path, text in regenerate.scripts(spec).items():
            if path.suffix == ".py":
                found |= {name for each in ast.parse(text).body for name in bound(each)}
    return found


def usable(names: set[str]) -> list[str]:
    """The names as anything but a block may have them."""
    small = {name if name in kwlist else name[:1].lower() + name[1:] for name in names}
    return sorted(n for n in small if n.isascii() and n[:1].islower() and n not in WORDS)


def drawn() -> Iterator[tuple[dict[str, str], tuple[Form, ...]]]:
    """Names for all places at a time, and forms of scripts for them: what no script reads, but
    stands in a module of a framework, is tried in the shorter form alone."""
    random = Random(11)
    read = names_read()
    others = {name for _, named in of_frameworks().values() for name in named} - read
    for found, forms in ((read, (WHOLE, LEAN)), (others, (LEAN,))):
        pool = usable(found)
        random.shuffle(pool)
        # What no layer can be called is for the other places.
        rest, layers = ([n for n in pool if (n in NO_LAYER) == no] for no in (True, False))
        blocks = sorted({n[:1].upper() + n[1:] for n in pool} - BLOCKS)
        random.shuffle(blocks)
        while len(layers) >= len(PLACES) and len(blocks) > 1:
            names = {place: layers.pop() for place in LAYERS}
            names |= {place: (rest if rest and random.random() < 0.6 else layers).pop()
                      for place in PLACES if place not in LAYERS}  # fmt: skip
            yield names | {"B": blocks.pop(), "C": blocks.pop()}, forms


def spoilt(text: str, model: str) -> set[str]:
    """What a script binds twice, and what of it a function of the model hides."""
    tree = ast.parse(text)
    compile(model, "<model>", "exec")
    top = [name for statement in tree.body for name in bound(statement)]
    found = {f"{name} is bound twice" for name in top if top.count(name) > 1}
    found |= {f"{name} is Python's" for name in top if hasattr(builtins, name)}
    made = {name for statement in ast.parse(model).body for name in defined(statement)}
    for statement in tree.body:
        if made.intersection(defined(statement)):
            local = {name for f in functions(statement) for name in local_names(f)}
            found |= {f"{name} is hidden" for name in local if name in top or name in dir(builtins)}
            found |= {f"self.{node.attr} is hidden" for node in ast.walk(statement)
                      if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
                      and node.attr in NO_LAYER}  # fmt: skip
    return found


def test_no_name_is_bound_twice() -> None:
    count = 0
    for names, forms in drawn():
        spec = compiled(SPEC.format_map(names), buildable=True).spec
        assert isinstance(spec, Buildable), (names, compiled(SPEC.format_map(names)).diagnostics)
        for backend in BACKENDS:
            model = get_backend(backend).model_code(spec.model).text
            for form in forms:
                wrong = spoilt(get_backend(backend).script(spec, form), model)
                assert not wrong, (backend, form, names)
        count += 1
    assert count > 80


def test_what_would_hide_is_seen() -> None:
    spec = compiled(SPEC.format_map(PLAIN | {"B": "Sum"}), buildable=True).spec
    assert isinstance(spec, Buildable)
    model = get_backend("keras").model_code(spec.model).text
    text = get_backend("keras").script(spec)
    assert spoilt(text, model) == set()
    for old, new in (("sum_", "sum"), ("build_model", "flag"), (" v = ", " layers = ")):
        assert spoilt(text.replace(old, new), model.replace(old, new)), new


def test_every_attribute_of_a_module_is_known() -> None:
    own, _ = of_frameworks()["torch"]
    assert {name for name in own if not name.startswith("_")} <= NO_LAYER
    assert set(kwlist) <= NO_LAYER


def test_what_the_cells_of_a_notebook_bind_is_known() -> None:
    spec = compiled(SPEC.format_map(PLAIN | {"B": "History"}), buildable=True).spec
    assert isinstance(spec, Buildable)
    (text,) = get_backend("keras").files(spec, Form(lean=True, notebook=True)).values()
    cells = ["".join(each["source"]) for each in json.loads(text)["cells"]]
    last = [node for cell in cells[-2:] for node in ast.walk(ast.parse(cell))]
    stored = {n.id for n in last if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    assert stored - {"name"} == CELLS
    assert any(cell.startswith("def history_(") for cell in cells)


def test_no_layer_hides_an_attribute() -> None:
    for name in {name for name in NO_LAYER if name[0].islower()}.difference(WORDS):
        for place in LAYERS:
            assert "E0210" in codes(SPEC.format_map(PLAIN | {place: name})), (place, name)


def test_a_name_that_reaches_no_script_is_free() -> None:
    for place in set(PLACES) - set(LAYERS):
        for name in ("half", "forward", "class", "self", "torch"):
            assert "E0210" not in codes(SPEC.format_map(PLAIN | {place: name})), (place, name)


MET = {
    # what is called alike, and the layers' names that come of it
    "an input and a layer": (
        "model m {\n input norm: 8x8x1\n BatchNorm\n Flatten\n Dense(3)\n}",
        ["norm1", "flatten", "dense"],
    ),
    "an input and a layer of several": (
        "model m {\n input dense: 8\n Dense(3) -> Dense(4)\n}",
        ["dense1", "dense2"],
    ),
    "an input and one of its values, in braces": (
        "model m {\n input a: 8\n Dense(8)\n Add {\n branch { a = Dense(8) }\n branch { } }\n}",
        ["dense", "a1", "add"],
    ),
    "an input and a block": (
        "block Tower(n) { Dense(n) }\nmodel m {\n input tower: 8\n Tower(3) -> Tower(4)\n}",
        ["tower1.dense", "tower2.dense"],
    ),
    "a block and a layer with its number": (
        "block Dense1(n) { Dense(n) }\n"
        "model m {\n input 8\n Dense1(3) -> Dense(3) -> Dense(4)\n}",
        ["dense1.dense", "dense2", "dense3"],
    ),
    "a block and an attribute of modules": (
        "block Half(n) { Dense(n) }\nmodel m {\n input 8\n Half(3) -> ReLU\n}",
        ["half1.dense", "relu"],
    ),
    "a block and a word of Python": (
        "block If(class) { Dense(class) }\nmodel none {\n input lambda: 8\n If(3) -> If(4)\n}",
        ["if1.dense", "if2.dense"],
    ),
    "layers and Keras's operations": (
        "model m {\n input multiply: 8\n relu_2 = Dense(8)\n get_item = GLU(relu)\n ReLU\n"
        " Dense(4) -> GLU(tanh)\n multiply_1 = Dense(3)\n}",
        ["relu_2", "get_item", "relu", "dense", "glu", "multiply_1"],
    ),
    "a pad and Keras's": (
        "model m {\n input 6x6x1\n pad = ZeroPad2D(1)\n MaxPool2D(2x2, padding=1)\n}",
        ["pad", "pool"],
    ),
    "a shared block's input and its layer": (
        "block Tower(n) { input1 = Dense(n)\n Dense(n) }\n"
        "model m {\n input a: 8\n input b: 8\n layer tower = Tower(3)\n"
        " c = a -> tower\n b -> tower -> Add(c)\n}",
        ["tower.input1", "tower.dense", "add"],
    ),
    "functions of a script and values": (
        "block Sum(range) {\n len = Dense(range)\n Dense(range) -> Add(len)\n}\n"
        "model config {\n input keras: 4\n input self: 4\n print = keras -> Dense(4)\n"
        " sum = self -> Sum(4) -> Sum(3)\n layers = print -> Dense(3) -> Add(sum)\n"
        " output torch = Dense(2)\n output sorted = layers -> Dense(3)\n}",
        ["print", "sum1.len", "sum1.dense", "sum1.add", "sum.len", "sum.dense", "sum.add",
         "dense", "layers", "torch", "sorted"],
    ),
}  # fmt: skip
MAKE = """
import json, sys
from pathlib import Path

for name, (code, maker, inputs) in json.loads(Path(sys.argv[1]).read_text()).items():
    scope = {}
    exec(code, scope)
    for _ in range(2):  # Keras counts on from one model to the next
        try:
            model = scope[maker]()
            if "torch" in scope:
                model(*(scope["torch"].zeros(2, *dims) for dims in inputs))
        except Exception as error:
            raise SystemExit(f"{name}: {type(error).__name__}: {error}")
"""


@pytest.mark.parametrize("name", MET)
def test_layers_that_would_meet(name: str) -> None:
    text, layers = MET[name]
    spec = compiled(text).spec
    assert spec is not None
    assert [*dict.fromkeys(node.layer for node in spec.model.nodes)] == layers


@pytest.mark.parity
@pytest.mark.parametrize("backend", BACKENDS)
def test_models_are_made(backend: str, tmp_path: Path) -> None:
    jobs = {}
    for name, (text, _) in MET.items():
        code = code_of(backend, text)
        shapes = [(part.shape[-1], *part.shape[:-1]) for part in code.plan.model.inputs]
        jobs[name] = HEADERS[backend] + code.text, code.maker, shapes
    (tmp_path / "jobs.json").write_text(json.dumps(jobs))
    done = start(backend, "-c", MAKE, tmp_path / "jobs.json").wait()
    assert done.code == 0, done.err


OPERATIONS = """
import json, sys
import keras
from keras import layers
from specc.backends.keras.parts.layers import *

named = {}
for key, (code, inputs) in json.loads(sys.argv[1]).items():
    exec(code)
    model = build_model(*map(keras.Input, inputs))
    every = [each.name for each in model.operations if not isinstance(each, layers.Layer)]
    named[key] = sorted({name.rstrip("0123456789").rstrip("_") for name in every})
print(json.dumps(named))
"""


@pytest.mark.parity
def test_keras_names_operations_as_the_compiler_thinks() -> None:
    expected, jobs = {}, {}
    for layer in every("layer"):
        for case in getattr(layer, "cases", ()):
            op = layer_from_text(case.text)
            values = tuple(map(ValueRef, range(len(case.inputs))))
            shape = op.output_shape(*case.inputs)
            site = Site(case.inputs, shape, values, LayerName("layer"), "layer")
            steps = lowerings("keras").lower(op, site).steps
            if made := {name for step in steps for name in operations(step)}:
                key = f"{case.text} on {case.inputs}"
                expected[key] = sorted(made)
                jobs[key] = job("keras", key, case).code, case.inputs
    done = start("keras", "-c", OPERATIONS, json.dumps(jobs)).wait()
    assert done.code == 0, done.err
    assert json.loads(done.out) == expected
    assert {"relu", "multiply", "get_item", "pad", "true_divide"} <= set(chain(*expected.values()))


@pytest.mark.parity
@pytest.mark.slow
def test_scripts_with_such_names_mean_the_same(tmp_path: Path, probes: parity.Probes) -> None:
    names = PLAIN | {"m": "config", "i": "self", "j": "print",
             "p": "range", "q": "len", "r": "layers", "v": "sum", "w": "keras", "g": "loss",
             "h": "torch", "B": "Sum"}  # fmt: skip
    spec = tmp_path / "spec.cnn"
    spec.write_text(SPEC.format_map(names))
    report = parity.run(spec, level=5, probes=probes)
    assert report.passed, report
