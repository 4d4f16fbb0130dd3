"""The statements that compute a scope, alike in every backend but for what a module is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from textwrap import wrap

from specc.codegen.lowering import MODULE, PREVIOUS
from specc.codegen.model.items import BlockForm, LoweredItem
from specc.codegen.model.plan import Plan
from specc.codegen.model.skeleton import ValueRef, rewrite
from specc.codegen.model.variables import variables
from specc.codegen.python.expressions import Expr, Raw, parts
from specc.codegen.python.layout import WIDTH, assign, commented
from specc.ops.base import Dims
from specc.ops.ranks import PICTURE

_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


@dataclass
class BodyWriter:
    """Writes the steps of a form.

    module: what the layer of an item is called where it is applied. inputs: the variables of the
    scope's inputs; an empty one is chosen. script: names that the script has itself.
    """

    form: BlockForm
    inputs: tuple[str, ...]
    taken: frozenset[str]
    module: Callable[[LoweredItem], Expr]
    shape_text: Callable[[Dims], str]
    script: Container[str] = ()

    def __post_init__(self) -> None:
        self.annotations: dict[str, str] = {}
        """What a variable is annotated with where it is assigned first."""
        # A variable of that name would hide a function that the body calls.
        self.taken |= names_read(self.form)
        late = {n for n, item in enumerate(self.form.items) if any(map(_reads, item.steps[1:]))}
        self.variables = variables(self.form.scope, self.inputs, self.taken, self.script, late)

    @property
    def parameters(self) -> list[str]:
        """The variables of the inputs."""
        return self.variables[: len(self.form.scope.inputs)]

    def results(self) -> list[str]:
        """The variables of the outputs."""
        values = [*self.form.scope.inputs, *(item.value for item in self.form.scope.items)]
        index = {value: number for number, value in enumerate(values)}
        return [self.variables[index[value]] for value in self.form.scope.outputs]

    def steps(self, lowered: LoweredItem, result: str) -> list[Expr]:
        """The expressions of an item, each to be assigned to `result` in turn."""
        module = self.module(lowered)

        def leaf(part: Expr) -> Expr:
            if isinstance(part, ValueRef):
                return Raw(self.variables[part.index])
            if part is PREVIOUS:
                return Raw(result)
            return module if part is MODULE else part

        return [rewrite(step, leaf) for step in lowered.steps]

    def comment(self, number: int) -> str:
        """The shape that an item makes, and what a reader should know of it."""
        shape, note = self.form.shapes[number], self.form.items[number].comment
        text = "" if shape is None else self.shape_text(shape)
        return f"{text}; {note}" if text and note else text or note

    def statements(self, number: int, indent: int) -> list[str]:
        """The lines that compute an item."""
        lowered = self.form.items[number]
        result = self.variables[len(self.form.scope.inputs) + number]
        annotation = self.annotations.pop(result, "")
        lines: list[str] = []
        for step in self.steps(lowered, result):
            lines += assign(result, step, indent, annotation=annotation)
            annotation = ""
        return commented(lines, indent, self.comment(number))


def _reads(step: Expr) -> bool:
    """Whether a step reads a value of the scope, and not only what the step before it made."""
    return isinstance(step, ValueRef) or any(map(_reads, parts(step)))


def names_read(form: BlockForm) -> set[str]:
    """The names of modules, classes and functions in a body."""
    found: set[str] = set()

    def leaf(part: Expr) -> Expr:
        if isinstance(part, Raw) and part not in (MODULE, PREVIOUS):
            found.update(_NAME.findall(part.source))
        return part

    for lowered in form.items:
        for made in (*lowered.setup, lowered.module, *lowered.steps):
            if made is not None:
                rewrite(made, leaf)
    return found


def summary(form: BlockForm) -> str:
    """A block's docstring: its chain of layers, or how it differs from the first form."""
    if form.first is not None:
        mine, theirs = ([item.local for item in one.scope.items] for one in (form, form.first))
        gone = [name for name in theirs if name not in mine]
        more = [name for name in mine if name not in theirs]
        said = [
            f"{word} {_listed(names)}"
            for word, names in (("with", more), ("without", gone))
            if names
        ]
        if not said:
            special = form.constants.items() - form.first.constants.items()
            said = [
                f"where {' and '.join(f'{name} is {value}' for name, value in sorted(special))}"
            ]
            said = said if special else ["in another form"]
        return f"`{form.block}` {' and '.join(said)}."
    chain = " -> ".join(item.word for item in form.scope.items)
    if _is_chain(form) and len(chain) < 80:
        return f"{chain}."
    return f"The block `{form.block}` of the spec."


def maps(plan: Plan, shape_text: Callable[[Dims], str]) -> str:
    """The model's docstring: what goes in, what comes out, how many parameters.

    shape_text writes a shape with the batch's axis.
    """
    inputs = [(part.name, part.shape) for part in plan.model.inputs]
    outputs = [(part.name, plan.shapes[part.value]) for part in plan.model.outputs]
    if len(inputs) == 1:
        inputs = [("images" if len(inputs[0][1]) == PICTURE else "inputs", inputs[0][1])]
    if len(outputs) == 1:
        logits = plan.model.outputs[0].activation != "none"
        outputs = [("logits" if logits else "outputs", outputs[0][1])]
    given, made = (
        ", ".join(f"{name} {shape_text(shape)}" for name, shape in values)
        for values in (inputs, outputs)
    )
    return f"Maps {given} to {made}. {plan.parameters:,} parameters."


def docstring(text: str, indent: int) -> list[str]:
    """A docstring, on several lines where it is long."""
    margin = " " * 4 * indent
    if len(margin) + len(text) + 6 <= WIDTH:
        return [f'{margin}"""{text}"""']
    first, *rest = wrap(text, WIDTH - len(margin) - 3)
    return [f'{margin}"""{first}', *(f"{margin}{line}" for line in rest), f'{margin}"""']


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _is_chain(form: BlockForm) -> bool:
    last = form.scope.inputs[:1]
    for item in form.scope.items:
        if list(item.inputs) != last:
            return False
        last = [item.value]
    return True
