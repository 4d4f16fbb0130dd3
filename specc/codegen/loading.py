"""The part of a script that reads its data: the same Python for every backend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from specc.codegen.python.expressions import Call, Expr, call, raw
from specc.codegen.python.layout import assign, give
from specc.data import scalings, sources
from specc.ir import Data, Spec
from specc.ops.ranks import PICTURE, VECTOR
from specc.train import losses

PATH, TRAIN = raw("config.data"), raw("train")
_LONG = 60


def data_path(data: Data) -> str | None:
    """The default of `--data`; None for a source that comes with a library."""
    return getattr(data.source, "path", None)


def source_of(data: Data) -> sources.Source:
    """The source, under its own type."""
    assert isinstance(data.source, sources.Source)
    return data.source


def has_validation(data: Data) -> bool:
    if data.split is not None:
        return data.split.validation > 0
    return isinstance(data.source, sources.Folder)


def has_test(data: Data) -> bool:
    """Whether there is, or for a folder may be, a part to test on."""
    own = isinstance(data.source, sources.Folder) or "test" in source_of(data).own_parts
    return own or (data.split is not None and data.split.test > 0)


def predicts(spec: Spec) -> bool:
    """Whether `--predict` can read samples: a picture's file, or an archive where there are several
    inputs or outputs; and say something of them."""
    assert spec.data is not None
    shapes = [output_shape(spec, number) for number in range(len(spec.model.outputs))]
    if any(len(shape) != VECTOR for shape in shapes):
        return False
    if spec.model.several:
        return True
    shape = spec.model.inputs[0].shape
    if len(shape) != PICTURE or shape[-1] not in (1, 3):
        return False
    if isinstance(spec.data.source, sources.Npz):
        return isinstance(spec.data.inputs[0].scaling, scalings.UnitRange)
    return source_of(spec.data).holds_pictures


def task(spec: Spec) -> str:
    """What the model is, for the first line of a script."""
    if len(spec.model.outputs) == 1:
        return _task(spec, 0)
    named = [
        f"{output.name} ({_task(spec, number)})" for number, output in enumerate(spec.model.outputs)
    ]
    text = f"{', '.join(named[:-1])} and {named[-1]}"
    return text if len(text) < _LONG else f"{len(named)} outputs"


def _task(spec: Spec, number: int) -> str:
    classes = class_count(spec, number)
    if classes is None:
        folds = loss_of(spec, number).folds
        return "regression" if folds == "none" else "several yes-or-no answers"
    kind = "binary classifier" if classes == 2 else f"classifier of {classes} classes"
    pictures = not spec.model.several and len(spec.model.inputs[0].shape) == PICTURE
    return f"{kind} of pictures" if pictures else kind


def loss_of(spec: Spec, number: int) -> losses.Loss:
    """The loss of an output, under its own type."""
    assert spec.train is not None
    name = spec.model.outputs[number].name
    loss = next(each.loss for each in spec.train.losses if each.output == name)
    assert isinstance(loss, losses.Loss)
    return loss


def measures(data: Data) -> bool:
    """Whether numbers of a scaling come from the training part."""
    return any(is_measured(given.scaling) for given in data.inputs)


def is_measured(scaling: object) -> bool:
    return isinstance(scaling, scalings.Standardize) and None in (scaling.mean, scaling.std)


def class_names(data: Data, number: int = 0) -> tuple[str, ...] | None:
    """The names of the classes of an output, where the spec or the source knows them."""
    return data.targets[number].classes or source_of(data).names()


def class_count(spec: Spec, number: int = 0) -> int | None:
    """How many classes an output tells apart."""
    return loss_of(spec, number).classes(output_shape(spec, number))


def load_data(spec: Spec) -> list[str]:
    """The lines of the function `load_data`, below its docstring."""
    if spec.model.several:
        from specc.codegen.several import load_data as load_several

        return load_several(spec)
    assert spec.data is not None
    data, indent = spec.data, 1
    names = class_names(data)
    shape = spec.model.inputs[0].shape
    folder = isinstance(data.source, sources.Folder)
    place = raw('"the digits"') if data_path(data) is None else PATH
    lines = assign("samples, names" if folder else "samples", _read(spec, shape), indent)
    scaling = data.inputs[0].scaling
    if isinstance(data.source, sources.Npz) and isinstance(scaling, scalings.UnitRange):
        lines += do(call("check_eight_bit", raw("samples"), place))
    check = call("checked", raw("samples"), shape, labels(spec, 0), place)
    lines += assign("samples", check, indent)
    limit = spec.model.index_limit(spec.model.inputs[0].name)
    if limit is not None:
        lines += do(call("check_indices", raw("samples"), limit, place))
    for statement in cut(data):
        lines += statement
    lines += do(call("check_batch_size", raw("train"), raw("config.batch_size")))
    parts = [raw("train"), raw("validation"), raw("test"), scale(data)]
    if folder or names:
        parts.append(raw("names") if folder else raw("CLASSES"))
    return lines + give(call("Data", *parts), indent)


def do(expression: Call) -> list[str]:
    """A statement that is a call alone; those here are short."""
    return [f"    {expression.text()}"]


def _read(spec: Spec, shape: tuple[int, ...]) -> Expr:
    assert spec.data is not None
    match spec.data.source:
        case sources.Digits():
            return call("read_digits")
        case sources.Mnist() | sources.FashionMnist():
            return call("read_mnist", PATH)
        case sources.Npz(x=x, y=y):
            return call("read_npz", PATH, x=x, y=y)
        case sources.Csv(target=target):
            return call("read_csv", PATH, target=target)
        case sources.Folder(size=size):
            options = {} if spec.data.targets[0].classes is None else {"names": raw("CLASSES")}
            if size is not None:
                options["resize"] = raw("True")
            return call("read_folder", PATH, shape, classes=class_count(spec), **options)
    raise AssertionError(spec.data.source)


def labels(spec: Spec, number: int) -> Expr:
    """The function that brings an output's labels into the form that its loss takes."""
    assert spec.data is not None
    onehot = spec.data.targets[number].labels == "onehot"
    match loss_of(spec, number):
        case losses.CategoricalCrossentropy():
            name = "onehot_numbers" if onehot else "class_numbers"
        case losses.BinaryCrossentropy():
            name = "binary_numbers"
        case losses.Mse() | losses.Mae() | losses.Huber():
            name = "onehot_targets" if onehot else "target_numbers"
        case other:
            raise AssertionError(other)
    return call("partial", raw(name), shape=output_shape(spec, number))


