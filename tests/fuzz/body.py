"""The body of a model, drawn statement by statement: each makes a value that later ones may read.

Names are tokens (`zv1`, `Zb2`) that occur nowhere else in a spec; `names.py` gives them others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

from fuzz.layers import anything, anything_of, bridge, every_layer, looks_up, made, on, takes
from specc.ops.base import Dims, Layer

_FIRST_NUMBER = re.compile(r"(?<=\()(\d+)(?=[,)])")
MERGE = "Concat"
"""What brings together whatever is left; it takes vectors of any length."""


@dataclass
class Statement:
    """`name = source -> rest`, or lines that go on from `source`, and then `name = rest`."""

    name: str
    source: str
    rest: str
    head: tuple[str, ...] = ()


@dataclass
class Body:
    random: Random
    inputs: dict[str, Dims] = field(default_factory=dict)
    shapes: dict[str, Dims] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    """Lines of the model that stand above its statements: shared layers, numbers."""
    blocks: list[str] = field(default_factory=list)
    _count: int = 0

    def fresh(self, letter: str) -> str:
        self._count += 1
        return f"{'Z' if letter == 'b' else 'z'}{letter}{self._count}"

    def add_input(self, shape: Dims) -> str:
        name = self.fresh("i")
        self.inputs[name] = shape
        self.shapes[name] = shape
        self.unread.append(name)
        return name

    def put(
        self, source: str, parts: Iterable[str], shape: Dims, *read: str, head: tuple[str, ...] = ()
    ) -> str:
        """A statement; the name of what it makes."""
        name = self.fresh("v")
        self.statements.append(Statement(name, source, " -> ".join(parts), head))
        for each in (source, *read):
            if each in self.unread:
                self.unread.remove(each)
        self.shapes[name] = shape
        self.unread.append(name)
        return name

    def some(self) -> str:
        """A value to go on from: mostly the last one."""
        if self.unread and self.random.random() < 0.7:
            return self.unread[-1]
        return self.random.choice(list(self.shapes))

    def chain(self, shape: Dims, length: int) -> tuple[list[str], Dims]:
        parts = []
        for _ in range(length):
            found = anything(self.random, shape)
            parts.append(found.text)
            shape = found.shape
        return parts, shape

    # The steps; each makes one value or more.

    def step(self) -> None:
        steps: dict[Callable[[], object], int] = {
            self.plain: 5, self.wanted: 5, self.merge: 3, self.branches: 3, self.block: 2,
            self.shared: 2, self.repeat: 1, self.condition: 1,
        }  # fmt: skip
        self.random.choices(list(steps), list(steps.values()))[0]()

    def plain(self) -> None:
        source = self.some()
        parts, shape = self.chain(self.shapes[source], self.random.randint(1, 2))
        self.put(source, [self.numbered(part) for part in parts], shape)

    def numbered(self, part: str) -> str:
        """The layer, its first number now and then by a name."""
        found = _FIRST_NUMBER.search(part)
        if found is None or self.random.random() > 0.1:
            return part
        name = self.fresh("k")
        self.before.append(f"{self.random.choice(('let', 'param'))} {name} = {found[0]}")
        return f"{part[: found.start()]}{name}{part[found.end() :]}"

    def wanted(self) -> None:
        """Any layer of the registry, with inputs as one of its cases has them."""
        cls = self.random.choice(every_layer())
        case = self.random.choice(cls.cases)
        if looks_up(cls):
            name = self.add_input(case.inputs[0])
            found = on(self.random, cls, case.inputs, [name])
            if found is None:
                found = made(cls, case.text, case.inputs, [name])
                assert found is not None, case
            del self.shapes[name]  # no measurements: nothing else reads it
            self.put(name, [found.text], found.shape)
            return
        names = []
        for dims in case.inputs:
            source = self.some()
            parts = list(bridge(self.shapes[source], dims))
            if source in names and not parts:
                parts = [anything_of(self.random, dims)]
            names.append(self.put(source, parts, dims) if parts else source)
        if len(set(names)) == len(names):
            text = case.text if self.random.random() < 0.5 else ""
            found = (
                made(cls, text, case.inputs, names)
                if text
                else on(self.random, cls, case.inputs, names)
            )
            if found is not None:
                self.put(names[0], [found.text], found.shape, *names[1:])

    def merge(self) -> None:
        """Values by their names, made alike where they have to be."""
        cls, count = self.merging()
        first = self.some()
        names = [first]
        while len(names) < count:
            other = self.some()
            shape = self.shapes[other]
            if shape != self.shapes[first]:
                shape = self.shapes[first]
                other = self.put(other, bridge(self.shapes[other], shape), shape)
            elif other in names:
                parts, shape = self.chain(shape, 1)
                parts += bridge(shape, self.shapes[first])
                other = self.put(other, parts, self.shapes[first])
            names.append(other)
        found = on(self.random, cls, tuple(self.shapes[name] for name in names), names)
        if found is not None:
            self.put(first, [found.text], found.shape, *names[1:])

    def merging(self) -> tuple[type[Layer], int]:
        several = [cls for cls in every_layer() if takes(cls, 2)]
        cls = self.random.choice(several)
        return cls, 3 if takes(cls, 3) and self.random.random() < 0.3 else 2

    def branches(self) -> None:
        """A merge with its branches in braces, each from the value before it."""
        cls, count = self.merging()
        if cls.value_names:
            return
        source = self.some()
        shape = self.shapes[source]
        start, shape = self.chain(shape, self.random.randint(0, 1))
        first, wanted = self.chain(shape, self.random.randint(1, 2))
        bodies = [first]
        for _ in range(count - 1):
            parts, made_ = self.chain(shape, self.random.randint(0, 2))
            parts += bridge(made_, wanted)
            if not parts and [] in bodies:
                continue
            bodies.append(parts)
        found = on(self.random, cls, (wanted,) * len(bodies), ["x"] * len(bodies))
        if found is None or len(bodies) < 2:
            return
        call = found.text.replace("(" + ", ".join(["x"] * (len(bodies) - 1)), "(", 1)
        call = call.replace("(, ", "(").removesuffix("()")
        lines = [f"    branch {{ {' -> '.join(parts)} }}" for parts in bodies]
        braces = "\n".join([f"{call} {{", *lines, "  }"])
        if start:  # braces open a statement of their own
            source = self.put(source, start, shape)
        self.put(source, [braces], found.shape)

    def block(self) -> None:
        """A block, used once or twice, with numbers and now and then a value."""
        source = self.some()
        shape = self.shapes[source]
        name, other = self.fresh("b"), self.fresh("p")
        parts, made_ = self.chain(shape, self.random.randint(1, 2))
        parameters, arguments, body = list[str](), list[str](), list[str]()
        for part in parts:
            found = _FIRST_NUMBER.search(part)
            if found is not None and self.random.random() < 0.6:
                parameter = self.fresh("p")
                parameters.append(parameter)
                arguments.append(found[0])
                part = f"{part[: found.start()]}{parameter}{part[found.end() :]}"
            body.append(part)
        lines = [f"  {' -> '.join(body)}"]
        read: list[str] = []
        if self.random.random() < 0.3:
            local = self.fresh("v")
            lines[0] = f"  {local} = {lines[0].strip()}"
            more, after = self.chain(made_, 1)
            lines.append(f"  {' -> '.join([*more, *bridge(after, made_)])} -> Add({local})")
        elif self.random.random() < 0.3:
            value = self.some()
            parts = list(bridge(self.shapes[value], made_))
            if parts or value == source:
                value = self.put(value, parts or ["Tanh"], made_)
            if self.shapes[value] == made_:
                parameters.insert(0, other)
                arguments.insert(0, value)
                read = [value]
                lines[0] += f" -> Multiply({other})"
        given = f"({', '.join(parameters)})" if parameters else ""
        self.blocks.append("\n".join([f"block {name}{given} {{", *lines, "}"]))
        call = f"{name}({', '.join(arguments)})" if arguments else name
        result = self.put(source, [call], made_, *read)
        if not read and self.random.random() < 0.4:
            self.put(result, [*bridge(made_, shape), call], made_)

    def shared(self) -> None:
        """A layer that is used twice with the same weights."""
        source = self.some()
        shape = self.shapes[source]
        found = anything(self.random, shape)
        name = self.fresh("l")
        self.before.append(f"layer {name} = {found.text}")
        one = self.put(source, [name], found.shape)
        parts, made_ = self.chain(shape, 1)
        two = self.put(source, [*parts, *bridge(made_, shape), name], found.shape)
        merged = on(self.random, self.merging()[0], (found.shape, found.shape), [two, one])
        if merged is not None:
            self.put(two, [merged.text], merged.shape, one)

    def repeat(self) -> None:
        source = self.some()
        shape = self.shapes[source]
        parts, made_ = self.chain(shape, self.random.randint(1, 2))
        parts += bridge(made_, shape)
        if len(shape) < 3 and self.random.random() < 0.4:
            number = self.fresh("k")
            inner = f"Dense({number} + 2) -> Dense({shape[-1]})"
            times = f"repeat {number} in 1..2"
        else:
            inner, times = " -> ".join(parts), "repeat 2"
        first, last = (anything_of(self.random, shape) for _ in range(2))
        self.put(source, [last], shape, head=(first, f"{times} {{ {inner} }}"))

    def condition(self) -> None:
        source = self.some()
        shape = self.shapes[source]
        (taken, made_), (left, _) = (self.chain(shape, 1) for _ in range(2))
        first, second = (taken, left) if shape[-1] > 2 else (left, taken)
        test = f"if {source}.channels > 2 {{ {first[0]} }} else {{ {second[0]} }}"
        head = (anything_of(self.random, shape), test)
        self.put(source, [anything_of(self.random, made_)], made_, head=head)

    # The end.

    def together(self, names: list[str]) -> str:
        """One value of several."""
        if len(names) == 1:
            return names[0]
        flat = []
        for name in names:
            shape = self.shapes[name]
            size = 1
            for n in shape:
                size *= n
            flat.append(name if len(shape) == 1 else self.put(name, ["Flatten"], (size,)))
        size = sum(self.shapes[name][0] for name in flat)
        return self.put(flat[0], [f"{MERGE}({', '.join(flat[1:])})"], (size,), *flat[1:])
