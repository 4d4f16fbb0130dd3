"""Merges number by number."""

from __future__ import annotations

from specc.codegen.lowering import PREVIOUS, Lowered, Site
from specc.codegen.python.expressions import Call, Expr, Infix, Lit, call
from specc.ops.elementwise import Average, Dot, Maximum, Minimum

from .lowering import lowers


@lowers(Average)
def average(op: Average, site: Site) -> Lowered:
    return Lowered(None, (Infix("+", site.args), Infix("/", (PREVIOUS, Lit(len(site.args))))))


@lowers(Maximum)
def maximum(op: Maximum, site: Site) -> Lowered:
    return _chosen(">=", site)


@lowers(Minimum)
def minimum(op: Minimum, site: Site) -> Lowered:
    return _chosen("<=", site)


def _chosen(order: str, site: Site) -> Lowered:
    first, second, *others = site.args
    steps = [_one(order, first, second), *(_one(order, PREVIOUS, other) for other in others)]
    # `torch.maximum` and `torch.minimum` would share the gradient of equal numbers.
    return Lowered(None, tuple(steps), comment="of equal numbers the first")


def _one(order: str, a: Expr, b: Expr) -> Call:
    return call("torch.where", Infix(order, (a, b)), a, b)


@lowers(Dot)
def dot(op: Dot, site: Site) -> Lowered:
    a, b = site.args
    if op.normalize:
        a, b = (call("F.normalize", x, dim=1, eps=1e-12) for x in (a, b))
    return Lowered(None, (call("torch.sum", Infix("*", (a, b)), dim=1, keepdim=True),))
