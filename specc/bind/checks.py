"""Holds the model, the data and the training against each other, and makes the whole IR."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specc import ir
from specc.bind.graph import Graph, NodeValue
from specc.bind.report import Report
from specc.bind.sections import Bound
from specc.bind.values import dims
from specc.diagnostics.model import Related
from specc.terms import Term

NEEDED = {
    "data": {"source": "source = digits"},
    "train": {
        "loss": "loss = categorical_crossentropy",
        "optimizer": "optimizer = adam",
        "batch": "batch = 32",
        "epochs": "epochs = 10",
    },
}
DEFAULT_SEED = 0


def check_training(
    name: str, model: ir.Model, graph: Graph, sections: dict[str, Bound], report: Report
) -> ir.Spec | None:
    """The IR of a file whose model is whole; None with a report where its sections do not fit."""
    for kind, needed in NEEDED.items():
        if kind in sections:
            _missing(sections[kind], needed, report)
    if any(bound.failed for bound in sections.values()) or report.has_errors:
        return None
    checker = _Checker(model, graph, sections, report)
    train, outputs = checker.train()
    data = checker.data(train)
    model = model.model_copy(update={"outputs": outputs})
    return None if report.has_errors else ir.Spec(file=name, model=model, data=data, train=train)


def _missing(bound: Bound, needed: dict[str, str], report: Report) -> None:
    for setting, example in needed.items():
        if setting not in bound.spans and not bound.failed:
            report.error(
                "E0404",
                f"`{bound.section.kind.text}` does not say its `{setting}`",
                bound.source,
                bound.section.kind.span,
                help=f"add a line such as `{example}`",
            )
            bound.failed = True


@dataclass
class _Checker:
    model: ir.Model
    graph: Graph
    sections: dict[str, Bound]
    report: Report

    def error(self, code: str, message: str, section: str, setting: str, **more: Any) -> None:
        bound = self.sections[section]
        self.report.error(code, message, bound.source, bound.spans[setting], **more)

    # ---- training

    def train(self) -> tuple[ir.Train | None, tuple[ir.Output, ...]]:
        bound = self.sections.get("train")
        if bound is None:
            return None, self.model.outputs
        self._single()
        values = bound.values
        loss, optimizer = values["loss"], values["optimizer"]
        if self.report.has_errors:
            return None, self.model.outputs
        if getattr(optimizer, "nesterov", False) and not optimizer.momentum:
            self.error(
                "E0414",
                "`nesterov` looks ahead along a momentum, and there is none",
                "train",
                "optimizer",
                help="write `sgd(0.01, momentum=0.9, nesterov=true)`",
            )
        output = self._fold(loss)
        self._units(loss)
        for metric in values.get("metrics", ()):
            self._metric(metric, loss)
        name = self.model.outputs[0].name
        train = ir.Train(
            losses=(ir.OutputLoss(output=name, loss=loss),),
            metrics=tuple(
                ir.OutputMetric(output=name, metric=metric) for metric in values.get("metrics", ())
            ),
            optimizer=optimizer,
            batch=values["batch"],
            epochs=values["epochs"],
            seed=values.get("seed", DEFAULT_SEED),
        )
        return train, (output,)

    def _single(self) -> None:
        """Training with several inputs or outputs is in the language, not in the scripts yet."""
        for name, _, span in self.graph.outputs[1:2]:
            source = self.graph.inputs[0].origin.source
            self.report.error(
                "E0901", f"training with several outputs (`{name}`) is not built yet", source, span
            )
        for given in self.graph.inputs[1:2]:
            self.report.error(
                "E0901",
                f"training with several inputs (`{given.name}`) is not built yet",
                given.origin.source,
                given.origin.span,
            )

    @property
    def last(self) -> NodeValue | None:
        value = self.graph.outputs[0][1]
        return value if isinstance(value, NodeValue) else None

    def _related(self, message: str) -> tuple[Related, ...]:
        last = self.last
        return () if last is None else (Related(last.origin.source, last.origin.span, message),)

    def _fold(self, loss: Any) -> ir.Output:
        output, last = self.model.outputs[0], self.last
        found = "linear" if last is None else activation_of(last.op)
        if loss.folds == "none":
            return output
        if found != loss.folds:
            if loss.needs_fold:
                self.error(
                    "E0406",
                    f"`{loss.word()}` needs an output that ends in `{loss.folds}`",
                    "train",
                    "loss",
                    expected=f"`{loss.folds}`",
                    found=f"`{found}`",
                    related=self._related(f"the last layer: output here is {dims(self._shape)}"),
                    help=f"write the last layer as `Dense({self._shape[-1]}, {loss.folds})`",
                )
            return output
        assert last is not None
        if any(value is last for node, _ in self.graph.nodes for value in node.inputs):
            self.error(
                "E0406",
                f"`{loss.word()}` takes over the last `{found}`, but another layer reads it too",
                "train",
                "loss",
                related=self._related("the last layer"),
            )
        if _is_activation(last.op) and isinstance(last.inputs[0], NodeValue):
            before = activation_of(last.inputs[0].op)
            if before in ("sigmoid", "softmax"):
                self.report.error(
                    "E0406",
                    f"`{found}` is applied after `{before}`",
                    last.origin.source,
                    last.origin.span,
                    help="one of the two is enough",
                    related=(
                        Related(
                            last.inputs[0].origin.source,
                            last.inputs[0].origin.span,
                            f"`{before}` is applied here",
                        ),
                    ),
                )
        return output.model_copy(update={"activation": loss.folds})

    @property
    def _shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.graph.outputs[0][1].shape
        return shape

    def _units(self, loss: Any) -> None:
        units = self._shape[-1]
        if units < loss.least_units:
            self.error(
                "E0407",
                f"`{loss.word()}` over {units} unit tells nothing apart",
                "train",
                "loss",
                expected=f"at least {loss.least_units} units",
                found=str(units),
                related=self._related(f"output here is {dims(self._shape)}"),
                help="for yes or no write `Dense(1, sigmoid)` and `loss = binary_crossentropy`",
            )

    def _metric(self, metric: Any, loss: Any) -> None:
        tells_classes = loss.folds != "none"
        single = self._shape == (1,)
        needs = metric.needs
        fits = {
            "numbers": not tells_classes,
            "classes": tells_classes,
            "one class": tells_classes and (single or loss.folds == "softmax"),
            "one of several": tells_classes and loss.folds == "softmax",
        }[needs]
        if not fits:
            what = {
                "numbers": "an output of numbers",
                "classes": "an output of classes",
                "one class": "an output that names one class",
                "one of several": "a `softmax` over classes",
            }[needs]
            self.error(
                "E0413",
                f"`{metric.word()}` does not fit the loss `{loss.word()}`",
                "train",
                "metrics",
                expected=what,
                help="metrics of numbers are `mae` and `rmse`; of classes `accuracy` and others",
            )
        top = getattr(metric, "k", None)
        if fits and top is not None and top > self._shape[-1]:
            self.error(
                "E0413",
                f"`{metric.word()}` of {top} is more than there are classes",
                "train",
                "metrics",
                expected=f"at most {self._shape[-1]}",
                found=str(top),
            )

    # ---- data

    def data(self, train: ir.Train | None) -> ir.Data | None:
        bound = self.sections.get("data")
        if bound is None:
            return None
        values = bound.values
        source, split, scaling = values["source"], values.get("split"), values.get("scale")
        labels = values.get("labels", "integers")
        if labels == "none":
            self.error("E0901", "data without labels is not built yet", "data", "labels")
            labels = "integers"
        if len(self.graph.inputs) > 1 or self.report.has_errors:
            return None
        self._picture(source)
        self._split(source, split)
        self._scale(source, scaling)
        if train is not None:
            self._labels(source, labels, train.losses[0].loss)
            self._classes(source, values.get("classes"), train.losses[0].loss)
            self._batch(source, split, train.batch)
        return ir.Data(
            source=source,
            split=split,
            labels=labels,
            scaling=scaling,
            classes=values.get("classes"),
        )

    def _picture(self, source: Any) -> None:
        given = self.graph.inputs[0]
        related = (
            Related(given.origin.source, given.origin.span, f"the input is {dims(given.shape)}"),
        )
        shape = source.picture()
        size, channels = getattr(source, "size", None), getattr(source, "channels", None)
        if shape is None and size is not None:
            shape = (*size, channels)
        kind = source.word()
        if shape is not None and shape != given.shape:
            self.error(
                "E0411",
                f"the pictures of `{kind}` do not have the shape of the model's input",
                "data",
                "source",
                expected=dims(given.shape),
                found=dims(shape),
                related=related,
                help=f"write `input {dims(shape)}`",
            )
        elif source.holds_pictures and len(given.shape) != 3:
            self.error(
                "E0411",
                f"`{kind}` gives pictures, but the model's input is none",
                "data",
                "source",
                found=dims(given.shape),
                related=related,
                help="write `input 64x64x3`",
            )
        elif source.holds_pictures and shape is None and channels != given.shape[-1]:
            self.error(
                "E0411",
                f"`{kind}` gives {channels} channels, the model's input has {given.shape[-1]}",
                "data",
                "source",
                expected=str(given.shape[-1]),
                found=str(channels),
                related=related,
                help=f"write `channels={given.shape[-1]}`",
            )
        elif kind == "csv" and len(given.shape) != 1:
            self.error(
                "E0411",
                "the rows of a table are vectors",
                "data",
                "source",
                found=dims(given.shape),
                expected="a number of columns, such as `input 10`",
                related=related,
            )

    def _split(self, source: Any, split: ir.Split | None) -> None:
        if split is not None and split.test > 0 and "test" in source.own_parts:
            self.error(
                "E0410",
                f"`{source.word()}` brings its own test part",
                "data",
                "split",
                help="write `split = 90% train, 10% validation`",
            )

    def _scale(self, source: Any, scaling: Any) -> None:
        if scaling is None:
            return
        if scaling.pictures_only and source.top() is None:
            self.error(
                "E0412",
                f"`0..1` is for pictures, not for `{source.word()}`",
                "data",
                "scale",
                help="write `scale = standardize`",
            )
        channels, found = self.graph.inputs[0].shape[-1], scaling.channels()
        if found is not None and found != channels:
            self.error(
                "E0412",
                "the scale has another number of channels than the input",
                "data",
                "scale",
                expected=f"{channels} numbers",
                found=str(found),
            )

    def _labels(self, source: Any, labels: str, loss: Any) -> None:
        if "labels" in self.sections["data"].spans and source.word() not in ("npz", "csv"):
            self.error(
                "E0408",
                f"the labels of `{source.word()}` are integers by themselves",
                "data",
                "labels",
                help="`labels` is for `npz` and `csv`; leave it out",
            )
        elif labels not in loss.labels:
            self.error(
                "E0408",
                f"`{loss.word()}` does not work with labels that are `{labels}`",
                "data",
                "labels",
                expected=" or ".join(f"`{kind}`" for kind in loss.labels),
            )

    def _classes(self, source: Any, names: tuple[str, ...] | None, loss: Any) -> None:
        shape = self._shape
        if len(shape) != 1 and source.word() != "npz":
            self.error(
                "E0407",
                f"`{source.word()}` has one label for a sample, the output has shape {dims(shape)}",
                "train",
                "loss",
                related=self._related(f"output here is {dims(shape)}"),
                help="end the model with `Flatten` or a global pool, and a `Dense`",
            )
            return
        counted = loss.classes(shape)
        known = source.classes()
        if source.word() == "csv" and counted is None and shape != (1,):
            self.error(
                "E0407",
                "a table has one target, the output has several units",
                "train",
                "loss",
                expected="1 unit",
                found=str(shape[-1]),
                related=self._related(f"output here is {dims(shape)}"),
                help="write `Dense(1)`",
            )
        elif known is not None and counted != known:
            self.error(
                "E0407",
                f"`{source.word()}` has {known} classes, the output does not",
                "train",
                "loss",
                expected=f"{known} units and `softmax`",
                found=f"{shape[-1]} units",
                related=self._related(f"output here is {dims(shape)}"),
                help=f"end with `Dense({known}, softmax)` and `loss = categorical_crossentropy`",
            )
        if names is not None and counted is not None and len(names) != counted:
            self.error(
                "E0407",
                "the classes' names are not as many as the output's classes",
                "data",
                "classes",
                expected=str(counted),
                found=str(len(names)),
            )

    def _batch(self, source: Any, split: ir.Split | None, batch: int) -> None:
        sizes = source.sizes()
        total = sizes.get("train", sizes.get("all"))
        if total is None:
            return
        count = total if split is None else round(total * split.train / 100)
        if batch > count:
            self.error(
                "E0409",
                "a batch is larger than the training data",
                "train",
                "batch",
                expected=f"at most {count:,}",
                found=f"{batch:,}",
            )


def activation_of(op: Term) -> str:
    """The word of the activation that a layer ends in."""
    word = getattr(op, "activation", None)
    if isinstance(word, str):
        return word
    return type(op).__name__.lower() if _is_activation(op) else "linear"


def _is_activation(op: Term) -> bool:
    return type(op).__module__ == "specc.ops.activation"
