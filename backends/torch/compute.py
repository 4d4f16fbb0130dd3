"""From a batch to its loss, as PyTorch code: the same in scripts of every form."""

from __future__ import annotations

from specc.codegen.python.expressions import Expr, Infix, call, method, operand, quote, raw
from specc.codegen.script import data, run
from specc.codegen.script.pieces import Statement, assigned, given, lines
from specc.codegen.training import OutputSite
from specc.ir import Buildable
from specc.ops.ranks import PICTURE

from .losses import LossCode, order
from .lowering import LOWERINGS


def call_model(spec: Buildable, inputs: list[Expr]) -> tuple[list[Statement], list[Expr]]:
    """The model's call on its inputs, and the expressions of its outputs."""
    model = call(
        "model",
        *(
            method(value, "permute", raw(order(each.shape)))
            if len(each.shape) >= PICTURE
            else value
            for each, value in zip(spec.model.inputs, inputs, strict=True)
        ),
    )
    if len(spec.model.outputs) > 1:
        results = [raw(f"outputs[{quote(each.name)}]") for each in spec.model.outputs]
        return [assigned("outputs", model, annotation="Tensors")], [*results]
    result = result_name(spec)
    return [assigned(result, model, annotation="Tensor")], [raw(result)]


def result_name(spec: Buildable) -> str:
    """What an only output is called: logits where the loss takes its activation over."""
    return "output" if spec.train.losses[0].loss.folds == "none" else "logits"


def compute(spec: Buildable, penalized: bool, batch: str) -> list[Statement]:
    """From a batch to losses, outputs and targets, by their names. batch: inputs and targets."""
    begun = assigned("inputs, targets", raw(batch))
    names = [output.name for output in spec.model.outputs]
    inputs: list[Expr] = [raw(f"inputs[{quote(each.name)}]") for each in spec.model.inputs]
    targets: list[Expr] = [raw(f"targets[{quote(name)}]") for name in names]
    found: list[Statement] = []
    if not spec.model.several:
        found.append(assigned("x, y", raw(f"{inputs[0]}, {targets[0]}")))
        inputs = [raw("x")]
    elif len(names) == 1:
        found.append(assigned("y", targets[0]))
    if len(names) == 1:
        targets = [raw("y")]
    learned, results = _learned(spec, inputs, targets, penalized)
    found = [begun, *found, *learned]
    if len(names) > 1:
        return [*found, lines("return losses, outputs, targets")]
    both = [dict(zip(names, values, strict=True)) for values in (results, targets)]
    shown = [data.by_name({"loss": raw("loss")}), *map(data.by_name, both)]
    return [*found, given(raw(", ".join(each.text() for each in shown)))]


def compute_pair(spec: Buildable, penalized: bool) -> list[Statement]:
    """The same of an only input and an only output, as a lean script has them."""
    begun = lines("x, y = (torch.from_numpy(array[rows]).to(DEVICE) for array in part)")
    learned, (result,) = _learned(spec, [raw("x")], [raw("y")], penalized)
    return [begun, *learned, given(raw(f"loss, {result.text()}, y"))]


def _learned(
    spec: Buildable, inputs: list[Expr], targets: list[Expr], penalized: bool
) -> tuple[list[Statement], list[Expr]]:
    """The model's call and its loss, and the expressions of the outputs."""
    found, results = call_model(spec, inputs)
    codes: list[LossCode] = []
    for number, each in enumerate(spec.train.losses):
        site = OutputSite(spec.shape(number), each.loss, results[number], targets[number])
        codes.append(LOWERINGS.lower(each.loss, site))
        for target, value, comment in codes[-1].before:
            found.append(assigned(target.text(), value, comment))
    return [*found, *_summed(spec, [code.value for code in codes], penalized)], results


def _summed(spec: Buildable, made: list[Expr], penalized: bool) -> list[Statement]:
    """The loss, of several outputs the weighted sum of theirs."""
    penalty = [raw("penalty(model)")] if penalized else []
    if len(made) == 1:
        (each,) = spec.train.losses
        value = run.weighted(made[0], each.loss.weight)
        whole = Infix("+", (operand(value, "+"), *penalty)) if penalty else value
        return [assigned("loss", whole)]
    names = [f"{each.output}_loss" for each in spec.train.losses]
    terms = [
        run.weighted(raw(f"losses[{quote(name)}]"), each.loss.weight)
        for name, each in zip(names, spec.train.losses, strict=True)
    ]
    table = data.by_name(dict(zip(names, made, strict=True)))
    whole = Infix("+", (*terms, *penalty))
    return [assigned("losses", table), assigned('losses["loss"]', whole)]
