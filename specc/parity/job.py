"""What a spec says of its scripts that the probes must know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specc.codegen.backend import get_backend
from specc.codegen.model.plan import make_plan
from specc.codegen.script.context import draws
from specc.codegen.script.data import feed
from specc.codegen.script.form import WHOLE, Form
from specc.data.calls import Name
from specc.ir import Buildable, Model
from specc.parity.case import Given, Raw, Wanted
from specc.parity.made import SIDES, fed_by

_SAMPLES = 1000


@dataclass(frozen=True)
class Job:
    """A spec with the script of each backend. given: backends whose script somebody brought."""

    spec: Buildable
    scripts: dict[str, Path]
    folder: Path
    data: Path | None
    synthetic: bool
    seed: int | None
    whole: bool = True
    given: tuple[str, ...] = ()
    form: Form = WHOLE

    def told(self, backend: str) -> dict[str, Any]:
        """What the probe of a lean script must know besides."""
        text = self.scripts[backend].read_text(encoding="utf-8", errors="replace")
        lean = not re.search(r"^class Config\b|^from common_", text, re.MULTILINE)
        return get_backend(backend).observed(self.spec) if lean else {}

    @property
    def model(self) -> Model:
        return self.spec.model

    @property
    def random(self) -> bool:
        return draws(self.model)

    @property
    def adaptive(self) -> bool:
        """Whether rounding is blown up where a gradient is 0, as Adam does."""
        return any(stage.optimizer.adaptive for stage in self.spec.train.stages)

    @property
    def parameters(self) -> int:
        return make_plan(self.model).parameters


def raw_of(spec: Buildable) -> Raw:
    """How to make samples that a spec's script can take."""
    source = spec.data.source
    call = source.reads(Name(""), feed(spec))
    lean = source.reads_lean(Name(""), feed(spec))
    own: tuple[str, ...] = source.own_parts
    if source.may_have_parts and spec.data.split is None:
        own = ("train", "validation", "test")
    return Raw(
        reader=call.part,
        parts={name: _SAMPLES // 5 if name != "train" else _SAMPLES for name in own}
        or {"all": _SAMPLES},
        inputs={each.name: _given(spec, n) for n, each in enumerate(spec.model.inputs)},
        outputs={each.name: _wanted(spec, n) for n, each in enumerate(spec.model.outputs)},
        fed={
            name: fed_by(each) for side in SIDES for name, each in call.named.get(side, {}).items()
        },
        named=source.finds_classes,
        lean="" if lean is None else lean.part,
    )


def _given(spec: Buildable, number: int) -> Given:
    source, given = spec.data.source, spec.model.inputs[number]
    scaling = spec.data.inputs[number].scaling
    eight_bit = scaling is not None and scaling.pictures_only
    top = (source.top() or 255) if source.holds_pictures or eight_bit else None
    limit = spec.model.index_limit(given.name)
    return Given(given.shape, top if limit is None else limit - 1)


def _wanted(spec: Buildable, number: int) -> Wanted:
    source, loss = spec.data.source, spec.train.losses[number].loss
    kind = "numbers" if loss.folds == "none" else "classes"
    shape = loss.label_shape(spec.shape(number))
    if source.holds_pictures:  # each has the number of its class
        kind, shape = "classes", ()
    classes = spec.classes(number) or 2
    if spec.data.targets[number].labels == "onehot":
        # A loss of numbers takes such a row as its numbers, and has no classes itself.
        *places, classes = spec.shape(number)
        kind, shape = "onehot", tuple(places)
    return Wanted(kind, shape, classes)
