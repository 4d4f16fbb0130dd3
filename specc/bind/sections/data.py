"""Holds the model and its training against `data { }`: shapes, classes, shares, scales."""

from __future__ import annotations

import math
from typing import Any

from specc import ir
from specc.bind.ground.describe import dims
from specc.bind.sections.arrays import columns, named
from specc.bind.sections.check import BoundSpec
from specc.bind.sections.per_output import sorted_out
from specc.diagnostics.model import Related
from specc.registry import every

EIGHT_BIT = 255


def data(spec: BoundSpec, train: ir.Train | None) -> ir.Data | None:
    bound = spec.sections.get("data")
    if bound is None:
        return None
    source, split = bound.values["source"], bound.values.get("split")
    inputs = [spec.at(input=number) for number in range(len(spec.model.inputs))]
    outputs = [spec.at(output=number) for number in range(len(spec.model.outputs))]
    for each in outputs:
        if each.value("data", "labels") == "none":
            each.error("E0901", "data without labels is not built yet", "data", "labels")
            return None
    if not sorted_out(spec, "data") or not named(spec, source):
        return None
    _split(spec, source, split)
    if spec.model.several and source.vectors and source.unnamed:
        columns(spec, source, train)
    for each in inputs:
        _picture(each, source)
        _scale(each, source, each.value("data", "scale"))
    for each, learned in zip(outputs, train.losses if train else (), strict=False):
        _labels(each, source, each.value("data", "labels", "integers"), learned.loss)
        _classes(each, source, each.value("data", "classes"), learned.loss)
    if train is not None:
        _batch(spec, source, split, train.batch)
    return ir.Data(
        source=source,
        split=split,
        inputs=tuple(
            ir.InputData(input=each.given.name, scaling=each.value("data", "scale"))
            for each in inputs
        ),
        targets=tuple(
            ir.TargetData(
                output=each.made.name,
                labels=each.value("data", "labels", "integers"),
                classes=each.value("data", "classes"),
            )
            for each in outputs
        ),
    )


def _picture(spec: BoundSpec, source: Any) -> None:
    """Whether the samples have the shape of the model's input."""
    shape = spec.given.shape
    kind, pictured = source.word(), source.picture()
    size, channels = getattr(source, "size", None), getattr(source, "channels", None)
    found: str | None = dims(shape)
    expected: str | None = None
    if pictured is not None and pictured != shape:
        message = f"the model's input does not have the shape of the pictures of `{kind}`"
        expected, helped = dims(pictured), f"write `input {dims(pictured)}`"
        if size is not None and len(shape) == len(pictured) and shape[-1] == channels:
            helped += f", or `size={dims(shape[:2])}` in the source"
    elif source.holds_pictures and len(shape) != 3:
        message = f"`{kind}` gives pictures, but the model's input is none"
        helped = "write `input 64x64x3`: height x width x channels"
    elif source.holds_pictures and pictured is None and channels != shape[-1]:
        message = f"`{kind}` gives {channels} channels, the model's input has {shape[-1]}"
        expected, found = f"{channels} channels", f"{shape[-1]}"
        helped = "channels are 1 for grey or 3 for colour, in the input and in the source"
        if shape[-1] in (1, 3):
            helped = f"write `channels={shape[-1]}` in the source"
    elif source.vectors and len(shape) != 1:
        message = "the rows of a table are vectors"
        expected, helped = "a number of columns", "write `input 10` for ten columns"
    else:
        return
    spec.error(
        "E0411",
        message,
        "data",
        "source",
        expected=expected,
        found=found,
        related=spec.at_input(f"the input is {dims(shape)}"),
        help=helped,
    )


def _split(spec: BoundSpec, source: Any, split: ir.Split | None) -> None:
    """Whether there is a part to train on and none twice."""
    if split is None:
        if not source.own_parts and not source.may_have_parts:
            spec.report.warning(
                "W0402",
                "without a `split` all samples are trained on, and none are left to test with",
                spec.sections["data"].source,
                spec.sections["data"].spans["source"],
                help="add `split = 80% train, 10% validation, 10% test`",
            )
    elif split.test > 0 and "test" in source.own_parts:
        spec.error(
            "E0410",
            f"`{source.word()}` brings its own test part",
            "data",
            "split",
            found=f"{split.test:g}% test",
            help="write `split = 90% train, 10% validation`",
        )


def _scale(spec: BoundSpec, source: Any, scaling: Any) -> None:
    if scaling is None or _looked_up(spec):
        return
    if scaling.pictures_only and source.top() is None:
        spec.error(
            "E0412",
            f"`0..1` is for pictures, not for `{source.word()}`",
            "data",
            "scale",
            help="write `scale = standardize`",
        )
    channels, found = spec.given.shape[-1], scaling.channels()
    if found is not None and found != channels:
        spec.error(
            "E0412",
            "the scale has another number of channels than the input",
            "data",
            "scale",
            expected="1 number" if channels == 1 else f"{channels} numbers, or one for all",
            found=str(found),
            related=spec.at_input(f"the input is {dims(spec.given.shape)}"),
        )
    elif source.top() == EIGHT_BIT and source.holds_pictures:
        _unit_numbers(spec, scaling)


