"""What a run of the protocol found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

Status: TypeAlias = Literal["passed", "failed", "did not run"]


@dataclass(frozen=True)
class Check:
    """One comparison: the largest error that was measured, and the largest that is allowed."""

    what: str
    error: float
    tolerance: float
    origin: str

    @property
    def passed(self) -> bool:
        return self.error <= self.tolerance


@dataclass(frozen=True)
class Difference:
    """The first value, in topological order, in which two backends differ.

    quantity: what it is, such as `gradient` or `output`. tensor: its canonical name. index:
    channels last for values of layers, canonical layout for weights. step: the number of updates
    before.
    """

    layer: str
    quantity: str
    tensor: str
    index: tuple[int, ...]
    values: dict[str, float]
    error: float
    cause: str
    step: int = 0

    def sentence(self) -> str:
        numbers = ", ".join(f"{name} has {value:.9g}" for name, value in self.values.items())
        index = f"[{', '.join(map(str, self.index))}]" if self.index else ""
        updates = "1 update" if self.step == 1 else f"{self.step} updates"
        when = f" after {updates}" if self.step else ""
        place = f"layer `{self.layer}`, " if self.layer else ""
        tail = f": {numbers}" if numbers else ""
        return f"{place}{self.quantity} `{self.tensor}{index}`{when}{tail}"


@dataclass(frozen=True)
class Level:
    """One rung of the protocol. note: what was compared, or why it did not run."""

    number: int
    title: str
    status: Status
    checks: tuple[Check, ...] = ()
    note: str = ""
    difference: Difference | None = None
    alive: str = ""
    """How the network was seen to be alive."""
    removed: tuple[str, ...] = ()
    """Trainable tensors that have no influence: what follows removes it."""
    late: tuple[str, ...] = ()
    """Those that have a gradient, but not at the initial weights."""

    @property
    def name(self) -> str:
        return f"L{self.number}"

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def about(self) -> str:
        """All that is said of it beside its checks."""
        said = [self.alive]
        for names, what in (
            (self.removed, "no influence: what follows removes it"),
            (self.late, "no gradient at the initial weights, and one at others"),
        ):
            if names:
                verb = "has" if len(names) == 1 else "have"
                said.append(f"{', '.join(f'`{name}`' for name in names)} {verb} {what}")
        return "; ".join(filter(None, (*said, self.note)))

    @property
    def idle(self) -> frozenset[str]:
        """The trainable tensors without a gradient at the initial weights."""
        return frozenset((*self.removed, *self.late))

    @property
    def broken(self) -> bool:
        """Whether a script ended before there was anything to compare."""
        return self.difference is not None and self.difference.quantity == "script"

    @property
    def worst(self) -> Check | None:
        """The check that is nearest to its tolerance, or farthest beyond."""
        return max(self.checks, key=lambda check: check.error / check.tolerance, default=None)


@dataclass(frozen=True)
class Curve:
    """Errors to plot: by layer or by number of updates."""

    title: str
    labels: tuple[str, ...]
    errors: tuple[float, ...]
    tolerance: float


@dataclass
class ParityReport:
    """The levels in order; those above the first that did not pass are missing."""

    model: str
    backends: tuple[str, ...]
    versions: dict[str, str]
    data: str
    randomness: str
    levels: list[Level] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    wanted: int = 5
    left_out: str = ""
    """Why L6 is not in it, where nobody has asked for a level."""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return bool(self.levels) and all(level.passed for level in self.levels)

    @property
    def difference(self) -> Difference | None:
        """The first difference, of the level that failed."""
        return next((level.difference for level in self.levels if level.difference), None)

    @property
    def failed(self) -> Level | None:
        """The level that did not pass."""
        return next((level for level in self.levels if not level.passed), None)

    def as_json(self) -> dict[str, Any]:
        return {"passed": self.passed, **asdict(self)}
