"""Several inputs or outputs in a PyTorch script."""

from __future__ import annotations

from typing import Any

from specc.codegen import loading, several
from specc.codegen.python.expressions import Expr, Infix, call, expr, method, quote, raw
from specc.codegen.python.layout import assign
from specc.ir import Spec, Train
from specc.ops.ranks import PICTURE

from .losses import adapted, loss_of, order
from .scores import ScoreCode, score_code


def calls(spec: Spec) -> dict[str, Any]:
    """The model's call on a batch, and what a prediction shows."""
    result, annotation = "outputs", "Tensors"
    if len(spec.model.outputs) == 1:
        folded = loading.loss_of(spec, 0).folds != "none"
        result, annotation = ("logits" if folded else "output"), "Tensor"
    given = {each.name: _given(each.name, each.shape) for each in spec.model.inputs}
    one = len(given) == 1  # it is called `x`
    model = call("model", *given.values()) if one else call("model", **given)
    only = spec.model.outputs[0].name
    shown = model if annotation == "Tensors" else several.by_name({only: model})
    return {
        **several.prediction(spec, _shown),
        "call": "\n".join(assign(result, model, 1, annotation=annotation)),
        "call_to_show": "\n".join(assign("outputs", shown, 1, annotation="Tensors")),
        "only_target": f"targets[{quote(only)}]",
    }


def _given(name: str, shape: tuple[int, ...]) -> Expr:
    value: Expr = raw(f"inputs[{quote(name)}]")
    return method(value, "permute", raw(order(shape))) if len(shape) >= PICTURE else value


def _shown(value: Expr, folds: str) -> Expr:
    if folds == "softmax":
        value = method(value, "softmax", dim=1)
    elif folds == "sigmoid":
        value = method(value, "sigmoid")
    return method(method(value, "cpu"), "numpy")


def outputs_code(spec: Spec, train: Train, penalized: bool) -> dict[str, Any]:
    """Losses and metrics of several outputs."""
    made, scores, adapt = {}, ScoreCode(), []
    terms: list[Expr] = []
    for number, output in enumerate(spec.model.outputs):
        name, loss = output.name, loading.loss_of(spec, number)
        shape = loading.output_shape(spec, number)
        key, result, target = f"{name}_loss", f"outputs[{quote(name)}]", f"targets[{quote(name)}]"
        adapt += adapted(loss, shape, result, target)
        made[key] = loss_of(loss, result, target)
        value = raw(f"losses[{quote(key)}]")
        terms.append(value if loss.weight == 1 else Infix("*", (expr(loss.weight), value)))
        scores.values.append((key, f"total(self.losses[{quote(key)}]) / self.seen"))
        own = score_code(train, name, loss, shape, f"{name}_")
        if own.add:
            local = "logits" if loss.folds != "none" else "output"
            scores.begin += own.begin
            scores.add += [f"{local}, y = {result}, {target}", *own.add]
        scores.values += own.values
    if penalized:
        terms.append(raw("penalty(model)"))
    columns = [f"{each.name}_loss" for each in spec.model.outputs]
    scores.values.sort(key=lambda pair: pair[0] not in columns)
    return {
        "result": "outputs",
        "adapt": adapt,
        "losses": "\n".join(assign("losses", several.by_name(made), 1)),
        "sum": "\n".join(assign('losses["loss"]', Infix("+", tuple(terms)), 1)),
        "scores": scores,
        "step": "losses, outputs, targets",
        "learned": 'losses["loss"]',
    }
