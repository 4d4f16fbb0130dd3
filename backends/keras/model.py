"""The model part of a Keras script: a function for each form of a block, and `build_model`."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, PREVIOUS
from specc.codegen.model.body import BodyWriter, docstring, maps, summary
from specc.codegen.model.forms import Forms
from specc.codegen.model.items import BlockForm, LoweredItem, UseSite
from specc.codegen.model.plan import Plan
from specc.codegen.model.skeleton import Setup, ValueRef, rewrite
from specc.codegen.python.expressions import Call, Expr, Raw, Seq, call, quote
from specc.codegen.python.layout import Dict, assign, define, give, item
from specc.codegen.python.names import Names, distinct
from specc.ops.base import Dims

from .operations import counted


def shape_text(dims: Dims) -> str:
    """`(62, 62, 32)`."""
    return str(dims)


def batch_text(dims: Dims) -> str:
    """`(N, 62, 62, 32)`."""
    return f"(N, {', '.join(map(str, dims))})"


def use(site: UseSite) -> LoweredItem:
    """A call of the block's function; of a shared block, a model made of one call and applied again
    and again.
    """
    args, kwargs = site.arguments()

    def applied(inputs: tuple[Expr, ...]) -> Call:
        return Call(Raw(site.form.name), (*inputs, *args), (*kwargs, ("name", site.name)))

    if not site.shared:
        return LoweredItem(site.item, None, (applied(site.args),))
    # Calling the function twice would make its layers twice.
    slots = tuple(map(Setup, range(len(site.args))))
    inputs = tuple(
        call("keras.Input", shape=shape, name=site.name.sub(f"input.{number}"))
        for number, shape in enumerate(site.inputs, 1)
    )
    given: Expr = slots[0] if len(slots) == 1 else Seq(slots, "[]")
    module = call("keras.Model", given, applied(slots), name=site.name)
    values: Expr = site.args[0] if len(slots) == 1 else Seq(site.args, "[]")
    return LoweredItem(site.item, module, (call(MODULE, values),), inputs)


def write_model(plan: Plan, forms: Forms) -> tuple[str, str]:
    """The functions, inner ones first, and the name of the one that makes the model."""
    chunks = [_Function(form, forms).block() for form in forms.blocks]
    links = _links(forms.root) if plan.plain_chain else None
    chunks.append(
        _sequential(plan, forms.root, links)
        if links
        else _Function(forms.root, forms, _inputs(plan, forms)).model(plan, forms)
    )
    return "\n\n\n".join("\n".join(chunk) for chunk in chunks) + "\n", "build_model"


class _Function:
    """Writes the body of one function."""

    def __init__(self, form: BlockForm, forms: Forms, inputs: tuple[str, ...] = ()) -> None:
        self.form = form
        self.modules: dict[str, Expr] = {}
        # A variable may hide no function of a block, even where it is not called.
        taken = {"name", *(argument.name for argument in form.arguments), *forms.names.taken}
        self.body = BodyWriter(
            form,
            inputs or ("",) * len(form.scope.inputs),
            frozenset(taken),
            self._module,
            shape_text,
            forms.names.others,
        )
        self.names = Names({*self.body.taken, *self.body.variables}, forms.names.others)

    def _module(self, lowered: LoweredItem) -> Expr:
        return self.modules.get(lowered.item.local, lowered.module or MODULE)

    def block(self) -> list[str]:
        tensors = [f"{variable}: KerasTensor" for variable in self.body.parameters]
        numbers = [f"{argument.name}: {argument.type}" for argument in self.form.arguments]
        parameters = [*tensors, *numbers, "*", "name: str"]
        lines = define(self.form.name, parameters, "KerasTensor")
        lines += [*docstring(summary(self.form), 1), *self.statements()]
        return lines + give(Raw(self.body.results()[0]), 1)

    def statements(self) -> list[str]:
        lines: list[str] = []
        shared = {local for local, count in self.form.scope.uses().items() if count > 1}
        for number, lowered in enumerate(self.form.items):
            local = lowered.item.local
            several = local in shared or _mentions(lowered) > 1
            if several and lowered.module is not None and local not in self.modules:
                lines += self._make(lowered)
            lines += self.body.statements(number, 1)
        return lines

    def _make(self, lowered: LoweredItem) -> list[str]:
        """The layer as an object of its own, for its use in several places."""
        assert lowered.module is not None
        local = lowered.item.local
        slots = [Raw(self.names.new(f"{local}_input")) for _ in lowered.setup]
        lines = []
        for slot, made in zip(slots, lowered.setup, strict=True):
            lines += assign(slot.source, made, 1)
        module = rewrite(
            lowered.module, lambda part: slots[part.index] if isinstance(part, Setup) else part
        )
        name = self.names.new(local)
        self.modules[local] = Raw(name)
        return lines + assign(name, module, 1)

    def model(self, plan: Plan, forms: Forms) -> list[str]:
        lines = [*define("build_model", [], "keras.Model"), *docstring(maps(plan, batch_text), 1)]
        items = [lowered for form in (*forms.blocks, forms.root) for lowered in form.items]
        own = {name for each in self.form.items for name in (each.item.local, each.item.label)}
        layers = [part.name for part in plan.model.inputs] + sorted(own)
        lines += counted((step for lowered in items for step in lowered.steps), layers)
        for variable, part in zip(self.body.parameters, plan.model.inputs, strict=True):
            made = call("keras.Input", shape=part.shape, name=part.name)
            lines += assign(variable, made, 1)
        lines += self.statements()
        inputs: Expr = Raw(self.body.parameters[0])
        outputs: Expr = Raw(self.body.results()[0])
        if plan.model.several:
            inputs = _named([part.name for part in plan.model.inputs], self.body.parameters)
            outputs = _named([part.name for part in plan.model.outputs], self.body.results())
        maker = "LossPerOutput" if len(plan.model.outputs) > 1 else "keras.Model"
        return lines + give(call(maker, inputs, outputs, name=plan.model.name), 1)


def _inputs(plan: Plan, forms: Forms) -> tuple[str, ...]:
    """The variables of the model's inputs: they are read at the end once more, so none is used
    again.
    """
    if [part.name for part in plan.model.inputs] == ["input"]:
        return ("inputs",)
    names = (part.name for part in plan.model.inputs)
    return tuple(distinct(names, forms.names).values())


def _mentions(lowered: LoweredItem) -> int:
    """How often the steps of an item apply its module."""
    count = 0

    def leaf(part: Expr) -> Expr:
        nonlocal count
        count += part is MODULE
        return part

    for step in lowered.steps:
        rewrite(step, leaf)
    return count


def _named(names: list[str], variables: list[str]) -> Expr:
    return Dict(tuple(zip(names, map(Raw, variables), strict=True)))


def _links(form: BlockForm) -> list[list[Expr]] | None:
    """The layers of each item of a plain chain, or None where one is not only layers."""
    found: list[list[Expr]] = []
    for lowered in form.items:
        links: list[Expr] = []
        for step in lowered.steps:
            part: Expr = step
            chain: list[Expr] = []
            while not isinstance(part, ValueRef) and part is not PREVIOUS:
                if not (isinstance(part, Call) and len(part.args) == 1 and not part.kwargs):
                    return None
                made = lowered.module if part.func is MODULE else part.func
                if not isinstance(made, Call):
                    return None
                chain.append(made)
                part = part.args[0]
            links += reversed(chain)
        found.append(links)
    return found


def _sequential(plan: Plan, forms_root: BlockForm, links: list[list[Expr]]) -> list[str]:
    """A list of layers, as a plain chain reads best."""
    (given,) = plan.model.inputs
    lines = [*define("build_model", [], "keras.Model"), *docstring(maps(plan, batch_text), 1)]
    lines += ["    return keras.Sequential(", "        ["]
    lines += item(call("keras.Input", shape=given.shape, name=given.name), 3)
    body = BodyWriter(forms_root, ("",), frozenset(), lambda lowered: MODULE, shape_text)
    for number, made in enumerate(links):
        for link in made[:-1]:
            lines += item(link, 3)
        if made:
            lines += item(made[-1], 3, body.comment(number))
    return [*lines, "        ],", f"        name={quote(plan.model.name)},", "    )"]
