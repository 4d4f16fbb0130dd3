"""Puts each bug into its script and asks the protocol of parity what it sees."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from queue import SimpleQueue

from harness.backends import BACKENDS

from mutations.mutant import FOLDER, IN_USE, Mutant, bugs
from specc.building import build_file
from specc.codegen.backend import get_backend
from specc.ir import Buildable
from specc.parity.broken import broken
from specc.parity.case import Answer, Case, Streams
from specc.parity.client import Probe, ProbeFailed, Probes
from specc.parity.errand import Errand, Ran
from specc.parity.job import Job
from specc.parity.protocol import DEFAULT_LEVEL, check, used
from specc.parity.report import ParityReport

BUGS = bugs()
MUTANTS = [Mutant(bug, backend) for bug in BUGS for backend in bug.edits]
SPECS = sorted({bug.spec for bug in BUGS if bug.level != IN_USE})
MADE_DATA = ("binary", "penalty", "several", "table")
"""Specs whose data is made: no file of theirs exists."""
ENOUGH = 1000
"""Samples to train on, more than a short run takes."""
WORKERS = 2
"""Probes of Keras, which does nearly all of the work: one for each core of a small machine."""


@dataclass(frozen=True)
class Built:
    spec: Buildable
    scripts: dict[str, str]


@cache
def built(name: str) -> Built:
    """A spec of this folder with the text of each script."""
    found = build_file(
        FOLDER / "specs" / f"{name}.cnn", [get_backend(backend) for backend in BACKENDS]
    )
    assert isinstance(found.spec, Buildable), found.diagnostics
    return Built(found.spec, found.scripts)


class Store:
    """The answers that were given, so that the side without a bug computes them once."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], tuple[Answer, Streams | None]] = {}
        self.ran: dict[tuple[str, str], list[Ran]] = {}
        self.torch = threading.Lock()
        """The workers share the process of PyTorch."""


class Reusing(Probes):
    """Probes that never compute an answer twice."""

    def __init__(
        self, each: Mapping[str, Probe], launchers: dict[str, Probe], store: Store
    ) -> None:
        self.each, self.launchers, self.store = dict(each), launchers, store

    def launch(self, errands: Mapping[str, Errand]) -> dict[str, list[Ran]]:
        """The same of commands; those of a script with other files to read are others."""
        keys = {name: self._key(name, errand) for name, errand in errands.items()}
        todo = {
            name: errand for name, errand in errands.items() if keys[name] not in self.store.ran
        }
        for name, each in super().launch(todo).items():
            self.store.ran[keys[name]] = each
        return {name: self.store.ran[key] for name, key in keys.items()}

    def _key(self, name: str, errand: Errand) -> tuple[str, str]:
        own = Path(errand.script)
        files = (own.with_name(own.name.replace(name, other)) for other in self.reads(name, errand))
        given = [file.read_bytes() for file in files]
        said = errand.to_json().replace(str(own.parent), "")
        return hashlib.sha1(b"".join(given)).hexdigest(), said

    def reads(self, name: str, errand: Errand) -> set[str]:
        """The backends whose scripts an errand's result hangs on: its own, and the first one where
        it reads that one's files."""
        first = next(iter(BACKENDS))
        its = f"/{first}/in-use/"
        return {name, *([first] if any(its in command.out for command in errand.commands) else [])}

    def run(self, cases: Mapping[str, Case]) -> list[Answer]:
        streams: Streams | None = None
        answers = {}
        for name in sorted(cases, key=lambda each: not self.each[each].hello["draws"]):
            case = cases[name]
            if case.random and not self.each[name].hello["draws"]:
                case = replace(case, streams=streams)
            answers[name], told = self._answer(name, case)
            streams = streams or told
        return [answers[name] for name in cases]

    def _answer(self, name: str, case: Case) -> tuple[Answer, Streams | None]:
        text = Path(case.script).read_bytes()
        key = (hashlib.sha1(text).hexdigest(), replace(case, script=name, folder="").to_json())
        if key not in self.store.answers:
            probe = self.each[name]
            with self.store.torch if name == "torch" else nullcontext():
                probe.send(case)
                told = probe.streams() if case.random and probe.hello["draws"] else None
                self.store.answers[key] = probe.answer(), told
        return self.store.answers[key]


