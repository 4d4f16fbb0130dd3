"""The pieces of what a run does besides training: flags, the test part, predictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from specc.codegen.python.expressions import (
    Expr,
    Index,
    Infix,
    call,
    expr,
    operand,
    quote,
    raw,
)
from specc.codegen.script import data
from specc.codegen.script.pieces import Flag, Piece, Statement, assigned, done, lines
from specc.data.calls import Name
from specc.ir import Buildable

_SHORT = 40


def run_pieces(
    spec: Buildable, backend: str, devices: str, training: Iterable[Piece]
) -> Iterator[Piece]:
    """All of them, in the order of the flags. training: the optimizer's and what else an update is
    made of, whose flags stand among these."""
    yield _places(spec, backend)
    yield from training
    yield _order(spec, devices)
    yield Piece(flags=(Flag("weights", "Path | None", None, _WEIGHTS, {"kind": raw("Path")}),))
    yield Piece(flags=(Flag("resume", "bool", False, "go on after the last finished epoch"),))
    if data.has_test(spec.data):
        yield _evaluation(spec)
    if data.predicts(spec):
        yield _prediction(spec)


_WEIGHTS = "weights to begin with, or to evaluate"


def places(spec: Buildable, backend: str) -> tuple[Flag, ...]:
    """Where the data and the results lie, and how long to train."""
    path = data.data_path(spec.data)
    out = call("Path", f"runs/{data.file_stem(spec)}_{backend}")
    (stage,) = spec.train.stages
    flags = [Flag("data", "Path", call("Path", path), "where the data lies")] if path else []
    return (
        *flags,
        Flag("out", "Path", out, "folder of the results"),
        Flag("epochs", "int", stage.epochs, "passes over the training part", {"low": 1}),
        Flag("batch_size", "int", spec.train.batch, "samples of a step", {"low": 1}),
    )


def _places(spec: Buildable, backend: str) -> Piece:
    known = data.classes_table(spec)
    constants = [assigned("CLASSES", known)] if known else []
    body: list[Statement] = [lambda indent: data.load_data(spec)]
    slots = {"constants": constants, "load_data": body}
    return Piece(places(spec, backend), slots, fixed=("batch_size",))


def _order(spec: Buildable, devices: str) -> Piece:
    seed = "of the weights, the split and the order of the samples"
    limit = {"kind": raw("int"), "low": 1}
    flags = (
        Flag("seed", "int", spec.train.seed, seed, {"low": 0}),
        Flag("device", "str", "auto", devices),
        Flag("limit_batches", "int | None", None, "stop each pass after so many", limit),
    )
    return Piece(flags, fixed=("seed", "limit_batches"))


def _evaluation(spec: Buildable) -> Piece:
    """`--evaluate`: what the best epoch reaches on the test part."""
    text = "show the best epoch's loss and metrics on the test part"
    calls = [lines("if config.evaluate:", "    return evaluate_test(config)")]
    lacks = "if not len(data.test):", '    raise RunError(f"{config.data} has no test part")'
    tested = [lines(*lacks)] if spec.data.source.may_have_parts else []
    return Piece(
        (Flag("evaluate", "bool", False, text),),
        {"calls": calls, "test_part": tested},
        functions=("evaluate_test.py.j2",),
    )


def _prediction(spec: Buildable) -> Piece:
    """`--predict`: what the best epoch says of a picture or of other samples."""
    calls = [lines("if config.predict is not None:", "    return predict(config, config.predict)")]
    pictures = data.predicts_pictures(spec)
    text = "a picture to name, resized if need be" if pictures else _samples_text(spec)
    flag = Flag("predict", "Path | None", None, text, {"kind": raw("Path")})
    begun, shown = (_picture if pictures else _samples)(spec)
    return Piece(
        (flag,),
        {"calls": calls, "given": [*_facts(spec, pictures), *begun], "shown": shown},
        functions=("predict.py.j2",),
    )


def _facts(spec: Buildable, pictures: bool) -> Iterator[Statement]:
    """The scaling as it was when the model was trained, and what only the data knows."""
    names = pictures and spec.data.source.finds_classes and _classes(spec) == _FOUND
    measures = data.measures(spec.data)
    if names or measures:
        found = f"{'classes' if names else '_'}, {'numbers' if measures else '_'}"
        yield assigned(found, call("read_facts", raw("config.out")))
    if not measures:
        yield assigned("scale", data.scales(spec, measured=False), annotation="Scales")
        return
    scales: dict[str, Expr] = dict(data.scales(spec, measured=False).items)
    for each in spec.data.inputs:
        if each.scaling is not None and each.scaling.measured:
            scales[each.input] = call("stored_scale", Index(raw("numbers"), quote(each.input)))
    order = {each.input: scales[each.input] for each in spec.data.inputs}
    yield assigned("scale", data.by_name(order), annotation="Scales")


_FOUND = "classes"


def _picture(spec: Buildable) -> tuple[list[Statement], list[Statement]]:
    (given,), (output,) = spec.model.inputs, spec.model.outputs
    top = spec.data.source.top()
    picture = Index(call("resized_picture", raw("samples"), given.shape), "np.newaxis")
    read: Expr = picture
    if top not in (None, 255):  # a picture's file goes up to 255
        read = raw(f"{picture.text()} * ({top} / 255)")
    values = call(f"results[{quote(output.name)}][0].tolist")
    names = _classes(spec)
    if names == _FOUND:
        names = f"classes[{quote(output.name)}]"
    begun = [assigned("given", data.by_name({given.name: read}))]
    if not names:
        return begun, [done(call("print", raw(f"*map(format_number, {values.text()})")))]
    if spec.shape(0) == (1,):
        both = call("show_classes", raw(names), raw("[1 - yes, yes]"))
        return begun, [assigned("(yes,)", values), done(both)]
    return begun, [done(call("show_classes", raw(names), values))]


def _classes(spec: Buildable) -> str:
    """Where a prediction finds the names of the classes; empty where there are none."""
    if spec.train.losses[0].loss.folds == "none":
        return ""
    units = max(spec.shape(0)[-1], 2)
    known = spec.class_names(0)
    if known is not None and len(known) == units:
        return "CLASSES"
    return _FOUND if spec.data.source.finds_classes else f"[*map(str, range({units}))]"


def _samples(spec: Buildable) -> tuple[list[Statement], list[Statement]]:
    read = spec.data.source.reads_samples(Name("samples"), data.feed(spec))
    known = data.known_classes(spec)
    both = [
        assigned(f"results[{quote(name)}]", call("no_and_yes", raw(f"results[{quote(name)}]")))
        for number, name in enumerate(output.name for output in spec.model.outputs)
        if name in known and spec.shape(number) == (1,)
    ]
    shown = call("show_predictions", raw("results"), raw("CLASSES" if known else "{}"))
    check = data.check_shapes(spec, "given", "samples")
    return [assigned("given", data.called(read)), done(check)], [*both, done(shown)]


def _samples_text(spec: Buildable) -> str:
    ending, source = spec.data.source.samples_in, spec.data.source
    text = f"samples in {'an' if ending == '.npz' else 'a'} {ending} file"
    arrays = ", ".join(str(array) for array in source.feeds(_inputs(spec), 0).values())
    return f"{text}: {arrays}" if ending == ".npz" and len(arrays) < _SHORT else text


def _inputs(spec: Buildable) -> list[str]:
    return [given.name for given in spec.model.inputs]


def framework_outputs(spec: Buildable) -> dict[str, str]:
    """Of each output the activation that the loss took over."""
    names = (output.name for output in spec.model.outputs)
    return dict(zip(names, (each.loss.folds for each in spec.train.losses), strict=True))


def lost(spec: Buildable) -> tuple[str, ...]:
    """The losses of a pass by their names in histories: the sum first."""
    several = len(spec.model.outputs) > 1
    return ("loss", *(f"{output.name}_loss" for output in spec.model.outputs if several))


def columns(spec: Buildable) -> tuple[str, ...]:
    """The figures of a pass by their names in histories."""
    return (*lost(spec), *(column(spec, n) for n in range(len(spec.train.metrics))))


def column(spec: Buildable, number: int) -> str:
    """The name of a metric in histories."""
    each = spec.train.metrics[number]
    key = each.metric.key()
    return f"{each.output}_{key}" if len(spec.model.outputs) > 1 else key


def weighted(value: Expr, weight: float) -> Expr:
    """A loss as it counts in the sum."""
    return value if weight == 1 else Infix("*", (expr(weight), operand(value, "*")))
