"""The model part of a PyTorch script: a class for each form of a block, and the model's own."""

from __future__ import annotations

from collections.abc import Container

from specc.codegen.lowering import MODULE
from specc.codegen.model.body import BodyWriter, docstring, maps, summary
from specc.codegen.model.forms import Forms
from specc.codegen.model.items import BlockForm, LoweredItem, UseSite
from specc.codegen.model.plan import Plan
from specc.codegen.python.expressions import Attr, Call, Expr, Raw
from specc.codegen.python.layout import Dict, assign, define, give
from specc.codegen.python.names import camel, distinct
from specc.ops.base import Dims
from specc.ops.ranks import PICTURE


def shape_text(dims: Dims) -> str:
    """`(N, 32, 62, 62)`: pictures and volumes have their channels first here."""
    if len(dims) >= PICTURE:
        dims = (dims[-1], *dims[:-1])
    return f"(N, {', '.join(map(str, dims))})"


def use(site: UseSite) -> LoweredItem:
    """A module of the block's class, applied to its inputs."""
    return LoweredItem(
        site.item, Call(Raw(site.form.name), *site.arguments()), (Call(MODULE, site.args),)
    )


def write_model(plan: Plan, forms: Forms) -> tuple[str, str]:
    """The classes, inner ones first, and the name of the model's."""
    name = camel(plan.model.name)
    if name in forms.names:
        name = forms.names.new(f"{name}Model")
    chunks = [_class(form, form.name, summary(form), forms) for form in forms.blocks]
    chunks.append(_class(forms.root, name, maps(plan, shape_text), forms, plan))
    return "\n\n\n".join("\n".join(chunk) for chunk in chunks) + "\n", name


def _class(
    form: BlockForm, name: str, text: str, forms: Forms, plan: Plan | None = None
) -> list[str]:
    script = forms.names.others
    inputs = _inputs(plan, form, script)
    body = BodyWriter(form, inputs, frozenset({"self"}), _module, shape_text, script)
    lines = [f"class {name}(nn.Module):", *docstring(text, 1), ""]
    if any(lowered.module is not None for lowered in form.items):
        lines += [*_init(form), ""]
    several = plan is not None and len(plan.model.outputs) > 1
    result = "dict[str, Tensor]" if several else "Tensor"
    parameters = [f"{variable}: Tensor" for variable in body.parameters]
    lines += define("forward", ["self", *parameters], result, 1)
    if not several and body.results()[0] not in body.parameters:
        # A module's result is Any, which a function that promises a Tensor may not return.
        body.annotations[body.results()[0]] = "Tensor"
    for number in range(len(form.items)):
        lines += body.statements(number, 2)
    if plan is not None and several:
        named = zip(plan.model.outputs, map(Raw, body.results()), strict=True)
        return lines + give(Dict(tuple((output.name, value) for output, value in named)), 2)
    return lines + give(Raw(body.results()[0]), 2)


def _inputs(plan: Plan | None, form: BlockForm, script: Container[str]) -> tuple[str, ...]:
    """The model takes several inputs by their names; a single one is `x`."""
    if plan is None or len(form.scope.inputs) == 1:
        return ("",) * len(form.scope.inputs)
    return tuple(distinct(form.scope.inputs, script).values())


def _init(form: BlockForm) -> list[str]:
    parameters = [f"{argument.name}: {argument.type}" for argument in form.arguments]
    lines = define("__init__", ["self", *parameters], "None", 1)
    lines.append("        super().__init__()")
    made: set[str] = set()
    for lowered in form.items:
        if lowered.module is not None and lowered.item.local not in made:
            made.add(lowered.item.local)
            lines += assign(f"self.{lowered.item.local}", lowered.module, 2)
    return lines


def _module(lowered: LoweredItem) -> Expr:
    return Attr(Raw("self"), lowered.item.local)
