"""Small networks around the cases of layers: every case is a branch of one network."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from specc.ops.base import Case, Layer

FRAME = """
data {
  source = csv("table.csv", target="kind")
  split  = 80% train, 20% validation
}

train {
  loss      = categorical_crossentropy
  optimizer = sgd(0.05, momentum=0.9)
  batch     = 32
  epochs    = 2
  seed      = 3
}
"""
Branch: TypeAlias = tuple[type[Layer], Case]
BRANCHES = 14
"""So many fit into a network of several layers. What is the same for all networks takes longer to
trace than five branches."""
_LOOKS_UP = "Embedding"
_RECURRENT = ("SimpleRNN", "LSTM", "GRU", "Bidirectional")


def dead(op: type[Layer], case: Case) -> str:
    """Why a case cannot show anything: a tensor of it learns nothing whatever it is given."""
    if op.__name__ in _RECURRENT and case.inputs[0][0] == 1:
        return "a sequence of one place never reads the recurrent weights"
    if op.__name__ == "MultiHeadAttention" and case.inputs[-1][0] == 1:
        return "attention over one place has nothing to choose"
    if op.__name__ == _LOOKS_UP and "(1," in case.text:
        return "with one entry every input is the same"
    return ""


def networks(ops: Iterable[type[Layer]]) -> Iterator[list[Branch]]:
    """The cases of layers, those together that a network has as its branches."""
    found: list[list[Branch]] = []
    for op in ops:
        for cases in shared(op, [case for case in op.cases if not dead(op, case)]):
            branches = [(op, case) for case in cases]
            alone = not found or _LOOKS_UP in {one.__name__ for one, _ in (*found[-1], *branches)}
            if alone or len(found[-1]) + len(branches) > BRANCHES:
                found.append([])
            found[-1] += branches
    yield from found


def shared(op: type[Layer], cases: Sequence[Case]) -> list[list[Case]]:
    """The cases, those together that one network can hold.

    A layer that looks up reads whole numbers, which only the input has, in as many columns as the
    case wants.
    """
    if op.__name__ == _LOOKS_UP:
        return [[case] for case in cases]
    return [list(cases)] if cases else []


def network(branches: Sequence[Branch]) -> str:
    """A spec that has each case as a branch; what they make goes into the layer `scores`."""
    op, case = branches[0]
    if op.__name__ == _LOOKS_UP:
        assert len(branches) == 1
        lines = ["model cases {", f"  input {case.inputs[0][0]}", f"  case0 = {case.text}"]
        return "\n".join([*lines, "  case0 -> Flatten", *END]) + FRAME
    lines = ["model cases {", "  input 6", "  start = Dense(8, tanh)"]
    for number, (op, case) in enumerate(branches):
        lines += [f"  {line}" for line in branch(op, case, number)]
    # Beside each case what it is given: a layer that scales it down does not hide it.
    ends = [f"{kind}{number}" for kind in ("case", "flat") for number in range(len(branches))]
    return "\n".join([*lines, f"  {ends[0]} -> Concat({', '.join(ends[1:])})", *END]) + FRAME


END = ("  scores = Dense(3, softmax)", "}")


def branch(op: type[Layer], case: Case, number: int) -> Iterator[str]:
    """The inputs of a case, made from `start`, and the layer on them."""
    for place, dims in enumerate(case.inputs):
        # Without a bias: some layers take away what it adds, and it would learn nothing.
        made = f"Dense({math.prod(dims)}, bias=false) -> Reshape({'x'.join(map(str, dims))})"
        yield f"x{number}_{place} = start -> {made}"
    use = op.written(case, [f"x{number}_{place}" for place in range(len(case.inputs))])
    yield f"case{number} = x{number}_0 -> {use} -> Flatten"
    yield f"flat{number} = x{number}_0 -> Flatten"
