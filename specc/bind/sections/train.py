"""Holds the model against `train { }`: loss and output, metrics and loss."""

from __future__ import annotations

from typing import Any

from specc import ir
from specc.bind.ground.describe import dims
from specc.bind.ground.graph import NodeValue
from specc.bind.sections.check import BoundSpec
from specc.bind.sections.per_output import sorted_out
from specc.diagnostics.model import Related
from specc.ops.base import activation_of, is_activation
from specc.registry import every

DEFAULT_SEED = 0
_CLASSES = ("sigmoid", "softmax")


def training(spec: BoundSpec) -> tuple[ir.Train, tuple[ir.Output, ...]] | None:
    """What the section means, and the model's outputs with what the losses take over from them;
    None with a report of what is wrong."""
    values = spec.sections["train"].values
    if not sorted_out(spec, "train"):
        return None
    optimizer = values["optimizer"]
    if getattr(optimizer, "nesterov", False) and not optimizer.momentum:
        spec.error(
            "E0414",
            "`nesterov` looks ahead along a momentum, and there is none",
            "train",
            "optimizer",
            help="write `sgd(0.01, momentum=0.9, nesterov=true)`",
        )
    found = [_output(spec.at(output=number)) for number in range(len(spec.model.outputs))]
    if spec.report.has_errors:
        return None
    train = ir.Train(
        losses=tuple(loss for _, loss, _ in found),
        metrics=tuple(metric for *_, metrics in found for metric in metrics),
        batch=values["batch"],
        seed=values.get("seed", DEFAULT_SEED),
        stages=(ir.Stage(optimizer=optimizer, epochs=values["epochs"]),),
    )
    return train, tuple(output for output, *_ in found)


def _output(spec: BoundSpec) -> tuple[ir.Output, ir.OutputLoss, list[ir.OutputMetric]]:
    """What one output learns and how it is measured; reports what does not fit."""
    loss, metrics = spec.value("train", "loss"), spec.value("train", "metrics", ())
    output = _fold(spec, loss)
    if output is not None and _enough_units(spec, loss):
        for metric in metrics:
            _metric(spec, metric, loss)
    name = spec.made.name
    measured = [ir.OutputMetric(output=name, metric=metric) for metric in metrics]
    return output or spec.made, ir.OutputLoss(output=name, loss=loss), measured


def _fold(spec: BoundSpec, loss: Any) -> ir.Output | None:
    """The output, with the activation that the loss takes over from its last layer."""
    output, last = spec.made, spec.last
    found = "linear" if last is None else activation_of(last.op)
    if loss.folds == "none":
        return output
    if found != loss.folds or last is None:
        if loss.needs_fold:
            _wrong_end(spec, loss, found)
            return None
        return output
    readers = [node for node, _ in spec.graph.nodes if any(v is last for v in node.inputs)]
    if readers:
        spec.error(
            "E0406",
            f"`{loss.word()}` takes over the last `{found}`, but another layer reads it too",
            "train",
            "loss",
            related=(
                *spec.at_output("the last layer"),
                Related(readers[0].origin.source, readers[0].origin.span, "it is read here"),
            ),
            help="make what the other layer reads the result of a layer of its own",
        )
        return None
    if _shared(spec, last):
        return None
    return None if _twice(spec, found) else output.model_copy(update={"activation": loss.folds})


def _shared(spec: BoundSpec, last: NodeValue) -> bool:
    """Whether the last layer is that of another output too."""
    others = [
        (name, span)
        for number, (name, value, span) in enumerate(spec.graph.outputs)
        if value is last and number != spec.output
    ]
    if others:
        name, span = others[0]
        spec.error(
            "E0406",
            f"`{spec.value('train', 'loss').word()}` takes over the last activation, but it is"
            f" the last one of the output `{name}` too",
            "train",
            "loss",
            related=(Related(last.origin.source, span, "the other output"),),
            help="give each output a last layer of its own",
        )
    return bool(others)


def _twice(spec: BoundSpec, found: str) -> bool:
    """Whether the last layer is an activation on top of another that tells classes."""
    last = spec.last
    before = last.inputs[0] if last is not None and is_activation(last.op) else None
    if last is None or not isinstance(before, NodeValue):
        return False
    if activation_of(before.op) not in _CLASSES:
        return False
    spec.report.error(
        "E0406",
        f"`{found}` is applied after `{activation_of(before.op)}`",
        last.origin.source,
        last.origin.span,
        help="one of the two is enough",
        related=(
            Related(before.origin.source, before.origin.span, "the first one is applied here"),
        ),
    )
    return True


def _wrong_end(spec: BoundSpec, loss: Any, found: str) -> None:
    units = spec.shape[-1]
    # The other loss is meant where the output ends as that one wants it.
    if found == "softmax" and units > 1:
        helped = "for one class of several write `loss = categorical_crossentropy`"
        if units == 2:
            helped += ", or end the model with `Dense(1, sigmoid)`"
    elif found == "sigmoid" and units == 1:
        helped = "for yes or no write `loss = binary_crossentropy`"
    elif spec.last is not None and hasattr(spec.last.op, "units"):
        helped = f"write the last layer as `Dense({units}, {loss.folds})`"
    else:
        helped = f"end the model with `Dense({max(units, loss.least_units)}, {loss.folds})`"
    spec.error(
        "E0406",
        f"`{loss.word()}` needs an output that ends in `{loss.folds}`",
        "train",
        "loss",
        expected=f"`{loss.folds}`",
        found=f"`{found}`" if found != "linear" else "no activation",
        related=spec.at_output(f"the last layer: output here is {dims(spec.shape)}"),
        help=helped,
    )


def _enough_units(spec: BoundSpec, loss: Any) -> bool:
    units = spec.shape[-1]
    if units >= loss.least_units:
        return True
    spec.error(
        "E0407",
        f"`{loss.word()}` over {units} unit tells nothing apart",
        "train",
        "loss",
        expected=f"at least {loss.least_units} units",
        found=str(units),
        related=spec.at_output(f"output here is {dims(spec.shape)}"),
        help="for yes or no write `Dense(1, sigmoid)` and `loss = binary_crossentropy`",
    )
    return False


_NEEDS = {
    "numbers": "an output of numbers",
    "classes": "an output of classes",
    "one class": "an output that names one class",
    "one of several": "a `softmax` over classes",
}


_ONE = {"classes": "one class", "numbers": "numbers"}


def _metric(spec: BoundSpec, metric: Any, loss: Any) -> None:
    classes = loss.folds != "none"
    several = loss.folds == "softmax"
    fits = {
        "numbers": not classes,
        "classes": classes,
        "one class": classes and (several or spec.shape == (1,)),
        "one of several": several,
    }[metric.needs]
    source = spec.sections["train"].source
    listed = spec.value("train", "metrics")
    span = spec.items("train", "metrics")[listed.index(metric)]
    top = getattr(metric, "k", None)
    if not fits:
        of = "classes" if classes else "numbers"
        # Of classes also those that take one of them; `top_k` asks for several units besides.
        named = [m.word() for m in every("metric") if getattr(m, "needs", "") in (of, _ONE[of])]
        spec.report.error(
            "E0413",
            f"`{metric.word()}` does not fit the loss `{loss.word()}`",
            source,
            span,
            expected=_NEEDS[metric.needs],
            help=f"metrics of {of} are {', '.join(f'`{name}`' for name in named)}",
        )
    elif top is not None and top > spec.shape[-1]:
        spec.report.error(
            "E0413",
            f"`{metric.word()}` of {top} is more than there are classes",
            source,
            span,
            expected=f"at most {spec.shape[-1]}",
            found=str(top),
        )
