"""The body of `penalty` in a PyTorch script: what large kernels add to the loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from specc.codegen.model.plan import Plan
from specc.codegen.python.expressions import Expr, Infix, Lit, call, expr, method, raw
from specc.codegen.python.layout import Dict, assign, give

_SIZES = {"l1": "abs", "l2": "square"}
"""What is summed up for each argument, as a method of a tensor."""
_FORMULAS = {"l1": "l1 * sum(|w|)", "l2": "l2 * sum(w * w)"}


def penalty(plan: Plan) -> dict[str, str]:
    """The formula and the lines of the function; nothing where no kernel costs anything."""
    tables = {name: table for name in _SIZES if (table := _Table(plan, name)).any}
    if not tables:
        return {}
    formula = " + ".join(_FORMULAS[name] for name in tables)
    return {"formula": formula, "lines": "\n".join(_lines(tables))}


def _lines(tables: Mapping[str, _Table]) -> list[str]:
    if any(table.own for table in tables.values()):
        lines = ["    weights = dict(model.named_parameters())"]
        lines += (line for table in tables.values() for line in table.lines())
        terms = [_by_name(name) for name in tables]
    else:
        lines = ["    kernels = [p for p in model.parameters() if p.ndim > 1]"]
        terms = [_uniform(name, table.usual) for name, table in tables.items()]
    if len(terms) == 1:
        return lines + give(terms[0], 1)
    for name, term in zip(tables, terms, strict=True):
        lines += assign(f"of_{name}", term, 1)
    return lines + give(Infix("+", tuple(raw(f"of_{name}") for name in tables)), 1)


class _Table:
    """One of the two arguments for all tensors.

    usual: the value of those with several axes, as kernels have them; own: those with another.
    """

    def __init__(self, plan: Plan, argument: str) -> None:
        trained = [(name, weight) for name, weight in plan.weights if weight.trainable]
        values: dict[str, float] = {
            name: getattr(weight.penalty, argument) if weight.penalty else 0.0
            for name, weight in trained
        }
        wide = {name for name, weight in trained if len(weight.shape) > 1}
        counts = Counter(value for name, value in values.items() if name in wide)
        self.name = argument
        self.any = any(values.values())
        self.usual = max(counts, key=lambda value: (counts[value], not value), default=0.0)
        if any(value for name, value in values.items() if name not in wide):
            self.usual = 0.0  # a kernel of one axis, in a layer of a third party
        self.own = {
            name: value
            for name, value in values.items()
            if value != (self.usual if name in wide else 0.0)
        }

    def lines(self) -> list[str]:
        """The values by the tensors' names, as a statement or two."""
        own = Dict(tuple((name, expr(value)) for name, value in self.own.items()))
        if not self.usual:
            return assign(self.name, own, 1)
        value, lines = repr(self.usual), []
        if self.own:
            lines = assign(f"own_{self.name}", own, 1)
            value = f"own_{self.name}.get(key, {value})"
        usual = f"{{key: {value} for key, w in weights.items() if w.ndim > 1}}"
        return lines + assign(self.name, raw(usual), 1)


def _uniform(name: str, value: float) -> Expr:
    sizes = _summed(f"[w.{_SIZES[name]}().sum() for w in kernels]")
    return Infix("*", (Lit(value), sizes))


def _by_name(name: str) -> Expr:
    return _summed(f"[{name}[key] * weights[key].{_SIZES[name]}().sum() for key in {name}]")


def _summed(terms: str) -> Expr:
    return method(call("torch.stack", raw(terms)), "sum")
