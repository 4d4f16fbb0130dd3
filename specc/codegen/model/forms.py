"""Each block becomes one class or function for each form of its body; what differs from use to use
is an argument.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from specc.codegen.lowering import Refusal, Stored
from specc.codegen.model.arguments import Arguments, as_number
from specc.codegen.model.items import BlockForm, LoweredItem
from specc.codegen.model.lower import Dialect, Lowerer
from specc.codegen.model.plan import Plan, PlannedScope
from specc.codegen.model.skeleton import Digger, Number, fill
from specc.codegen.python.expressions import Expr
from specc.codegen.python.names import Names, spared
from specc.ops.base import Dims
from specc.reserved import CELLS


@dataclass
class Forms:
    """All that a backend writes for a model: the blocks' forms, inner ones first, and the model's
    own body.
    """

    blocks: list[BlockForm]
    root: BlockForm
    refusals: list[Refusal]
    stored: dict[str, tuple[Stored, ...]]
    """Where each layer's weights lie, by the layer's path."""
    names: Names
    """The names at the top level."""


@dataclass
class _Group:
    """Uses of one block whose bodies agree up to numbers."""

    scopes: list[PlannedScope]
    items: list[LoweredItem]
    names: list[tuple[str, str]]
    rows: list[list[Number]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


def make_forms(plan: Plan, dialect: Dialect) -> Forms:
    """Lower every node and sort the uses of blocks into forms."""
    lowerer = Lowerer(plan, dialect)
    taken = Names((), dialect.script_names)
    uses = dict(_inner_first(plan))
    called = Names(map(dialect.block_name, uses), taken)
    blocks: list[BlockForm] = []
    for block, scopes in uses.items():
        blocks += _forms_of(block, scopes, plan, lowerer, taken, called)
    (root,) = _forms_of("", [plan.root], plan, lowerer, taken, called)
    return Forms(blocks, root, lowerer.refusals, lowerer.stored, taken)


def _inner_first(plan: Plan) -> Iterator[tuple[str, list[PlannedScope]]]:
    """The blocks in an order in which each comes after those that it uses."""
    scopes: dict[str, list[PlannedScope]] = {}
    inner: dict[str, dict[str, None]] = {}
    for body in plan.bodies:
        assert body.use is not None
        scopes.setdefault(body.use.block, []).append(body)
        parent = body.parent.use if body.parent else None
        if parent is not None:
            inner.setdefault(parent.block, {})[body.use.block] = None
    done: set[str] = set()

    def visit(block: str) -> Iterator[str]:
        if block not in done:
            done.add(block)
            for other in inner.get(block, ()):
                yield from visit(other)
            yield block

    for block in scopes:
        for name in visit(block):
            yield name, scopes[name]


def _forms_of(
    block: str,
    scopes: list[PlannedScope],
    plan: Plan,
    lowerer: Lowerer,
    taken: Names,
    called: Names,
) -> list[BlockForm]:
    groups: dict[tuple[object, ...], _Group] = {}
    for scope in scopes:
        _sort_in(scope, lowerer, groups, alone=len(scopes) == 1)
    forms: list[BlockForm] = []
    for group in groups.values():
        name = taken.new(spared(lowerer.dialect.block_name(block), CELLS)) if block else ""
        form = _form(block, name, group, plan, lowerer, called)
        form.first = forms[0] if forms else None
        forms.append(form)
    return forms


def _sort_in(
    scope: PlannedScope, lowerer: Lowerer, groups: dict[tuple[object, ...], _Group], *, alone: bool
) -> None:
    """Lower a scope and put it to the uses that have the same skeleton.

    In a scope that stands alone every number stays what it is.
    """
    dialect = lowerer.dialect
    digger = Digger(dialect.signatures)
    indices = {value: index for index, value in enumerate(scope.inputs)}
    key: list[object] = [len(scope.inputs)]
    items = []
    comments = []
    for item in scope.items:
        lowered = lowerer.lower(scope, item, indices)
        digger.layer = item.local
        module, steps = lowered.module, lowered.steps
        if module is not None and not alone:
            module = digger.dig(module)
        if dialect.free_steps and not alone:
            steps = tuple(map(digger.dig, steps))
        items.append(LoweredItem(item, module, steps, lowered.setup, lowered.comment))
        comments.append(lowered.comment)
        indices[item.value] = len(indices)
        if not alone:
            texts = [made.text() for made in (*steps, *lowered.setup)]
            given = item.label if item.named else ""
            key.append((item.local, given, module and module.text(), *texts))
    key += (indices[value] for value in scope.outputs)
    group = groups.setdefault(tuple(key), _Group([], items, digger.names, comments=comments))
    group.scopes.append(scope)
    group.rows.append(digger.numbers)
    group.comments = [
        mine if mine == theirs else ""
        for mine, theirs in zip(group.comments, comments, strict=True)
    ]


def _form(
    block: str, name: str, group: _Group, plan: Plan, lowerer: Lowerer, called: Names
) -> BlockForm:
    scope = group.scopes[0]
    arguments = _arguments(block, group, plan, called)
    columns = zip(*group.rows, strict=True)
    holes: list[Expr] = [
        arguments.expression(column, *names)
        for column, names in zip(columns, group.names, strict=True)
    ]
    items = [
        _filled(lowered, comment, holes, lowerer.dialect)
        for lowered, comment in zip(group.items, group.comments, strict=True)
    ]
    shapes = [
        _agreed([plan.shapes[s.items[index].value] for s in group.scopes])
        for index in range(len(scope.items))
    ]
    form = BlockForm(block, name, scope, items, arguments.ordered(), shapes, arguments.constants())
    for index, one in enumerate(group.scopes):
        lowerer.calls[one] = (form, tuple(a.values[index] for a in form.arguments))
    return form


def _filled(lowered: LoweredItem, comment: str, holes: list[Expr], dialect: Dialect) -> LoweredItem:
    if not holes:
        return lowered if lowered.comment == comment else replace(lowered, comment=comment)
    module = None if lowered.module is None else fill(lowered.module, holes, dialect.signatures)
    steps = tuple(fill(step, holes, dialect.signatures) for step in lowered.steps)
    return LoweredItem(lowered.item, module, steps, lowered.setup, comment)


def _agreed(shapes: list[Dims]) -> Dims | None:
    return shapes[0] if all(shape == shapes[0] for shape in shapes) else None


def _arguments(block: str, group: _Group, plan: Plan, called: Names) -> Arguments:
    values: dict[str, tuple[Number, ...]] = {}
    parameters = next((b.parameters for b in plan.model.blocks if b.name == block), ())
    given = [dict(scope.use.arguments) if scope.use else {} for scope in group.scopes]
    for name in parameters:
        column = [as_number(row.get(name)) for row in given]
        numbers = tuple(number for number in column if number is not None)
        if len(numbers) == len(column):
            values[name] = numbers
    inputs = group.scopes[0].inputs
    channels = tuple(plan.shapes[scope.inputs[0]][-1] for scope in group.scopes) if inputs else ()
    labels = {item.label for item in group.scopes[0].items if item.named}
    return Arguments(values, channels, Names({*parameters, *labels}, called))