def _looked_up(spec: BoundSpec) -> bool:
    """Whether a layer looks the numbers up, which a scale would make other ones of."""
    given = spec.given
    readers = [node for node, _ in spec.graph.nodes if given in node.inputs]
    reader = next((node for node in readers if node.op.index_limit() is not None), None)
    if reader is None:
        return False
    kind, limit = reader.op.word(), reader.op.index_limit()
    assert limit is not None
    spec.error(
        "E0412",
        f"`{kind}` reads whole numbers, and a scale makes others of them",
        "data",
        "scale",
        related=(Related(reader.origin.source, reader.origin.span, f"reads 0 to {limit - 1}"),),
        help="leave `scale` out",
    )
    return True


def _unit_numbers(spec: BoundSpec, scaling: Any) -> None:
    """Warn of a mean and deviation of pictures in 0..1: the stored numbers reach 255."""
    mean, std = getattr(scaling, "mean", None), getattr(scaling, "std", None)
    given = [numbers for numbers in (mean, std) if numbers]
    if not given or any(not 0 <= number <= 1 for numbers in given for number in numbers):
        return
    named = [
        f"{name}=[{', '.join(f'{number * EIGHT_BIT:.6g}' for number in numbers)}]"
        for name, numbers in (("mean", mean), ("std", std))
        if numbers
    ]
    bound = spec.sections["data"]
    spec.report.warning(
        "W0401",
        "these are numbers of pictures in 0..1, but the stored numbers go from 0 to 255",
        bound.source,
        spec.span("data", "scale"),
        help=f"write `standardize({', '.join(named)})`: {EIGHT_BIT} times as much",
    )


def _labels(spec: BoundSpec, source: Any, labels: str, loss: Any) -> None:
    if "labels" in spec.sections["data"].spans and not source.any_labels:
        others = [f"`{each.word()}`" for each in every("source") if getattr(each, "any_labels", 0)]
        spec.error(
            "E0408",
            f"the labels of `{source.word()}` are integers by themselves",
            "data",
            "labels",
            help=f"`labels` is for {', '.join(others)}; leave it out",
        )
    elif labels not in loss.labels:
        spec.error(
            "E0408",
            f"`{loss.word()}` does not work with labels that are `{labels}`",
            "data",
            "labels",
            expected=" or ".join(f"`{kind}`" for kind in loss.labels),
            found=f"`{labels}`",
        )


def _classes(spec: BoundSpec, source: Any, names: tuple[str, ...] | None, loss: Any) -> None:
    """Whether the output tells apart what the data holds."""
    shape, known = spec.shape, source.classes()
    counted = loss.classes(shape)
    if len(shape) != 1 and not source.any_shape:
        message = f"`{source.word()}` has one label for a sample, the output has several places"
        expected, found = "one vector", dims(shape)
        helped = "end the model with `Flatten` or a global pool, and a `Dense`"
    elif source.vectors and not source.fed() and counted is None and shape != (1,):
        message = "a table has one target, the output has several units"
        expected, found, helped = "1 unit", str(shape[-1]), "write `Dense(1)`"
    elif known is not None and counted is None and loss.folds == "none":
        message = f"`{source.word()}` has {known} classes, and `{loss.word()}` is for numbers"
        expected, found = "a loss for classes", f"`{loss.word()}`"
        helped = f"end with `Dense({known}, softmax)` and write `loss = categorical_crossentropy`"
    elif known is not None and counted != known:
        message = f"`{source.word()}` has {known} classes, the output tells {counted} apart"
        if counted is None:
            message = f"`{source.word()}` has one class for a sample, the output gives several"
        expected, found = f"{known} units with `softmax`", f"{shape[-1]}"
        helped = f"end with `Dense({known}, softmax)` and write `loss = categorical_crossentropy`"
    else:
        _class_names(spec, names, counted, loss)
        return
    spec.error(
        "E0407",
        message,
        "train",
        "loss",
        expected=expected,
        found=found,
        related=spec.at_output(f"output here is {dims(shape)}"),
        help=helped,
    )


def _class_names(
    spec: BoundSpec, names: tuple[str, ...] | None, counted: int | None, loss: Any
) -> None:
    if names is not None and counted is None and (loss.folds == "none" or spec.model.several):
        spec.error(
            "E0407",
            f"`{loss.word()}` chooses no class here, and so there are none to name",
            "data",
            "classes",
            related=spec.at_output(f"output here is {dims(spec.shape)}"),
            help="leave it out",
        )
    if names is None or counted is None or len(names) == counted:
        return
    spec.error(
        "E0407",
        f"there are {len(names)} names of classes, the output tells {counted} classes apart",
        "data",
        "classes",
        expected=f"{counted} names",
        found=str(len(names)),
        related=spec.at_output(f"output here is {dims(spec.shape)}"),
        help="give each class a name and a unit",
    )


def _batch(spec: BoundSpec, source: Any, split: ir.Split | None, batch: int) -> None:
    sizes = source.sizes()
    total = sizes.get("train", sizes.get("all"))
    if total is None:
        return
    # As the scripts cut: halves go up, and the training part is what is left.
    shares = () if split is None else (split.validation, split.test)
    count = total - sum(math.floor(total * share / 100 + 0.5) for share in shares)
    if batch > count:
        spec.error(
            "E0409",
            "a batch is larger than the training data",
            "train",
            "batch",
            expected=f"at most {count:,}",
            found=f"{batch:,}",
            help="write `batch = 32`",
        )
