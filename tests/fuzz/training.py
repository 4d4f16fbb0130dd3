"""Data and training of a drawn network: what each fits is what the compiler says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from fuzz import arguments
from specc.ops.base import ACTIVATIONS, Dims
from specc.registry import every
from specc.train.losses import Loss
from specc.train.metrics import Metric

Compiles = Callable[[str], bool]


@dataclass
class Ending:
    """An output: how its last layer ends, and what it learns by. loss, metrics: calls."""

    name: str
    activation: str
    least: int
    loss: str
    metrics: list[str]


def losses() -> list[type[Loss]]:
    return [cls for cls in every("loss") if issubclass(cls, Loss)]


def metrics() -> list[type[Metric]]:
    return [cls for cls in every("metric") if issubclass(cls, Metric)]


def ending(random: Random, name: str) -> Ending:
    """A loss with an ending that it takes."""
    cls = random.choice(losses())
    ends = str(cls.folds)
    if ends == "none":
        ends = random.choice(("linear", "linear", random.choice(ACTIVATIONS)))
    return Ending(name, ends, cls.least_units, arguments.of(random, cls), [])


def some_metrics(random: Random, each: Ending) -> list[str]:
    """Metrics to try on an output."""
    found = []
    for cls in random.sample(metrics(), min(4, len(metrics()))):
        fitting = [case.text for case in cls.cases if case.ends == each.activation]
        found.append(random.choice(fitting) if fitting else arguments.of(random, cls))
    return found


@dataclass
class Sections:
    """What stands below the model. several: whether settings are by output."""

    source: str
    several: bool
    inputs: dict[str, Dims]
    endings: list[Ending]
    optimizer: str
    batch: int
    seed: int
    more: list[str]
    data: list[str]

    def text(self) -> str:
        lines = ["data {", f"  source = {self.source}", *(f"  {line}" for line in self.data), "}"]
        lines += ["train {", *self._of_outputs("loss", lambda each: each.loss)]
        lines += [f"  optimizer = {self.optimizer}"]
        if any(each.metrics for each in self.endings):
            lines += self._of_outputs("metrics", lambda each: ", ".join(each.metrics))
        lines += [f"  batch = {self.batch}", "  epochs = 2", f"  seed = {self.seed}"]
        return "\n".join([*lines, *(f"  {line}" for line in self.more), "}"]) + "\n"

    def _of_outputs(self, word: str, said: Callable[[Ending], str]) -> Iterator[str]:
        if len(self.endings) == 1:
            yield f"  {word} = {said(self.endings[0])}"
            return
        yield f"  {word} {{"
        yield from (f"    {each.name} = {said(each)}" for each in self.endings if said(each))
        yield "  }"


def sections(random: Random, inputs: Mapping[str, Dims], endings: list[Ending]) -> Sections:
    several = len(inputs) > 1 or len(endings) > 1
    source = 'npz("data.npz")'
    if several:
        names = [*inputs, *(each.name for each in endings)]
        arrays = ", ".join(f'{name}="a{number}"' for number, name in enumerate(names))
        source = f'npz("data.npz", {arrays})'
    more = [f"{word} = {random.choice(('1e-3', '0.01'))}" for word in ("l1", "l2")
            if random.random() < 0.15]  # fmt: skip
    split = random.choice(("80% train, 20% validation", "70% train, 20% validation, 10% test"))
    return Sections(
        source, several, dict(inputs), endings, arguments.term(random, "optimizer"),
        random.choice((2, 3, 5, 8, 13)), random.randint(0, 9), more, [f"split = {split}"],
    )  # fmt: skip


def settle(random: Random, made: Sections, model: str, compiles: Compiles) -> str:
    """The whole spec, with what else fits: metrics, another source, a scale, labels."""

    def keep(holder: list[str], line: str) -> None:
        holder.append(line)
        if not compiles(model + made.text()):
            holder.pop()

    for each in made.endings:
        for metric in some_metrics(random, each):
            keep(each.metrics, metric)
    if random.random() < 0.3:
        before, made.source = made.source, another_source(random, made)
        made.source = made.source if compiles(model + made.text()) else before
    for word, names in (("labels", [each.name for each in made.endings]), ("scale", made.inputs)):
        for name in names:
            if random.random() < 0.3:
                text = "onehot" if word == "labels" else arguments.term(random, "scaling")
                braces = f"{word} {{ {name} = {text} }}"
                keep(made.data, braces if made.several else f"{word} = {text}")
                break
    return model + made.text()


def another_source(random: Random, made: Sections) -> str:
    if not made.several:
        return random.choice([case.text for cls in every("source") for case in cls.cases])
    columns = ", ".join(
        f'{name}=["{name} {number}", "b{number}"]' if made.inputs.get(name) == (2,)
        else f'{name}=["{name} {number}"]'
        for number, name in enumerate([*made.inputs, *(each.name for each in made.endings)])
    )  # fmt: skip
    return f'csv("data.csv", {columns})'
