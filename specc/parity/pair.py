"""Two answers to the same case, and what was checked of them so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from specc.parity import compare
from specc.parity.case import Answer
from specc.parity.report import Check, Difference, Level, Status
from specc.parity.tolerances import FLOAT64, Tolerance


@dataclass
class Pair:
    """a is the reference. idle: tensors whose gradient is 0 but for rounding."""

    a: Answer
    b: Answer
    table: Mapping[str, Tolerance]
    idle: frozenset[str] = frozenset()
    adaptive: bool = False
    classes: frozenset[str] = frozenset()
    """The outputs that name classes."""
    faint: bool = False
    """Whether outputs are nothing but rounding."""
    checks: list[Check] = field(default_factory=list)

    def check(self, what: str, error: float, kind: str) -> bool:
        """Note an error; whether it is within the tolerance of its kind."""
        tolerance = self.table[kind]
        self.checks.append(Check(what, error, tolerance.limit, tolerance.origin))
        return self.checks[-1].passed

    def limit(self, kind: str) -> float:
        return self.table[kind].limit

    @property
    def exact(self) -> bool:
        """Whether the answers were computed in float64."""
        return self.table is FLOAT64

    @property
    def learning(self) -> list[str]:
        """The trainable tensors that the first batch teaches something, in the model's order."""
        return [name for name in self.a.trainable if name not in self.idle]

    @property
    def step_kind(self) -> str:
        return "parameters of adam" if self.adaptive else "parameters"

    def values(self, one: float, other: float) -> dict[str, float]:
        return {self.a.backend: one, self.b.backend: other}

    def compared(self, prefix: str) -> float:
        """The distance of all tensors below a prefix."""
        return compare.distance(self.a.group(prefix), self.b.group(prefix))

    def level(
        self,
        number: int,
        title: str,
        difference: Callable[[], Difference | None],
        *,
        alive: str = "",
        dead: str = "",
        note: str = "",
    ) -> Level:
        """The verdict on the checks so far. dead: why the network proves nothing."""
        checks, self.checks = tuple(self.checks), []
        if any(not check.passed for check in checks):
            return Level(number, title, "failed", checks, note, difference(), alive)
        status: Status = "did not run" if dead else "passed"
        return Level(number, title, status, checks, dead or note, None, alive)
