"""The part of a script that reads its data: the same Python for every backend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from specc.codegen.python.expressions import Call, Expr, call, expr, quote, raw
from specc.codegen.python.layout import Dict, assign, do, give
from specc.data.calls import Feed, Name, PartCall
from specc.ir import Buildable, Data
from specc.ops.ranks import PICTURE, VECTOR

PATH, TRAIN, CLASSES = Name("config.data"), Name("train"), Name("CLASSES")
_LONG = 60


def by_name(values: dict[str, Any]) -> Dict:
    """A dict of values, or of expressions, by name."""
    return Dict(tuple((name, _expr(value)) for name, value in values.items()))


def called(made: PartCall) -> Call:
    """A call of a part as code."""
    named = {name: _expr(value) for name, value in made.named.items()}
    return call(made.part, *map(_expr, made.args), **named)


def _expr(value: Any) -> Expr:
    match value:
        case Expr():
            return value
        case Name(text):
            return raw(text)
        case PartCall():
            return called(value)
        case dict():
            return by_name(value)
    return expr(value)


def data_path(data: Data) -> str | None:
    """The default of `--data`; None for a source that comes with a library."""
    return getattr(data.source, "path", None)


def has_validation(data: Data) -> bool:
    return data.source.may_have_parts if data.split is None else data.split.validation > 0


def has_test(data: Data) -> bool:
    """Whether there is, or for a folder may be, a part to test on."""
    own = data.source.may_have_parts or "test" in data.source.own_parts
    return own or (data.split is not None and data.split.test > 0)


def predicts_pictures(spec: Buildable) -> bool:
    """Whether `--predict` takes a picture's file."""
    if spec.model.several:
        return False
    (given,), (fed,) = spec.model.inputs, spec.data.inputs
    picture = len(given.shape) == PICTURE and given.shape[-1] in (1, 3)
    bytes_ = spec.data.source.any_depth and fed.scaling is not None and fed.scaling.pictures_only
    return picture and (spec.data.source.holds_pictures or bytes_)


def predicts(spec: Buildable) -> bool:
    """Whether `--predict` can read samples, pictures or others, and say something of them."""
    if any(len(spec.shape(number)) != VECTOR for number in range(len(spec.model.outputs))):
        return False
    return predicts_pictures(spec) or (spec.model.several and bool(spec.data.source.samples_in))


def task(spec: Buildable) -> str:
    """What the model is, for the first line of a script."""
    if len(spec.model.outputs) == 1:
        return _task(spec, 0)
    named = [
        f"{output.name} ({_task(spec, number)})" for number, output in enumerate(spec.model.outputs)
    ]
    text = f"{', '.join(named[:-1])} and {named[-1]}"
    return text if len(text) < _LONG else f"{len(named)} outputs"


def _task(spec: Buildable, number: int) -> str:
    classes = spec.classes(number)
    if classes is None:
        folds = spec.train.losses[number].loss.folds
        return "regression" if folds == "none" else "several yes-or-no answers"
    kind = "binary classifier" if classes == 2 else f"classifier of {classes} classes"
    pictures = not spec.model.several and len(spec.model.inputs[0].shape) == PICTURE
    return f"{kind} of pictures" if pictures else kind


def measures(data: Data) -> bool:
    """Whether numbers of a scaling come from the training part."""
    return any(given.scaling is not None and given.scaling.measured for given in data.inputs)


def known_classes(spec: Buildable) -> dict[str, tuple[str, ...]]:
    """The names of the classes by output. Of an only output none where only the data knows them;
    of several, numbers stand where the spec gives none."""
    found = {}
    for number, output in enumerate(spec.model.outputs):
        names = spec.class_names(number)
        count = spec.classes(number)
        if spec.model.several:
            names = (
                spec.data.targets[number].classes or tuple(map(str, range(count or 0)))
            ) or None
            names = names if count is not None else None
        if names is not None:
            found[output.name] = names
    return found


def classes_table(spec: Buildable) -> Expr | None:
    """The value of `CLASSES`: the names of the only output's classes, or all by output."""
    known = known_classes(spec)
    if not known or spec.model.several:
        return by_name(known) if known else None
    (names,) = known.values()
    return expr(names)


def feed(spec: Buildable) -> Feed:
    """What the source is asked for."""
    shapes = {given.name: given.shape for given in spec.model.inputs}
    classes = {output.name: spec.classes(n) for n, output in enumerate(spec.model.outputs)}
    given = any(target.classes is not None for target in spec.data.targets)
    return Feed(shapes, classes, CLASSES if given else None)


