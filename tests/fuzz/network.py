"""A whole network of a seed: always the same one as long as registry and language stay."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random

from harness.backends import BACKENDS

from fuzz import names, training
from fuzz.body import Body, Statement
from specc.codegen.backend import get_backend
from specc.compile import compile_text
from specc.ir import Buildable
from specc.ops.base import Dims
from specc.ops.ranks import written
from specc.source import Source

_TRIES = 40


@dataclass
class Drawn:
    """A spec that compiles and that no backend refuses. turned_down: the codes of what was drawn
    before it and did not."""

    seed: int
    text: str
    turned_down: list[str] = field(default_factory=list)


def network(seed: int) -> Drawn:
    """The network of a seed."""
    random = Random(seed)
    turned_down: list[str] = []
    for _ in range(_TRIES):
        text, codes = attempt(random)
        if not codes:
            return Drawn(seed, names.renamed(random, text, compiles), turned_down)
        turned_down += codes
    raise RuntimeError(f"seed {seed}: nothing compiles: {sorted(set(turned_down))}")


def problems(text: str) -> list[str]:
    """The codes of what is wrong with a spec, or a backend lacks; none if scripts can be made."""
    result = compile_text(Source("spec.cnn", text), buildable=True)
    found = [each.code for each in result.diagnostics if each.severity == "error"]
    if found:
        return found
    assert isinstance(result.spec, Buildable)
    spec = result.spec
    return [f"{name} refuses" for name in BACKENDS if list(get_backend(name).refusals(spec))]


def compiles(text: str) -> bool:
    return not problems(text)


def attempt(random: Random) -> tuple[str, list[str]]:
    """A spec, and what is wrong with it."""
    text, made = sketch(random)
    if wrong := problems(text + made.text()):
        return text, wrong
    return training.settle(random, made, text, compiles), []


def sketch(random: Random) -> tuple[str, training.Sections]:
    """Blocks and model, and the sections below them, which nothing has looked at yet."""
    body = Body(random)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        body.add_input(shape(random))
    for _ in range(random.randint(1, 4)):
        body.step()
    endings = heads(random, body)
    text = model(random, body, endings)
    return text, training.sections(random, body.inputs, endings)


def shape(random: Random) -> Dims:
    """An input's shape, of any rank; odd sizes as often as even ones."""
    match random.choice((1, 2, 3, 3, 4)):
        case 1:
            return (random.randint(1, 9),)
        case 2:
            return (random.randint(2, 8), random.randint(1, 5))
        case 3:
            return (random.randint(3, 8), random.randint(3, 8), random.randint(1, 3))
    return (*(random.randint(2, 4) for _ in range(3)), random.randint(1, 2))


def heads(random: Random, body: Body) -> list[training.Ending]:
    """Outputs, which together read every value that is left."""
    left = list(body.unread)
    random.shuffle(left)
    count = min(len(left), random.choice((1, 1, 1, 2, 3)))
    groups = [left[start::count] for start in range(count)]
    endings = []
    for group in groups:
        value = body.together(group)
        end = training.ending(random, body.fresh("o"))
        head(random, body, value, end)
        endings.append(end)
    return endings


def head(random: Random, body: Body, value: str, end: training.Ending) -> None:
    """The last layers of an output. Its statement is the last one of the body."""
    dims = body.shapes[value]
    units = random.randint(end.least, end.least + 3)
    parts: list[str] = []
    if len(dims) > 1 and (random.random() < 0.6 or math.prod(dims) > 30):
        parts.append("Flatten")
        dims = (math.prod(dims),)
    activation = "" if end.activation == "linear" else f", {end.activation}"
    last = "Dense(" if len(dims) < 3 else f"Conv{len(dims) - 1}D("
    size = "" if len(dims) < 3 else ", 1"
    parts.append(f"{last}{units}{size}{activation})")
    made = body.put(value, parts, (*dims[:-1], units))
    body.unread.remove(made)
    body.statements[-1].name = f"output {end.name}"


def model(random: Random, body: Body, endings: list[training.Ending]) -> str:
    """The text of blocks and model."""
    lines = [f"input {name}: {written(dims)}" for name, dims in body.inputs.items()]
    lines += body.before
    if len(endings) == len(body.inputs) == 1 and random.random() < 0.5:
        body.statements[-1].name = ""
    silent = False  # whether the statement before has no name
    for number, each in enumerate(body.statements):
        chained = number and each.source == body.statements[number - 1].name
        start = "" if silent or (chained and random.random() < 0.5) else f"{each.source} -> "
        following = body.statements[number + 1 :]
        silent = bool(following) and goes_on(each.name, following) and random.random() < 0.5
        named = "" if silent or not each.name else f"{each.name} = "
        if each.head:
            lines += [start + each.head[0], *each.head[1:], named + each.rest]
        else:
            lines.append(named + start + each.rest)
    text = "\n".join(["model zm1 {", *(f"  {line}" for line in lines), "}", ""])
    return "\n".join([*body.blocks, text])


def goes_on(name: str, following: list[Statement]) -> bool:
    """Whether the next statement alone reads a value, as the chain that it goes on with."""
    ahead, *others = following
    read = [each.source for each in others]
    for each in following:
        read += names.TOKEN.findall(" ".join([*each.head, each.rest]))
    return ahead.source == name and name not in read