@dataclass(frozen=True)
class Verdict:
    """What the protocol said of a script: the first level that did not pass, and why."""

    name: str
    passed: bool
    broken: str = ""
    level: int = -1
    status: str = ""
    check: str = ""
    error: float = 0.0
    tolerance: float = 0.0
    difference: str = ""
    cause: str = ""

    @classmethod
    def of(cls, name: str, report: ParityReport) -> Verdict:
        failed = report.failed
        if failed is None:
            return cls(name, passed=True, level=report.levels[-1].number)
        first, worst = failed.difference, failed.worst
        if first is not None and first.quantity == "script":
            return cls(name, passed=False, broken=first.cause)
        return cls(
            name, passed=False, level=failed.number, status=failed.status,
            check=worst.what if worst else "", error=worst.error if worst else 0.0,
            tolerance=worst.tolerance if worst else 0.0,
            difference=first.sentence() if first else failed.note,
            cause=first.cause if first else "",
        )  # fmt: skip


class Suite:
    """Warm probes for many scripts."""

    def __init__(self, folder: Path, probes: Iterable[tuple[Mapping[str, Probe], Probes]]) -> None:
        self.folder, self.store = folder, Store()
        self.free: SimpleQueue[Reusing] = SimpleQueue()
        self.originals_said: dict[str, Verdict] = {}
        self.count = 0
        for each, owner in probes:
            self.free.put(Reusing(each, owner.launchers, self.store))
            self.count += 1

    def original(self, spec: str, seed: int | None = None) -> Verdict:
        """What is said of the scripts as they are generated; of `used.cnn` up to L6."""
        name = f"{spec}.cnn with seed {'its own' if seed is None else seed}"
        if name not in self.originals_said:
            level = DEFAULT_LEVEL if spec in SPECS else None
            said = self._judge(name, spec, built(spec).scripts, level, level is not None, seed)
            self.originals_said[name] = said
        return self.originals_said[name]

    def mutant(self, mutant: Mutant) -> Verdict:
        """What is said of a script with a bug; of the whole run only where batches are changed."""
        bug = mutant.bug
        scripts = dict(built(bug.spec).scripts)
        scripts[mutant.backend] = mutant.of(scripts[mutant.backend])
        top = IN_USE if bug.level == IN_USE else DEFAULT_LEVEL if bug.level else 0
        return self._judge(mutant.name, bug.spec, scripts, top, bug.level == 0)

    def mutants(self, mutants: Iterable[Mutant]) -> dict[str, Verdict]:
        todo = list(mutants)
        for spec in {mutant.bug.spec for mutant in todo}:
            verdict = self.original(spec)
            assert verdict.passed, f"{spec}.cnn without a bug: {verdict}"
        with ThreadPoolExecutor(self.count) as pool:
            return {verdict.name: verdict for verdict in pool.map(self.mutant, todo)}

    def originals(self, cases: Iterable[tuple[str, int]]) -> list[Verdict]:
        """What is said of the scripts of specs with seeds."""
        with ThreadPoolExecutor(self.count) as pool:
            return list(pool.map(lambda case: self.original(*case), cases))

    def _judge(
        self,
        name: str,
        spec: str,
        scripts: Mapping[str, str],
        level: int | None,
        whole: bool,
        seed: int | None = None,
    ) -> Verdict:
        # One folder for each script: answers are read from it as long as the suite runs.
        folder = self.folder / hashlib.sha1(name.encode()).hexdigest()[:12]
        files = {backend: folder / f"{backend}.py" for backend in scripts}
        folder.mkdir()
        for backend, text in scripts.items():
            files[backend].write_text(text, "utf-8")
        job = Job(
            spec=built(spec).spec,
            scripts=files,
            folder=folder,
            data=None,
            synthetic=spec in MADE_DATA,
            seed=seed,
            whole=whole,
        )
        probes = self.free.get()
        try:
            if level == IN_USE:
                return Verdict.of(name, _in_use(job, probes))
            return Verdict.of(name, check(job, level, probes))
        finally:
            self.free.put(probes)


def _in_use(job: Job, probes: Probes) -> ParityReport:
    """That level alone."""
    report = ParityReport(job.model.name, tuple(job.scripts), {}, "", "")
    try:
        report.levels += used(job, probes, ENOUGH)
    except ProbeFailed as error:
        report.levels.append(broken(error, IN_USE, len(job.scripts)))
    return report


@contextmanager
def suite(folder: Path, warm: Probes | None = None) -> Iterator[Suite]:
    """Two probes of Keras and one of PyTorch, closed at the end but for those that are given."""
    with ExitStack() as stack:
        first = warm or stack.enter_context(Probes(BACKENDS))
        each: list[tuple[Mapping[str, Probe], Probes]] = [(first.each, first)]
        for _ in range(WORKERS - 1):
            keras = stack.enter_context(Probes(["keras"]))
            each.append(({**first.each, **keras.each}, keras))
        yield Suite(folder, each)