def load_data(spec: Buildable) -> list[str]:
    """The lines of the function `load_data`, below its docstring."""
    data, source = spec.data, spec.data.source
    read, asked = called(source.reads(PATH, feed(spec))), feed(spec)
    place = quote(source.place) if data_path(data) is None else PATH.text
    samples, where = raw("samples"), raw(place)
    lines = assign("samples, names" if source.finds_classes else "samples", read, 1)
    for each in data.inputs:
        if source.any_depth and each.scaling is not None and each.scaling.pictures_only:
            named = (
                f"`{each.input} = 0..1` in `scale`" if several_inputs(spec) else "`scale = 0..1`"
            )
            lines += do(call("check_eight_bit", samples, each.input, named, where), 1)
    labels = {output.name: _labels(spec, n) for n, output in enumerate(spec.model.outputs)}
    check = "checked_inputs" if several_inputs(spec) else "checked"
    fitting = call(check, samples, by_name(dict(asked.inputs)), by_name(labels), where)
    lines += assign("samples", fitting, 1)
    for name in asked.inputs:
        limit = spec.model.index_limit(name)
        if limit is not None:
            title = _input_of(spec, name) if several_inputs(spec) else where
            lines += do(call("check_indices", samples, name, limit, title), 1)
    for statement in _cut(data):
        lines += statement
    lines += do(call("check_batch_size", raw("train"), raw("config.batch_size")), 1)
    lines += assign("scale", scales(spec, measured=True), 1, annotation="Scales")
    parts = map(raw, ("train", "validation", "test", "scale"))
    return lines + give(call("Data", *parts, _names(spec)), 1)


def _names(spec: Buildable) -> Expr:
    """Where the names of the classes stand, by output."""
    (only, *_) = [output.name for output in spec.model.outputs]
    if spec.data.source.finds_classes:
        return by_name({only: raw("names")})
    if not known_classes(spec):
        return raw("{}")
    return raw(CLASSES.text) if spec.model.several else by_name({only: CLASSES})


def several_inputs(spec: Buildable) -> bool:
    """Whether a message must say which input it means."""
    return len(spec.model.inputs) > 1


def _input_of(spec: Buildable, name: str) -> Expr:
    """What messages call an input."""
    if data_path(spec.data) is None:
        return expr(f"{spec.data.source.place}: input `{name}`")
    return raw(f'f"{{{PATH.text}}}: input `{name}`"')


def check_shapes(spec: Buildable, given: str, where: str) -> Call:
    """A check of the samples that are to be predicted of."""
    check = "check_input_shapes" if several_inputs(spec) else "check_shapes"
    return call(check, raw(given), by_name(dict(feed(spec).inputs)), raw(where))


def _labels(spec: Buildable, number: int) -> Expr:
    """The function that brings an output's labels into the form that its loss takes."""
    form = spec.data.targets[number].labels
    part = spec.train.losses[number].loss.labels[form]
    whose = [raw("labels_of"), spec.model.outputs[number].name]
    several = len(spec.model.outputs) > 1
    return call("partial", *(whose if several else []), raw(part), shape=spec.shape(number))


def _cut(data: Data) -> Iterator[list[str]]:
    target, samples, own = "train, validation, test", raw("samples"), data.source.own_parts
    path = raw(PATH.text)
    if data.split is None and data.source.may_have_parts:
        yield assign(target, call("own_parts", samples, path), 1)
        return
    cut = data.split
    shares = (100.0, 0.0, 0.0) if cut is None else (cut.train, cut.validation, cut.test)
    whole = tuple(int(share) if share == int(share) else share for share in shares)
    if data.source.may_have_parts:
        made = ("validation", "test") if whole[2] else ("validation",)
        yield do(call("check_uncut", samples, path, made), 1)
        yield assign(target, call("split_folder", samples, whole, raw("config.seed")), 1)
        return
    pool = raw(f"samples[{quote('train' if own else 'all')}]")
    first = target.replace("test", "_") if "test" in own else target
    yield assign(first, call("split", pool, whole, raw("config.seed")), 1)
    if "test" in own:
        yield assign("test", call("whole_part", raw('samples["test"]')), 1)


def scales(spec: Buildable, measured: bool) -> Dict:
    """The scaling of each input; without `measured` only those that the spec fixes."""
    found: dict[str, Expr] = {}
    for each in spec.data.inputs:
        if each.scaling is None:
            found[each.input] = raw("as_float")
        elif measured or not each.scaling.measured:
            top = spec.data.source.top()
            found[each.input] = called(each.scaling.made(top, TRAIN, each.input))
    return by_name(found)


def file_stem(spec: Buildable) -> str:
    """The name of a run's folder: the spec file's name without its suffix."""
    return PurePath(spec.file).stem
