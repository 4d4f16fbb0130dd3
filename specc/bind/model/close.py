"""Closes a model's graph: its outputs, and nothing computed in vain."""

from __future__ import annotations

from specc import ir
from specc.bind.ground.graph import InputValue, NodeValue, Poison, Value
from specc.bind.ground.report import Report
from specc.bind.model.expand import Expander
from specc.source import Source
from specc.syntax import Model


def close(
    model: Model,
    value: Value | None,
    expander: Expander,
    source: Source,
    report: Report,
    *,
    quiet: bool,
) -> ir.Model | None:
    """The IR of a model, or None where something is missing or wrong.

    quiet: after syntax errors, when what seems missing may only not have been read.
    """
    graph = expander.graph
    poisoned = isinstance(value, Poison) or any(
        isinstance(out, Poison) for _, out, _ in graph.outputs
    )
    if not graph.inputs and not poisoned and not quiet:
        report.error(
            "E0325",
            f"the model `{model.name.text}` has no input",
            source,
            model.name.span,
            help="begin it with `input 64x64x3`: height x width x channels",
        )
        return None
    if not graph.outputs and value is not None and not poisoned:
        graph.outputs.append(("output", value, model.name.span))
    if poisoned or report.has_errors:
        return None
    if not graph.nodes or not graph.outputs:
        report.error(
            "E0326",
            f"the model `{model.name.text}` has no layers",
            source,
            model.name.span,
            help="add a layer, such as `Dense(10, softmax)`",
        )
        return None
    _in_vain(expander, report)
    _computed_indices(expander, report)
    return None if report.has_errors else graph.to_ir(model.name.text, expander.blocks_used)


def _in_vain(expander: Expander, report: Report) -> None:
    """A layer whose value reaches no output would be dropped: never in silence."""
    graph = expander.graph
    reached: set[int] = set()
    stack: list[Value] = [value for _, value, _ in graph.outputs]
    while stack:
        value = stack.pop()
        if id(value) not in reached:
            reached.add(id(value))
            stack.extend(value.inputs if isinstance(value, NodeValue) else ())
    consumed = {id(value) for node, _ in graph.nodes for value in node.inputs}
    # Of a block in vain the outermost use is shown, not a layer of its body.
    results = {id(use.output): use.origin for use in reversed(graph.uses)}
    for node, _ in graph.nodes:
        if id(node) not in reached and id(node) not in consumed:
            origin = results.get(id(node), node.origin)
            report.error(
                "E0324",
                "the result of this layer is never used",
                origin.source,
                origin.span,
                help="join it with `Add` or `Concat`, make it an `output`, or take it out",
            )
    for given in graph.inputs:
        if isinstance(given, InputValue) and id(given) not in reached:
            report.error(
                "E0324",
                f"the input `{given.name}` is never used",
                given.origin.source,
                given.origin.span,
                help=f"begin a chain with it, `{given.name} -> ...`, or take it out",
            )


def _computed_indices(expander: Expander, report: Report) -> None:
    """Whole numbers come from the data: nothing that a layer makes is one for certain."""
    for node, _ in expander.graph.nodes:
        made = [value for value in node.inputs if isinstance(value, NodeValue)]
        if made and node.op.index_limit() is not None:
            report.error(
                "E0313",
                f"`{node.op.word()}` reads whole numbers, and these are computed",
                node.origin.source,
                node.origin.span,
                expected="an input of the model",
                found=f"the output of `{made[0].op.word()}`",
                help="connect it to the input: `input words: 20`, then `words -> ...`",
            )
