"""Proves that the scripts of several backends mean the same.

Each script file is imported as a module by its backend's probe, a process of its own, and its own
functions are driven while their numbers are recorded from outside.

    report = run(Path("model.cnn"), level=4)
    with Probes(["keras", "torch"]) as probes:       # warm processes for many runs
        report = run(path, scripts={"torch": edited}, probes=probes)
"""

from specc.parity.client import ProbeFailed, Probes
from specc.parity.protocol import SpecErrors, run
from specc.parity.report import Check, Difference, Level, ParityReport

__all__ = [
    "Check",
    "Difference",
    "Level",
    "ParityReport",
    "ProbeFailed",
    "Probes",
    "SpecErrors",
    "run",
]
