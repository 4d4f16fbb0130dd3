"""Reports of names that are not in force where they are used."""

from __future__ import annotations

from typing import Any, NoReturn

from specc.bind.advice.near_misses import foreign_term, meant, nearest, replacement
from specc.bind.ground.arithmetic import FUNCTIONS
from specc.bind.ground.graph import InputValue
from specc.bind.ground.scope import Context, Pending, Scope
from specc.bind.ground.signature import signature_of
from specc.diagnostics.model import Related
from specc.kinds import Text
from specc.ops.base import ACTIVATIONS
from specc.registry import CATEGORIES, every, known
from specc.source import Span
from specc.syntax import Call, Ident, List, Tuple, Value

FOREIGN_WORDS = {"swish": "silu", "none": "linear", "identity": "linear", "logits": "linear"}
FOREIGN_BOOLS = {"True": "true", "False": "false"}
_FOREIGN_FUNCTIONS = {
    "int": "floor",
    "abs": "max(x, 0 - x)",
    "ceiling": "ceil",
    "maximum": "max",
    "minimum": "min",
}
_MODULES = frozenset({"F", "nn", "torch", "tf", "keras", "layers", "optim", "activations"})


def elsewhere(scope: Scope, place: Span | None, head: Ident) -> tuple[Related, ...]:
    """Where a name is made that is not in force at `head`."""
    if place is None:
        return ()
    below = place.start > head.span.start
    message = "it is made here, further down" if below else "it ends with the braces it is made in"
    return (Related(scope.source, place, message),)


def moved(place: Span | None, head: Ident) -> str | None:
    """The advice to make the name where it is in force."""
    if place is None:
        return None
    below = place.start > head.span.start
    return "make it before it is used" if below else "make it before the braces"


def unknown_name(context: Context, head: Ident) -> NoReturn:
    """Nothing has this name here, where only a name of the file makes sense."""
    scope, name = context.scope, head.text
    place = scope.elsewhere(head)
    near = None if place else FOREIGN_BOOLS.get(name) or nearest(name, scope.visible())
    context.report.fail(
        "E0202",
        f"there is no `{name}` here",
        context.source,
        head.span,
        related=elsewhere(scope, place, head),
        help=f"did you mean `{near}`?" if near else moved(place, head),
        fix=replacement(head.span, near) if near else None,
    )


def unknown_item(context: Context, node: Value, value: Any) -> None:
    """Report the first name in a list or tuple of values that is none, if there is one."""
    items = node.items if isinstance(node, List | Tuple) else ()
    pairs = ((node, value), *zip(items, value if isinstance(value, tuple) else (), strict=False))
    for item, made in pairs:
        bare = isinstance(made, str) and not isinstance(made, Text)
        if bare and isinstance(item, Call) and context.scope.find(item.path[0].text) is None:
            unknown_name(context, item.path[0])


def is_word(name: str) -> bool:
    """Whether the language knows this bare word, whatever takes it."""
    if name in ACTIVATIONS or any(name in known(category) for category in CATEGORIES):
        return True
    return any(name in signature_of(cls).words for cls in every("layer"))


def unknown_function(context: Context, value: Pending) -> NoReturn:
    near = _FOREIGN_FUNCTIONS.get(value.name) or meant(value.name, FUNCTIONS)
    known = ", ".join(f"`{function}`" for function in FUNCTIONS)
    path = value.call.path
    context.report.fail(
        "E0223",
        f"there is no function `{value.name}`",
        value.context.source,
        path[0].span.to(path[-1].span),
        help=f"write `{near}`" if near else f"the functions are {known}",
    )


def unknown_owner(context: Context, node: Call) -> NoReturn:
    """`owner.property` where nothing is called `owner`."""
    head, last = node.path[0], node.path[-1]
    if head.text == "input":
        _no_input(context, head)
    word = None
    if head.text in _MODULES:
        others = (foreign_term(category, last.text) for category in CATEGORIES[1:])
        word = meant(last.text, ACTIVATIONS) or next((term for term in others if term), None)
    if word is not None:
        span = head.span.to(last.span)
        context.report.fail(
            "E0202",
            f"there is no `{head.text}` here",
            context.source,
            span,
            help=f"write the word alone: `{word}`",
            fix=replacement(span, word),
        )
    unknown_name(context, head)


def _no_input(context: Context, head: Ident) -> NoReturn:
    bounds = ((name, context.scope.find(name)) for name in sorted(context.scope.visible()))
    inputs = [name for name, bound in bounds if bound and isinstance(bound.value, InputValue)]
    named = "the inputs have names: " + ", ".join(f"`{name}`" for name in inputs)
    context.report.fail(
        "E0325",
        "there is no `input` here",
        context.source,
        head.span,
        help=named if inputs else "begin the model with `input 64x64x3`",
    )