def cut(data: Data) -> Iterator[list[str]]:
    folder = isinstance(data.source, sources.Folder)
    target = "train, validation, test"
    if data.split is None and folder:
        yield assign(target, call("own_parts", raw("samples"), PATH), 1)
        return
    cut = data.split
    shares = (100.0, 0.0, 0.0) if cut is None else (cut.train, cut.validation, cut.test)
    whole = tuple(int(share) if share == int(share) else share for share in shares)
    if folder:
        yield do(call("check_uncut", raw("samples"), PATH, whole[2]))
    yield assign(target, call("split", raw("samples"), whole, raw("config.seed")), 1)


def scale(data: Data, number: int = 0, part: Expr = TRAIN) -> Expr:
    """What makes the scaling of an input. part: what it is measured on."""
    match data.inputs[number].scaling:
        case None:
            return raw("as_float")
        case scalings.UnitRange():
            return call("UnitRange", source_of(data).top())
        case scalings.Standardize(mean=mean, std=std):
            if mean is not None and std is not None:
                return call("Standardize", mean, std)
            given = {"mean": mean, "std": std}
            return call("measure", part, **{k: v for k, v in given.items() if v is not None})
    raise AssertionError(data.inputs[number].scaling)


def output_shape(spec: Spec, number: int = 0) -> tuple[int, ...]:
    """The shape of an output, channels last."""
    wanted = spec.model.outputs[number].value
    shapes = {given.name: given.shape for given in spec.model.inputs}
    shapes |= {node.name: node.shape for node in spec.model.nodes}
    return shapes[wanted]


def file_stem(spec: Spec) -> str:
    """The name of a run's folder: the spec file's name without its suffix."""
    return PurePath(spec.file).stem
