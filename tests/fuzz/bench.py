"""Runs spec after spec in warm probes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from harness.backends import BACKENDS
from mutations.suite import Reusing, Store

from fuzz import verdict
from fuzz.verdict import Verdict
from specc.building import build_file
from specc.codegen.backend import get_backend
from specc.codegen.script.form import WHOLE, Form
from specc.parity.case import Answer, Case
from specc.parity.client import ProbeFailed, Probes
from specc.parity.job import Job
from specc.parity.protocol import check
from specc.parity.report import ParityReport

LEVEL = 4
PATIENCE = 60.0
"""Seconds without a sign of life. A drawn network takes a second or two, its tracing a few more."""
_RUNS = 120
"""So many comparisons a process takes before a new one: it keeps some 12 MB of each script."""


class Refused(Exception):
    """A spec that does not compile or that a backend has something against."""


@dataclass
class Trial:
    """A network with its scripts, and what was computed of them."""

    job: Job
    store: Store
    verdict: Verdict
    report: ParityReport


class Remembering(Reusing):
    """Probes that never compute an answer twice, and that say of every script how it failed."""

    def run(self, cases: Mapping[str, Case]) -> list[Answer]:
        # To note what each layer makes takes a fifth of a network's time, and only names a place.
        cases = {name: replace(case, layers=False) for name, case in cases.items()}
        try:
            return super().run(cases)
        except ProbeFailed:
            self.renew()
            return Probes.run(self, cases)


class Bench:
    """Probes that live as long as they are of use."""

    def __init__(self, probes: Probes | None = None) -> None:
        self._given = probes
        self.probes = probes or Probes(BACKENDS, PATIENCE)
        self._runs = 0
        self.folder = Path(tempfile.mkdtemp(prefix="specc-fuzz-"))

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._given is None:
            self.probes.__exit__(None, None, None)

    def fresh(self) -> None:
        """New processes after many runs, and for those that have ended."""
        self._runs += 1
        if self._given is None and self._runs > _RUNS:
            self.probes.__exit__(None, None, None)
            self.probes, self._runs = Probes(BACKENDS, PATIENCE), 0
        self.probes.renew()

    def trial(self, text: str, form: Form = WHOLE, level: int = LEVEL) -> Trial:
        """Make both scripts and compare them. Raises Refused."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        spec = self.folder / "spec.cnn"
        spec.write_text(text, "utf-8")
        built = build_file(spec, [get_backend(name) for name in BACKENDS], form=form)
        if built.spec is None or not built.scripts:
            raise Refused([f"{each.code}: {each.message}" for each in built.diagnostics])
        files = {name: self.folder / form.file(name) for name in built.scripts}
        for name, path in files.items():
            path.write_text(built.scripts[name], "utf-8")
        job = Job(built.spec, files, self.folder, None, True, None, whole=False, form=form)
        store = Store()
        report = self.judge(job, store, level)
        return Trial(job, store, verdict.of(report), report)

    def judge(self, job: Job, store: Store, level: int = LEVEL) -> ParityReport:
        self.fresh()
        return check(job, level, Remembering(self.probes.each, self.probes.launchers, store))

    def edited(self, trial: Trial, backend: str, text: str) -> ParityReport:
        """The report with another text for one script; the other's numbers are there already."""
        path = self.folder / "edited" / trial.job.scripts[backend].name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        scripts = {**trial.job.scripts, backend: path}
        return self.judge(replace(trial.job, scripts=scripts, given=(backend,)), trial.store)


@contextmanager
def bench(probes: Probes | None = None) -> Iterator[Bench]:
    made = Bench(probes)
    try:
        yield made
    finally:
        made.close()
