"""Names that Keras gives operations by itself, and how the layers of a model stay clear of them.

What is no layer is called like its class, `relu`, then `relu_1` and so on for as long as the
process runs. A model in which a layer is called the same cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from specc.codegen.lowering import PREVIOUS
from specc.codegen.model.skeleton import ValueRef
from specc.codegen.python.expressions import Call, Expr, Index, Infix, parts

_INFIX = {"+": "add", "-": "subtract", "*": "multiply", "/": "true_divide"}
_CALLED = {"abs": "absolute", "hard_swish": "hard_silu", "swish": "silu"}
"""Functions whose classes are called otherwise."""
_MOST = 100_000
"""So many layers a model may have: no higher number is ever reached."""


def operations(step: Expr) -> Iterator[str]:
    """The names, but for their numbers, of the operations in a step."""
    match step:
        case Call(func):
            home, _, function = func.text().rpartition(".")
            if home == "keras.ops":
                yield _CALLED.get(function, function)
        case Infix(op) if _computed(step):
            yield _INFIX[op]
        case Index():
            yield "get_item"
    for part in parts(step):
        yield from operations(part)


def counted(steps: Iterable[Expr], layers: Iterable[str]) -> list[str]:
    """The lines by which Keras numbers its operations from behind the names of layers."""
    made = {name for step in steps for name in operations(step)}
    taken: dict[str, int] = {}
    for layer in layers:
        stem, _, number = layer.rpartition("_")
        last = int(number) if number.isdecimal() else _MOST
        for name, count in ((layer, 1), (stem, last + 1)):
            if name in made and count <= _MOST:
                taken[name] = max(count, taken.get(name, 0))
    lines: list[str] = []
    for name, count in taken.items():
        margin = "    "
        if count > 1:
            lines.append(f"{margin}for _ in range({count}):")
            margin *= 2
        lines.append(f'{margin}keras.backend.get_uid("{name}")')
    reason = "    # Keras names operations by itself; so none gets the name of a layer."
    return [reason, *lines] if lines else []


def _computed(step: Expr) -> bool:
    """Whether a value of the network is in it, not numbers alone."""
    return isinstance(step, ValueRef) or step is PREVIOUS or any(map(_computed, parts(step)))
