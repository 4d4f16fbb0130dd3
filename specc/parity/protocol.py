"""Runs the protocol on a spec: builds its scripts, sends them to the probes, judges the answers."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from specc import ir
from specc.building import build_file
from specc.codegen.backend import backend_names, get_backend
from specc.codegen.script.form import WHOLE, Form
from specc.diagnostics.model import Diagnostic
from specc.parity import levels, precision, rungs, user
from specc.parity import twin as twins
from specc.parity.around import in_use
from specc.parity.broken import broken
from specc.parity.case import Answer
from specc.parity.client import TIMEOUT, ProbeFailed, Probes
from specc.parity.gradient import gradients
from specc.parity.job import Job
from specc.parity.locate import layer_errors
from specc.parity.pair import Pair
from specc.parity.report import Curve, Level, ParityReport
from specc.parity.runs import (
    FULL_BATCHES,
    KEPT_NUMBERS,
    answers_of,
    pairs_of,
    shortened,
)
from specc.parity.trajectory import kept

DEFAULT_LEVEL, HIGHEST_LEVEL = 5, 8
"""The first one runs always; the level behind it where it is cheap."""
_ENOUGH = 1000
_LATER = {
    5: "one update in float32",
    6: "the scripts as a user takes them",
    7: f"{twins.UPDATES} updates in float32",
    8: f"the whole training in float32, from {rungs.SEEDS} seeds",
}
"""What those levels run that need a run of their own."""


Tell: TypeAlias = Callable[[str], None]


def _untold(text: str) -> None:
    """Nobody listens."""


class SpecErrors(Exception):
    """The spec, or a backend, has something against it."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__(f"{len(diagnostics)} errors in the spec")
        self.diagnostics = diagnostics


def run(
    spec: Path,
    *,
    backends: Sequence[str] | None = None,
    level: int | None = None,
    scripts: Mapping[str, Path] | None = None,
    model: str | None = None,
    settings: Mapping[str, str] | None = None,
    data: Path | None = None,
    synthetic: bool = False,
    seed: int | None = None,
    whole: bool = True,
    form: Form = WHOLE,
    timeout: float = TIMEOUT,
    probes: Probes | None = None,
    tell: Tell = _untold,
) -> ParityReport:
    """Compare the scripts of a spec's backends, level by level up to `level`; without one up to
    L5, and L6 where it is cheap.

    scripts: files that stand in for what a backend would write. data: where the data lies, in
    place of the spec's own path. synthetic: do not look for the spec's data. seed: in place of the
    spec's. whole: follow the batches and learning rates of the whole run too, not only those of a
    short one. form: of the scripts that are built. timeout: seconds without a sign of life after
    which a script has failed. probes: warm processes to use, which stay open and have a timeout of
    their own. tell: is given what happens now, in a few words.
    Raises SpecErrors, or KeyError for a backend that is not installed.
    """
    names = tuple(backends or backend_names())
    chosen = [get_backend(name) for name in names]
    built = build_file(spec, chosen, model=model, settings=settings, form=form)
    if built.spec is None or not built.scripts:
        raise SpecErrors(built.diagnostics)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="specc-parity-")))
        files = write(built.scripts, folder, scripts or {}, form)
        where = data.resolve() if data is not None else _data_of(built.spec, spec.parent)
        given = tuple(name for name in files if name in (scripts or {}))
        job = Job(built.spec, files, folder, where, synthetic, seed, whole, given, form)
        tell(f"starting {' and '.join(names)}")
        return check(job, level, probes or stack.enter_context(Probes(names, timeout)), tell)


def write(
    texts: Mapping[str, str], folder: Path, given: Mapping[str, Path], form: Form = WHOLE
) -> dict[str, Path]:
    """The script of each backend as a file: the given one, or what was just built."""
    files = {}
    for name, text in texts.items():
        files[name] = given[name].resolve() if name in given else folder / form.file(name)
        if name not in given:
            files[name].write_text(text, encoding="utf-8")
    return files


def _data_of(spec: ir.Spec, folder: Path) -> Path | None:
    path = getattr(spec.data and spec.data.source, "path", None)
    return None if path is None else (folder / path).resolve()


def check(job: Job, level: int | None, probes: Probes, tell: Tell = _untold) -> ParityReport:
    """Climb the levels until one does not pass."""
    begun = time.monotonic()
    probes.renew()
    names = tuple(job.scripts)
    versions: dict[str, str] = {}
    for name in names:
        versions |= probes.each[name].hello["versions"]
    report = ParityReport(
        job.model.name, names, versions, "", _randomness(job, probes),
        wanted=DEFAULT_LEVEL if level is None else level,
    )  # fmt: skip
    try:
        _climb(job, level, probes, report, tell)
    except ProbeFailed as error:
        report.levels.append(broken(error, len(report.levels), len(names)))
    report.seconds = time.monotonic() - begun
    return report


def _randomness(job: Job, probes: Probes) -> str:
    if not job.random:
        return ""
    givers = [name for name in job.scripts if probes.each[name].hello["draws"]]
    if not givers:
        return "dropout's masks are drawn by the probe, the same for all"
    takers = [name for name in job.scripts if name not in givers]
    titles = " and ".join(get_backend(name).title for name in takers)
    giver = get_backend(givers[0]).title
    return f"dropout's masks are {giver}'s, drawn again in {titles} (on a CPU, without XLA)"


