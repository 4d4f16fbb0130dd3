"""What a layer is called in a backend, read from the code that its lowering writes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from string import ascii_lowercase

from specc.bind.model.single_layer import layer_from_text
from specc.codegen.lowering import MODULE, PREVIOUS, Lowered, Lowerings, Refused, Site
from specc.codegen.python.expressions import Call, Expr, Infix, LayerName, Lit, Raw, parts, raw
from specc.codegen.script.parts import COMMON, library
from specc.ops.base import Case, Dims, Layer

ALONE = "layer"
"""The name of a layer that stands in no network."""


@dataclass(frozen=True)
class Called:
    """names: the classes and functions that the code of a layer's cases calls, the layer itself
    first. own: those among them that a script holds, with what they are. form: the code of `case`,
    of the value `x`, or of `a`, `b` and so on where it takes several.
    """

    backend: str
    names: tuple[str, ...]
    own: tuple[tuple[str, str], ...]
    case: Case
    form: str


@dataclass(frozen=True)
class RefusedCase:
    """A use of a layer that a backend refuses. argument: the field at fault, if it is one."""

    backend: str
    case: Case
    argument: str | None
    reason: str


def alone(
    lowerings: Lowerings, op: Layer, inputs: tuple[Dims, ...], gradient: bool = True
) -> Lowered:
    """What a layer is lowered to outside of any network; raises Refused. gradient: whether its
    inputs need one."""
    values = tuple(raw(f"x{index}") for index in range(len(inputs)))
    site = Site(inputs, op.output_shape(*inputs), values, LayerName(ALONE), ALONE, gradient)
    lowered: Lowered = lowerings.lower(op, site)
    return lowered


def called(lowerings: Lowerings, cls: type[Layer]) -> Called | None:
    """None where the backend has none of the layer's cases."""
    main: list[str] = []
    others: list[str] = []
    shown: tuple[Case, str] | None = None
    for case in cls.cases:
        op = layer_from_text(case.text)
        try:
            form = _form(alone(lowerings, op, case.inputs), len(case.inputs))
            shown = shown or (case, form)
            found = alone(lowerings, _plain(op), case.inputs)
        except Refused:
            continue
        made = list(_names(found.module)) if found.module is not None else []
        main += made[:1]
        others += made[1:] + [name for step in found.steps for name in _names(step)]
    names = tuple(dict.fromkeys(main + others))
    return shown and Called(lowerings.backend, names, tuple(_own(lowerings, names)), *shown)


def refusals(lowerings: Lowerings, cls: type[Layer]) -> Iterator[RefusedCase]:
    """What the backend says to the layer's cases, and to its uses that some backend lacks; nothing
    where it does not have the layer at all.
    """
    if lowerings.find(cls) is None:
        return
    for case in (*cls.cases, *cls.refusable):
        try:
            alone(lowerings, layer_from_text(case.text), case.inputs)
        except Refused as refused:
            yield RefusedCase(lowerings.backend, case, refused.argument, refused.reason)


def _own(lowerings: Lowerings, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The parts among the names, each with the first line that it says of itself."""
    packages = [f"{lowerings.package}.parts"] if find_spec(f"{lowerings.package}.parts") else []
    known = {part.name: part for part in library(*packages, COMMON).pick(names)}
    for name in names:
        if name in known:
            (definition,) = ast.parse(known[name].source).body
            assert isinstance(definition, ast.ClassDef | ast.FunctionDef)
            yield name, (ast.get_docstring(definition) or "").partition("\n")[0]


def _plain(op: Layer) -> Layer:
    """The layer without what has names of its own: an activation, and penalties of its weights."""
    others = {"activation": "linear", "l1": 0.0, "l2": 0.0}
    return op.model_copy(update={k: v for k, v in others.items() if k in type(op).model_fields})


def _form(found: Lowered, inputs: int) -> str:
    module = str(_unnamed(found.module)) if found.module is not None else ""
    value = ""
    for step in found.steps:
        before = f"({value})" if isinstance(step, Infix) and " " in value else value
        value = str(_unnamed(step)).replace(str(MODULE), module).replace(str(PREVIOUS), before)
    for number in range(inputs):
        value = value.replace(f"x{number}", ascii_lowercase[number] if inputs > 1 else "x")
    return value


def _names(expr: Expr) -> Iterator[str]:
    """The names of what is called, outer calls first."""
    if isinstance(expr, Call) and isinstance(expr.func, Raw) and expr.func != MODULE:
        # Keras has one layer for many activations, which takes their words.
        word = expr.args[0] if expr.args else None
        named = isinstance(word, Lit) and isinstance(word.value, str)
        yield f"{expr.func}({word})" if named else str(expr.func)
    for part in parts(expr):
        yield from _names(part)


def _unnamed(expr: Expr) -> Expr:
    """The expression without the names that layers bear in a network."""
    if not isinstance(expr, Call):
        return expr
    kept = tuple((k, _unnamed(v)) for k, v in expr.kwargs if not isinstance(v, LayerName))
    args = tuple(map(_unnamed, expr.args))
    return Call(_unnamed(expr.func), args, kept)
