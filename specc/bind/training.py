"""Holds the model against `train { }`: loss and output, metrics and loss."""

from __future__ import annotations

from typing import Any

from specc import ir
from specc.bind.describe import dims
from specc.bind.graph import NodeValue
from specc.bind.whole import Whole
from specc.diagnostics.model import Related
from specc.ops.base import activation_of, is_activation

DEFAULT_SEED = 0
_CLASSES = ("sigmoid", "softmax")


def training(whole: Whole) -> tuple[ir.Train, ir.Output] | None:
    """What the section means for the model's only output; None with a report of what is wrong."""
    values = whole.sections["train"].values
    _single(whole)
    if whole.report.has_errors:
        return None
    loss, optimizer = values["loss"], values["optimizer"]
    if getattr(optimizer, "nesterov", False) and not optimizer.momentum:
        whole.error(
            "E0414",
            "`nesterov` looks ahead along a momentum, and there is none",
            "train",
            "optimizer",
            help="write `sgd(0.01, momentum=0.9, nesterov=true)`",
        )
    output = _fold(whole, loss)
    metrics = values.get("metrics", ())
    if output is not None and _enough_units(whole, loss):
        for metric in metrics:
            _metric(whole, metric, loss)
    if whole.report.has_errors or output is None:
        return None
    train = ir.Train(
        losses=(ir.OutputLoss(output=output.name, loss=loss),),
        metrics=tuple(ir.OutputMetric(output=output.name, metric=metric) for metric in metrics),
        optimizer=optimizer,
        batch=values["batch"],
        epochs=values["epochs"],
        seed=values.get("seed", DEFAULT_SEED),
    )
    return train, output


def _single(whole: Whole) -> None:
    """Training with several inputs or outputs is in the language, not in the scripts yet."""
    section = whole.sections["train"]
    for name, _, span in whole.graph.outputs[1:2]:
        whole.report.error(
            "E0901",
            f"training with several outputs (`{name}`) is not built yet",
            section.source,
            span,
        )
    for given in whole.graph.inputs[1:2]:
        whole.report.error(
            "E0901",
            f"training with several inputs (`{given.name}`) is not built yet",
            given.origin.source,
            given.origin.span,
        )


def _fold(whole: Whole, loss: Any) -> ir.Output | None:
    """The output, with the activation that the loss takes over from its last layer."""
    output, last = whole.model.outputs[0], whole.last
    found = "linear" if last is None else activation_of(last.op)
    if loss.folds == "none":
        return output
    if found != loss.folds or last is None:
        if loss.needs_fold:
            _wrong_end(whole, loss, found)
            return None
        return output
    readers = [node for node, _ in whole.graph.nodes if any(v is last for v in node.inputs)]
    if readers:
        whole.error(
            "E0406",
            f"`{loss.word()}` takes over the last `{found}`, but another layer reads it too",
            "train",
            "loss",
            related=(
                *whole.at_output("the last layer"),
                Related(readers[0].origin.source, readers[0].origin.span, "it is read here"),
            ),
            help="make what the other layer reads the result of a layer of its own",
        )
        return None
    return None if _twice(whole, found) else output.model_copy(update={"activation": loss.folds})


def _twice(whole: Whole, found: str) -> bool:
    """Whether the last layer is an activation on top of another that tells classes."""
    last = whole.last
    before = last.inputs[0] if last is not None and is_activation(last.op) else None
    if last is None or not isinstance(before, NodeValue):
        return False
    if activation_of(before.op) not in _CLASSES:
        return False
    whole.report.error(
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


def _wrong_end(whole: Whole, loss: Any, found: str) -> None:
    units = whole.shape[-1]
    # The other loss is meant where the output ends as that one wants it.
    if found == "softmax" and units > 1:
        helped = "for one class of several write `loss = categorical_crossentropy`"
        if units == 2:
            helped += ", or end the model with `Dense(1, sigmoid)`"
    elif found == "sigmoid" and units == 1:
        helped = "for yes or no write `loss = binary_crossentropy`"
    elif whole.last is not None and hasattr(whole.last.op, "units"):
        helped = f"write the last layer as `Dense({units}, {loss.folds})`"
    else:
        helped = f"end the model with `Dense({max(units, loss.least_units)}, {loss.folds})`"
    whole.error(
        "E0406",
        f"`{loss.word()}` needs an output that ends in `{loss.folds}`",
        "train",
        "loss",
        expected=f"`{loss.folds}`",
        found=f"`{found}`" if found != "linear" else "no activation",
        related=whole.at_output(f"the last layer: output here is {dims(whole.shape)}"),
        help=helped,
    )


def _enough_units(whole: Whole, loss: Any) -> bool:
    units = whole.shape[-1]
    if units >= loss.least_units:
        return True
    whole.error(
        "E0407",
        f"`{loss.word()}` over {units} unit tells nothing apart",
        "train",
        "loss",
        expected=f"at least {loss.least_units} units",
        found=str(units),
        related=whole.at_output(f"output here is {dims(whole.shape)}"),
        help="for yes or no write `Dense(1, sigmoid)` and `loss = binary_crossentropy`",
    )
    return False


_NEEDS = {
    "numbers": "an output of numbers",
    "classes": "an output of classes",
    "one class": "an output that names one class",
    "one of several": "a `softmax` over classes",
}


def _metric(whole: Whole, metric: Any, loss: Any) -> None:
    classes = loss.folds != "none"
    several = loss.folds == "softmax"
    fits = {
        "numbers": not classes,
        "classes": classes,
        "one class": classes and (several or whole.shape == (1,)),
        "one of several": several,
    }[metric.needs]
    section = whole.sections["train"]
    span = section.items["metrics"][section.values["metrics"].index(metric)]
    top = getattr(metric, "k", None)
    if not fits:
        helped = "metrics of classes are `accuracy`, `precision`, `recall`, `f1`, `auc`"
        whole.report.error(
            "E0413",
            f"`{metric.word()}` does not fit the loss `{loss.word()}`",
            section.source,
            span,
            expected=_NEEDS[metric.needs],
            help=helped if classes else "metrics of numbers are `mae` and `rmse`",
        )
    elif top is not None and top > whole.shape[-1]:
        whole.report.error(
            "E0413",
            f"`{metric.word()}` of {top} is more than there are classes",
            section.source,
            span,
            expected=f"at most {whole.shape[-1]}",
            found=str(top),
        )
