"""`l1` and `l2` of `train { }`: what every kernel costs whose own layer does not say it."""

from __future__ import annotations

from specc import ir
from specc.bind.sections.check import BoundSpec
from specc.terms import Term

PENALTIES = ("l1", "l2")


def penalized(spec: BoundSpec) -> tuple[ir.Node, ...]:
    """The nodes, each layer with kernels with its own `l1` and `l2`, or else those of `train`."""
    values = spec.sections["train"].values
    given = {name: values[name] for name in PENALTIES if name in values}
    for name in given:
        _reaches(spec, name)
    # Nodes have few different layers, and those of a shared one stay one.
    made: dict[int, Term] = {}
    for node in spec.model.nodes if given else ():
        if id(node.op) not in made:
            own = node.op.model_fields_set
            missing = {name: given[name] for name in given if name not in own}
            takes = "l2" in type(node.op).model_fields
            made[id(node.op)] = node.op.model_copy(update=missing) if takes else node.op
    return tuple(
        node.model_copy(update={"op": made[id(node.op)]}) if made else node
        for node in spec.model.nodes
    )


def _reaches(spec: BoundSpec, name: str) -> None:
    """An error where no kernel is left for a setting: it would do nothing, in silence."""
    takers = [node.op for node in spec.model.nodes if name in type(node.op).model_fields]
    if any(name not in op.model_fields_set for op in takers):
        return
    spec.error(
        "E0415",
        f"`{name}` is about kernels, and "
        + (f"every layer says its own `{name}`" if takers else "no layer of the model has one"),
        "train",
        name,
        help="leave it out" + (" here, or at the layers that it is for" if takers else ""),
    )
