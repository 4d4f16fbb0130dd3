"""L6: the scripts as a user takes them, by their flags and in processes of their own."""

from __future__ import annotations

import ast
import csv
import math
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specc.codegen.script.data import predicts_pictures
from specc.ir import Buildable
from specc.parity.case import Case, Raw
from specc.parity.client import Probes
from specc.parity.errand import Command, Errand, Ran
from specc.parity.job import Job, raw_of
from specc.parity.made import raw_samples
from specc.parity.witness import DICTATED

EPOCHS, HALF = len(DICTATED), 2
_BATCH, _FULL_BATCHES, _REST = 16, 5, 5
_PREDICTED = 3
_STILL = 1e-20
"""A learning rate: no weight changes by it, nor does a figure."""
_MOST_LAYERS = 100
_MOST_WORK, _MOST_NUMBERS = 200e6, 200e6
_MOST_PARAMETERS = 5e6


@dataclass(frozen=True)
class Used:
    """The commands of one backend's script that have run; None for those that it does not know.

    half: two epochs, or where there is no `--epochs` a second run of all. still: an epoch in which
    the weights stay what they are. resumed: what goes on
    after them. checked: an evaluation of the best epoch on the validation part. tested: one of the
    reference's best epoch on the test part. predicted: a prediction from the same weights.
    """

    backend: str
    batch: int
    whole: Ran
    half: Ran
    still: Ran | None = None
    resumed: Ran | None = None
    checked: Ran | None = None
    tested: Ran | None = None
    predicted: Ran | None = None

    def with_(self, ran: Ran) -> Used:
        """The same and one more command, at the place that its record is named after."""
        return Used(**{**vars(self), Path(ran.command.record).name: ran})

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        size: int = self.whole.record.get("sizes", {}).get("train", 0)
        return -(-size // self.batch)


def costs(job: Job, sizes: Mapping[str, int]) -> str:
    """Why this level is not for a network unless somebody asks; empty where it is cheap.

    It trains for eight epochs of some ninety samples in each framework, and six processes read the
    data.
    """
    from specc.summary import summarize

    work, numbers = summarize(job.spec).macs, sum(sizes.values()) * _numbers(job.spec)
    if len(job.model.nodes) > _MOST_LAYERS:
        return f"the network has {len(job.model.nodes)} layers"
    if job.parameters > _MOST_PARAMETERS:
        return f"the network has {job.parameters / 1e6:.0f} million parameters"
    if work > _MOST_WORK:
        return f"a sample takes {work / 1e6:.0f} million multiplications"
    if numbers > _MOST_NUMBERS:
        return f"each process would read {numbers / 1e6:.0f} million numbers"
    return ""


def _numbers(spec: Buildable) -> int:
    """Numbers in a sample."""
    sizes: list[int] = [math.prod(each.shape) for each in spec.model.inputs]
    return sum(sizes)


def use(job: Job, probes: Probes, size: int) -> Iterator[list[Used]]:
    """Run the scripts as a user does; what has run so far, after each part of it. size: of the part
    to train on."""
    batch = _BATCH if size >= 2 * _BATCH else max(2, size // 4)
    plans = {name: Plan(job, name, batch, size) for name in job.scripts}
    trained = probes.launch({name: plan.trainings() for name, plan in plans.items()})
    found = {name: Used(name, batch, *ran) for name, ran in trained.items()}
    yield list(found.values())
    sample = _sample(job.spec, raw_of(job.spec), job.folder)
    reference = next(iter(found.values())).whole.out
    for errands in (
        {name: plan.its_own(found[name]) for name, plan in plans.items()},
        {name: plan.of_reference(reference, sample) for name, plan in plans.items()},
    ):
        some = {name: errand for name, errand in errands.items() if errand.commands}
        for name, each in probes.launch(some).items():
            for ran in each:
                found[name] = found[name].with_(ran)
        if some:
            yield list(found.values())


class Plan:
    """The commands of one script."""

    def __init__(self, job: Job, backend: str, batch: int, size: int) -> None:
        assert job.spec.train is not None
        self.folder = job.folder / backend / "in-use"
        self.folder.mkdir(parents=True)
        first = job.spec.train.seed if job.seed is None else job.seed
        # Not the spec's own seed, which a script may have been given by heart.
        samples = min(size, _FULL_BATCHES * batch + min(_REST, batch - 1))
        self.case = Case(
            script=str(job.scripts[backend]), folder=str(self.folder), dtype="float32",
            samples=samples, batch=batch, seed=first + 1,
            data=None if job.data is None else str(job.data), raw=raw_of(job.spec),
            synthetic=job.synthetic,
        )  # fmt: skip
        self.draws, self.flags = job.random, flags(job.scripts[backend])

    def words(self, **given: object) -> tuple[str, ...]:
        """Flags of the script, those of every command first."""
        case = self.case
        every = {"data": case.data, "batch_size": case.batch, "seed": case.seed, "device": "cpu"}
        found: list[str] = []
        for name, value in {**every, **given}.items():
            if name in self.flags and value is not None:
                found += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
        return tuple(found)

    def command(
        self, record: str, name: str, out: Path, *, validation: bool = False, **given: object
    ) -> Command:
        words = self.words(out=out, **given)
        epochs = given.get("epochs")
        assert epochs is None or isinstance(epochs, int)
        where = str(self.folder / "seen" / record)
        return Command(name, words, str(out), where, epochs, validation)

    def errand(self, *commands: Command) -> Errand:
        return Errand(self.case, commands)

    def trainings(self) -> Errand:
        """All epochs at once, and the first two; of a script without flags all of them twice. Then
        one whose weights stay, where no dropout keeps figures of both frameworks apart."""
        half = HALF if "epochs" in self.flags else EPOCHS
        commands = [
            self.command(record, f"with `--epochs {epochs}`", self.folder / record, epochs=epochs)
            for record, epochs in (("whole", EPOCHS), ("half", half))
        ]
        if not self.draws and "learning_rate" in self.flags:
            name, out = f"with `--learning-rate {_STILL:g}`", self.folder / "still"
            commands.append(self.command("still", name, out, epochs=1, learning_rate=_STILL))
        return self.errand(*commands)

    def its_own(self, used: Used) -> Errand:
        """Going on after two epochs, and a look at what is kept of the best one."""
        whole, half = used.whole, used.half
        commands, out = [], self.folder / "resumed"
        if {"resume", "epochs"} <= self.flags:
            shutil.copytree(half.out, out)
            commands.append(
                self.command("resumed", "with `--resume`", out, epochs=EPOCHS, resume=True)
            )
        if "evaluate" in self.flags and whole.record.get("sizes", {}).get("validation"):
            name = "with `--evaluate`"
            commands.append(
                self.command("checked", name, whole.out, validation=True, evaluate=True)
            )
        return self.errand(*commands)

    def of_reference(self, out: Path, sample: Path | None) -> Errand:
        """What the same weights say in every framework."""
        commands = []
        if "evaluate" in self.flags:
            commands.append(self.command("tested", "with `--evaluate`", out, evaluate=True))
        if "predict" in self.flags and sample is not None:
            commands.append(self.command("predicted", "with `--predict`", out, predict=sample))
        return self.errand(*commands)


def flags(script: Path) -> frozenset[str]:
    """The fields of a script's Config, which are its flags; none where it has no Config."""
    try:
        body = ast.parse(script.read_bytes()).body
    except (SyntaxError, ValueError):
        return frozenset()
    fields = [
        each.target.id
        for found in body
        if isinstance(found, ast.ClassDef) and found.name == "Config"
        for each in found.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]
    return frozenset(fields)


def _sample(spec: Buildable, raw: Raw, folder: Path) -> Path | None:
    """A file to predict of; None where nobody says what it would hold."""
    inputs = raw_samples(raw, "predicted", _PREDICTED)[0]
    if predicts_pictures(spec):
        return _picture(spec.model.inputs[0].shape, folder)
    arrays = {raw.fed.get(name, name): array for name, array in inputs.items()}
    file = folder / f"sample{spec.data.source.samples_in}"
    if file.suffix == ".npz":
        np.savez(file, allow_pickle=False, **arrays)
    elif file.suffix == ".csv":
        rows = np.concatenate([array.reshape(_PREDICTED, -1) for array in arrays.values()], axis=1)
        columns = [column for names in arrays if names for column in names.split(", ")]
        columns += [f"column{n}" for n in range(len(columns), rows.shape[1])]
        with file.open("w", newline="", encoding="utf-8") as lines:
            csv.writer(lines).writerows([columns, *rows.tolist()])
    else:
        return None
    return file


def _picture(shape: tuple[int, ...], folder: Path) -> Path:
    """A picture that has to be made smaller, in a form that needs no library."""
    height, width, channels = 2 * shape[0], 2 * shape[1], shape[2]
    rng = np.random.Generator(np.random.Philox(key=[29, width]))
    x = rng.integers(0, 256, (height, width, channels), np.uint8)
    kind = "P5" if channels == 1 else "P6"
    file = folder / f"sample.{'pgm' if channels == 1 else 'ppm'}"
    file.write_bytes(f"{kind} {width} {height} 255\n".encode() + x.tobytes())
    return file
