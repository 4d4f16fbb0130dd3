"""The lean form of a script: what one would show in a lecture.

It checks nothing and keeps nothing but weights and history. Where a model has one input and one
output they are `x` and `y`; several go by their names, in `inputs` and `targets`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from specc.codegen.python.expressions import Expr, Index, call, expr, quote, raw
from specc.codegen.python.layout import WIDTH, Dict
from specc.codegen.script import context, data, run
from specc.codegen.script.pieces import Piece, Statement, assigned, given, lines
from specc.codegen.training import StageSite
from specc.data.calls import Lean, Name, PartCall
from specc.ir import Buildable, InputData
from specc.places import SOURCE, scale_place
from specc.terms import Term
from specc.train import initializers

PAIR = "tuple[np.ndarray, np.ndarray]"
"""A part of the data of a model with one input and one output."""
PARTS = "specc.backends.parts.lean"
SEED = raw("SEED")
SITE = StageSite(rate=raw("LEARNING_RATE"), lean=True)
NEEDS = "<packages>"
"""Stands in a template for what `with_needs` finds."""
_PACKAGES = {"PIL": "pillow", "sklearn": "scikit-learn"}
_LABELS = {
    "class_numbers": "{y}.reshape({classes}).astype(np.int64)",
    "onehot_numbers": "{y}.argmax(axis=-1)",
    "binary_numbers": "{y}.reshape({shape}).astype(np.float32)",
    "target_numbers": "{y}.reshape({shape}).astype(np.float32)",
    "onehot_targets": "{y}.astype(np.float32)",
}
"""What the parts of these names make of labels in which nothing is wrong."""


def with_needs(script: str, frameworks: Mapping[str, Sequence[str]]) -> str:
    """The script with its packages, as one installs them, in the place of NEEDS. frameworks: each
    with the packages that it brings."""
    homes = re.findall(r"^(?:import|from) (\w+)", script, re.MULTILINE)
    named = {_PACKAGES.get(home, home) for home in homes if home not in sys.stdlib_module_names}
    brought = {package for packages in frameworks.values() for package in packages}
    every = sorted((named | frameworks.keys()) - brought)
    needs = " and ".join([", ".join(every[:-1]), every[-1]] if every[1:] else every)
    line = next(line for line in script.splitlines() if NEEDS in line)
    found = line.replace(NEEDS, needs)
    if len(found) > WIDTH:
        found = found.replace(" Needs", "\nNeeds", 1)
    return script.replace(line, found, 1)


def refusals(spec: Buildable) -> Iterator[tuple[str, str]]:
    """The places of what has no lean form, and the reasons."""
    source = spec.data.source
    if _reads(spec, "DATA") is None and (source.finds_classes or source.may_have_parts):
        yield SOURCE, f"it cannot read `{source.word()}`"
    for each in spec.data.inputs:
        if each.scaling is not None and each.scaling.measured and _lean(spec, each) is None:
            yield scale_place(each.input), f"it cannot measure `{each.scaling.word()}`"


def pieces(spec: Buildable, backend: str, training: Iterable[Piece], part: str) -> list[Piece]:
    """The constants, the data, and of the training's pieces what a lean script has: no flags and
    nothing that a checkpoint keeps. part: what the script calls the type of a part of the data."""
    training = list(training)
    flags = [*run.places(spec, backend), *(flag for piece in training for flag in piece.flags)]
    constants = [assigned(flag.name.upper(), expr(flag.default)) for flag in flags]
    constants.append(assigned("SEED", expr(spec.train.seed)))
    table = data.classes_table(spec) if spec.data.source.finds_classes else None
    if table is not None:
        constants.append(assigned("CLASSES", table))
    begun = Piece(slots={"constants": constants, "load_data": _load_data(spec, part)})
    return [begun, *(Piece(slots=p.slots, wraps=p.wraps, names=p.names) for p in training)]


def values(spec: Buildable) -> dict[str, Any]:
    """What the templates are told beside what those of whole scripts are."""
    several = spec.model.several
    arrays = "dict[str, np.ndarray]" if several else "np.ndarray"
    first = f"part[1][{quote(spec.model.outputs[0].name)}]" if several else "part[1]"
    return {
        "several": several,
        "outputs": len(spec.model.outputs),
        "Part": f"tuple[{arrays}, {arrays}]",
        "first": first,
        "steps": "-(-len(" + first.replace("part", 'data["train"]', 1) + ") // BATCH_SIZE)",
        "size": "samples" if several else f"len({first})",
        "validates": data.has_validation(spec.data),
        "monitor": "val_loss" if data.has_validation(spec.data) else "loss",
    }


def drawn(initial: Term | None, shape: str) -> tuple[list[Statement], Expr]:
    """How a kernel is drawn: what is assigned before, and the array. shape: in code."""
    initial = initial or initializers.GlorotUniform()
    if isinstance(initial, initializers.Initializer) and initial.limit:
        uniform = raw(f"rng.uniform(-limit, limit, {shape}).astype(np.float32)")
        return [assigned("limit", raw(initial.limit)), assigned("drawn", uniform)], raw("drawn")
    function, options = context.drawn_by(initial)
    return [], call(function, raw("rng"), raw(shape), **options)


def _inputs(spec: Buildable) -> list[str]:
    names = [each.name for each in spec.model.inputs]
    return [f"inputs[{quote(name)}]" for name in names] if spec.model.several else ["x"]


def _targets(spec: Buildable) -> list[str]:
    names = [each.name for each in spec.model.outputs]
    return [f"targets[{quote(name)}]" for name in names] if spec.model.several else ["y"]


def _load_data(spec: Buildable, part: str) -> list[Statement]:
    if spec.data.source.may_have_parts and spec.data.split is None:
        return [*_classes(spec, '(DATA / "train")'), *_own_parts(spec, part)]
    found: list[Statement] = []
    folder = "DATA"
    if spec.data.source.may_have_parts:
        folder = "folder"
        own = raw('DATA / "train" if (DATA / "test").is_dir() else DATA')
        found.append(assigned(folder, own, "a test part stays apart"))
    found += [*_classes(spec, folder), *_read(spec, folder)]
    train = ""
    if spec.data.split is not None:
        cut = {"validation": spec.data.split.validation, "test": spec.data.split.test}
        shares = {name: int(s) if s == int(s) else s for name, s in cut.items()}
        size = raw(f"len({_targets(spec)[0]})")
        found.append(assigned("rows", call("split", size, SEED, **shares)))
        train = '[rows["train"]]'
    for x, each in zip(_inputs(spec), spec.data.inputs, strict=True):
        # Each is scaled before the next one is measured: the figures have the same names.
        found += [assigned(*pair) for pair in _before(_lean(spec, each), x + train)]
        found.append(assigned(x, _scaled(spec, each, x)))
    found += [assigned(y, _labels(spec, number, y)) for number, y in enumerate(_targets(spec))]
    return [*found, given(_cut(spec))]


def _classes(spec: Buildable, folder: str) -> list[Statement]:
    """The names of the classes, where only the data knows them."""
    feed = data.feed(spec)
    if not spec.data.source.finds_classes or feed.names is not None:
        return []
    named = raw(f'sorted(path.name for path in {folder}.glob("[!.]*"))')
    count = feed.outputs[feed.output]
    counted: list[Statement] = [lines(f"assert len(classes) == {count}, classes")] if count else []
    return [assigned("classes", named), *counted]


def _reads(spec: Buildable, path: str) -> Expr | None:
    read = spec.data.source.reads_lean(Name(path), data.feed(spec))
    return None if read is None else data.called(read)


def _read(spec: Buildable, path: str) -> list[Statement]:
    """`x, y = ...`; by the part of whole scripts where a source has no shorter one."""
    pair = "inputs, targets" if spec.model.several else "x, y"
    short = _reads(spec, path)
    if short is not None:
        return [assigned(pair, short)]
    source, feed = spec.data.source, data.feed(spec)
    part = quote("train" if source.own_parts else "all")
    whole = assigned("samples", Index(data.called(source.reads(Name(path), feed)), part))
    x, y = "samples.inputs", "samples.targets"
    if not spec.model.several:
        x, y = f"{x}[{quote(feed.input)}]", f"{y}[{quote(feed.output)}]"
    return [whole, assigned(pair, raw(f"{x}, {y}"))]


def _own_parts(spec: Buildable, part: str) -> list[Statement]:
    """Where the folder brings the parts."""
    read = _reads(spec, "DATA / part")
    assert read is not None, spec.data.source
    (each,) = spec.data.inputs
    scaling = _lean(spec, each)
    fixed: list[str] = []
    found = [f"    x, y = {read.text()}"]
    for target, value in _before(scaling, "x"):
        line = f"{target} = {value.text()}"
        measured = ['    if part == "train":', f"        {line}"]
        found, fixed = (found + measured, fixed) if "(x)" in line else (found, [*fixed, line])
    x, y = (value.text() for value in (_scaled(spec, each, "x"), _labels(spec, 0, "y")))
    found.append(f"    parts[part] = {x}, {y}")
    return [
        lines(
            *fixed,
            f"parts: dict[str, {part}] = {{}}",
            'for part in ("train", "validation"):',
            *found,
            "return parts",
        )
    ]


def _lean(spec: Buildable, each: InputData) -> Lean | None:
    if each.scaling is None:
        return Lean("{x}.astype(np.float32)")
    return each.scaling.lean(spec.data.source.top())


def _before(scaling: Lean | None, train: str) -> Iterator[tuple[str, Expr]]:
    """What a scaling reads, and whether it is measured on the samples to train on."""
    for target, made in scaling.before if scaling is not None else ():
        args = (Name(train) if argument is Lean.TRAIN else argument for argument in made.args)
        yield target, data.called(PartCall(made.part, tuple(args), made.named))


def _scaled(spec: Buildable, each: InputData, x: str) -> Expr:
    """An input as the network takes it."""
    lean = _lean(spec, each)
    if lean is not None:
        return raw(lean.text.format(x=x))
    assert each.scaling is not None
    made = each.scaling.made(spec.data.source.top(), Name(""), each.input)
    return call(data.called(made), raw(x))


def _labels(spec: Buildable, number: int, y: str) -> Expr:
    form = spec.data.targets[number].labels
    part, shape = spec.train.losses[number].loss.labels[form], spec.shape(number)
    if part not in _LABELS:
        return call(part, raw(y), shape=shape)
    axes, classes = (", ".join(map(str, (-1, *dims))) for dims in (shape, shape[:-1]))
    return raw(_LABELS[part].format(y=y, shape=axes, classes=classes))


def _cut(spec: Buildable) -> Dict:
    """The parts that a training looks at."""
    whole, some = "(x, y)", "(x[{0}], y[{0}])"
    if spec.model.several:
        whole, some = "(inputs, targets)", "(select(inputs, {0}), select(targets, {0}))"
    if spec.data.split is None:
        return Dict((("train", raw(whole)),))
    names = ["train"] + ["validation"] * data.has_validation(spec.data)
    return Dict(tuple((name, raw(some.format(f'rows["{name}"]'))) for name in names))