def _climb(job: Job, wanted: int | None, probes: Probes, report: ParityReport, tell: Tell) -> None:
    level = DEFAULT_LEVEL if wanted is None else wanted
    tell("L0: the batches of the whole run")
    order = answers_of(job, probes, mode="order") if job.whole else []
    size = order[0].sizes["train"] if order else _ENOUGH
    if order and not _batches(job, order, report):
        return
    if level == 0 and order:
        return
    tell("L1 to L4: some twenty updates in float64")
    length = shortened(job, size)
    short = answers_of(job, probes, mode="train", layers=True, **length)
    if not order and not _batches(job, short, report):
        return
    size = short[0].sizes["train"]
    orders, pairs = pairs_of(job, order or short, "float64"), pairs_of(job, short, "float64")
    if level > 0:
        report.curves += _curves(pairs, level)
    ladder: list[Callable[[], list[Level]]] = [
        lambda: rungs.outputs(job, probes, pairs),
        lambda: [gradients(pair) for pair in pairs],
        lambda: [levels.update(pair) for pair in pairs],
        lambda: rungs.followed(job, probes, pairs, orders, length),
        lambda: rungs.single(job, probes, size, report),
        lambda: used(job, probes, size),
        lambda: _twin(job, probes, size, report),
        lambda: rungs.trained(job, probes),
    ]
    if wanted is None:
        report.left_out = user.costs(job, (order or short)[0].sizes)
        level = report.wanted = DEFAULT_LEVEL + (not report.left_out)
    for number, rung in enumerate(ladder[:level], start=1):
        if number in _LATER:
            tell(f"L{number}: {_LATER[number]}")
        if not _judge(report, rung()):
            return
        # Only now: a script that differs is told so without these runs.
        last = number == min(level, rungs.DECIDES)
        if last and not rungs.settle(job, probes, pairs, report, tell):
            return


def _batches(job: Job, answers: list[Answer], report: ParityReport) -> bool:
    """Judge L0, of the whole run or of a short one."""
    why = answers[0].data
    report.data = f"synthetic ({why})" if why else "the spec's own"
    return _judge(report, [levels.batches(pair) for pair in pairs_of(job, answers, "float64")])


def used(job: Job, probes: Probes, size: int) -> list[Level]:
    """L6: the scripts in use, as far as nothing is wrong with them."""
    found: list[Level] = []
    for first, *others in user.use(job, probes, size):
        found = [in_use(first, other, _softmax(job.spec)) for other in others]
        if any(level.status == "failed" for level in found):
            break
    return found


def _softmax(spec: ir.Buildable) -> tuple[str, ...]:
    """The outputs whose numbers are probabilities, one for each class."""
    found = zip(spec.model.outputs, spec.train.losses, strict=True)
    return tuple(output.name for output, each in found if each.loss.folds == "softmax")


def _twin(job: Job, probes: Probes, size: int, report: ParityReport) -> list[Level]:
    """L7: a hundred updates of the smooth twin's scripts."""
    spec, folder = twins.smooth(job.spec), job.folder / "twin"
    folder.mkdir()
    texts = {name: get_backend(name).script(spec, job.form) for name in job.scripts}
    files = write(texts, folder, {}, job.form)
    made = replace(job, spec=spec, scripts=files, folder=folder)
    assert spec.train is not None
    # The spec's own batch: training with smaller ones may be unstable and magnify rounding.
    batch = min(spec.train.batch, size)
    samples = min(size, FULL_BATCHES * batch + batch // 2)
    few = job.parameters * len(twins.KEPT) > KEPT_NUMBERS
    keep = (0, 1, twins.UPDATES) if few else twins.KEPT
    options: dict[str, Any] = {"mode": "train", "samples": samples, "batch": batch, "keep": keep}
    options["epochs"] = -(-twins.UPDATES // -(-samples // batch))
    options |= {"layers": True, "still": report.levels[2].removed, "drawn": "float32"}
    answers = answers_of(made, probes, dtype="float32", **options)
    pairs = pairs_of(job, answers, "float32", report.levels[2].idle)
    found = [twins.twin(pair, job.given) for pair in pairs]
    if all(level.status != "failed" for level in found):
        return found
    exact = pairs_of(job, answers_of(made, probes, dtype="float64", **options), "float64")
    every = zip(found, pairs, exact, strict=True)
    return [precision.of_twin(level, pair, other) for level, pair, other in every]


def _judge(report: ParityReport, found: list[Level]) -> bool:
    """Note the level: the first pair that did not pass, or the one that is worst."""
    bad = [level for level in found if not level.passed]
    worst = max(found, key=lambda one: one.worst.error / one.worst.tolerance if one.worst else 0)
    report.levels.append(bad[0] if bad else worst)
    return not bad


def _curves(pairs: list[Pair], level: int) -> list[Curve]:
    found = []
    for pair in pairs:
        title, limit = f"{pair.b.backend} against {pair.a.backend}", pair.limit("logits")
        for mode in ("train", "eval"):
            errors = layer_errors(pair.a, pair.b, mode)
            found.append(_curve(f"{title}: outputs by layer, {mode} mode", errors, limit))
        if level >= 4:
            errors = {str(s): pair.compared(f"parameter/{s}/") for s in kept(pair.a)}
            limit = pair.limit("trajectory")
            found.append(_curve(f"{title}: parameters by number of updates", errors, limit))
    return found


def _curve(title: str, errors: dict[str, float], limit: float) -> Curve:
    return Curve(title, tuple(errors), tuple(errors.values()), limit)
