"""L6: histories, best and last epochs, resuming, evaluating and predicting are as they must be."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from specc.parity.case import Array
from specc.parity.errand import BEGUN, INFERRED, Ran, of_epoch
from specc.parity.findings import Findings, apart, farthest, unlike, weights
from specc.parity.report import Difference, Level
from specc.parity.tolerances import IN_USE
from specc.parity.user import EPOCHS, HALF, Used

TITLE = "in use"
_NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]\d+)?")


def in_use(
    first: Used, other: Used, *, random: bool, softmax: tuple[str, ...], left_out: str = ""
) -> Level:
    """The verdict on a script and the reference. random: whether the network draws numbers.
    softmax: the outputs whose numbers are probabilities of classes."""
    found = Findings()
    both = (first, other)
    found.equal("histories", (each for used in both for each in _histories(used)))
    found.equal("histories, both", [_columns(first, other)])
    found.equal("beginning", [_beginning(first, other)])
    found.equal("a second run", [_repeated(used) for used in both])
    found.equal("best and last epoch", (each for used in both for each in kept(used)))
    found.equal("resuming", (each for used in both for each in resumed(used)))
    for used in both:
        if used.checked is not None:
            found.near(f"the best epoch, {used.backend}", IN_USE["figures"], _checked(used))
    if not random:
        found.near("figures, both", IN_USE["trained"], _trained(first, other))
    _evaluations(found, first, other)
    _predictions(found, first, other, softmax)
    checks = tuple(found.checks)
    still = [used.backend for used in both if not _moves(used)]
    note = f"{EPOCHS} epochs, and {HALF} with a second run behind them"
    note = "; ".join(filter(None, (note, left_out)))
    if found.first is not None:
        return Level(6, TITLE, "failed", checks, note, found.first)
    if still:
        why = f"the weights of {still[0]} are the same after two epochs: no epoch is the best"
        return Level(6, TITLE, "did not run", checks, why)
    return Level(6, TITLE, "passed", checks, note, None, "the weights move in each epoch")


def _moves(used: Used) -> bool:
    epochs = [used.whole.tensors(of_epoch(n + 1)) for n in range(EPOCHS)]
    pairs = zip(epochs, epochs[1:], strict=False)
    return all(
        one is None or next_ is None or unlike("", weights(one), weights(next_), ("", ""), "")
        for one, next_ in pairs
    )


def _rows(ran: Ran) -> list[dict[str, float]]:
    """The figures of the epochs without the one that was given: of a run that says no more, those
    of its history."""
    return ran.record.get("rows") or ran.history


def watched(row: Mapping[str, float]) -> str:
    """The figure by which the best epoch is chosen."""
    return "val_loss" if "val_loss" in row else "loss"


# The history of a training.


def _histories(used: Used) -> Iterator[Difference | None]:
    for ran in (used.whole, used.half):
        yield _history(used, ran)


def _history(used: Used, ran: Ran) -> Difference | None:
    asked, rows, seen = ran.command.epochs or 0, ran.history, ran.record.get("rows", [])
    place = f"history {ran.command.name},"
    if len(rows) != asked:
        trained = len(seen) or len(rows)
        cause = "a row is lost or added on the way to the file"
        if trained != asked:
            cause = "more or fewer epochs are trained than `--epochs` says"
        return apart(place, "epochs", cause, {used.backend: len(rows), "asked": asked})
    for number, row in enumerate(rows, start=1):
        if row.get("epoch", number) != number:
            values = {used.backend: row["epoch"], "counted": number}
            return apart(place, "epoch", "the epochs are counted in another way", values)
        told = {**seen[number - 1], watched(row): row[watched(row)]} if seen else {}
        for name in told:
            if told[name] != row.get(name) and not _no_number(told[name], row.get(name)):
                values = {"the epoch": told[name], "history.json": row.get(name, math.nan)}
                cause = f"history.json does not hold what epoch {number} gave"
                return apart(f"epoch {number} {ran.command.name},", name, cause, values)
    return _table(ran)


def _no_number(one: float, other: float | None) -> bool:
    """JSON has no NaN: what is no number is null."""
    return not math.isfinite(one) and other is None


def _table(ran: Ran) -> Difference | None:
    """history.csv must say what history.json says, where there is one."""
    file = ran.out / "history.csv"
    if not file.exists():
        return None
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    said = [{name: float(value) for name, value in row.items()} for row in rows]
    if said == ran.history or any(None in row.values() for row in ran.history):
        return None
    return apart("history", "history.csv", "it holds other rows than history.json")


def _columns(first: Used, other: Used) -> Difference | None:
    ones, others = ([list(row) for row in used.whole.history] for used in (first, other))
    if ones != others:
        a, b = ones[:1] or [[]], others[:1] or [[]]
        odd = sorted(set(a[0]) ^ set(b[0]))
        cause = "only one of both histories has it" if odd else "the figures are in another order"
        return apart("column of the history", odd[0] if odd else "history.json", cause)
    for name in ("data.json",):
        if first.whole.json(name) != other.whole.json(name):
            cause = "other names of classes, or another scaling, are kept for a prediction"
            return apart("file", name, cause)
    return None


def _beginning(first: Used, other: Used) -> Difference | None:
    """Both scripts begin with the same weights and take the same batches."""
    names = first.backend, other.backend
    ones, others = (used.whole.tensors(BEGUN) for used in (first, other))
    if ones is not None and others is not None:
        cause = "other weights are drawn: is `--seed` used?"
        found = unlike("beginning,", weights(ones), weights(others), names, cause)
        if found is not None:
            return found
    for epoch in range(1, EPOCHS + 1):
        a, b = (_batches(used, used.whole, epoch) for used in (first, other))
        if a and b and a != b:
            cause = "another order of the samples, or other samples: is `--seed` used?"
            return apart(f"batches of epoch {epoch}", "train", cause)
    return None


def _batches(used: Used, ran: Ran, epoch: int) -> list[Any]:
    """Hashes of the batches of an epoch; before them a script may look at the first one."""
    found = ran.record.get("batches", {}).get(str(epoch), [])
    return found[-used.steps :] if used.steps else []


def _repeated(used: Used) -> Difference | None:
    """What both runs have trained is the same to the last bit."""
    cause = "the same command gives other numbers: something is drawn that no seed decides"
    return _unlike_runs(used, used.whole, used.half, range(1, len(used.half.history) + 1), cause)


def _unlike_runs(used: Used, one: Ran, other: Ran, epochs: range, cause: str) -> Difference | None:
    """The first figure or weight in which two runs of a script differ."""
    names = f"{used.backend} {one.command.name}", f"{used.backend} {other.command.name}"
    for epoch in epochs:
        ones, others = one.history[epoch - 1], other.history[epoch - 1]
        for name in ones:
            if ones[name] != others.get(name):
                values = dict(zip(names, (ones[name], others.get(name, math.nan)), strict=True))
                return apart(f"epoch {epoch},", name, cause, values)
        a, b = one.tensors(of_epoch(epoch)), other.tensors(of_epoch(epoch))
        if a is not None and b is not None:
            found = unlike(f"after epoch {epoch},", a, b, names, cause)
            if found is not None:
                return found
    return None


# What a training leaves.


def kept(used: Used) -> Iterator[Difference | None]:
    """The checkpoint of each epoch holds its weights; the best file those of the best one."""
    whole = used.whole
    begun, first = whole.tensors(BEGUN), whole.tensors(of_epoch(1))
    if begun and first and not unlike("", weights(begun), weights(first), ("", ""), ""):
        cause = "last.* holds the weights of the epoch before"
        yield apart(f"{used.backend}, checkpoint of", "epoch 1", cause)
        return
    if whole.best is not None and whole.history:
        yield _best(used, whole)
    if found := re.search(r"^best epoch +(\d+)", whole.printed, re.MULTILINE):
        wanted = best_epoch(whole)
        if int(found[1]) != wanted:
            values = {"printed": float(found[1]), "history.json": float(wanted)}
            cause = "it says another epoch than the one with the least figure"
            yield apart(f"{used.backend}, best epoch", "stdout", cause, values)


def best_epoch(ran: Ran) -> int:
    """The first epoch with the least figure."""
    figures = [row[watched(row)] for row in ran.history]
    return figures.index(min(figures)) + 1


def _best(used: Used, ran: Ran) -> Difference | None:
    """best.safetensors holds the weights of the epoch with the least figure."""
    wanted, figures = best_epoch(ran), [row[watched(row)] for row in ran.history]
    epochs = {n + 1: ran.tensors(of_epoch(n + 1)) for n in range(len(figures))}
    of = [n for n, a in epochs.items() if a and ran.best and not _differ(ran.best, weights(a))]
    if wanted in of or epochs[wanted] is None:
        return None
    name = watched(ran.history[0])
    place = f"{used.backend} {ran.command.name}, epoch of"
    if not of:
        return apart(place, "best.safetensors", "it holds the weights of no epoch")
    cause = f"the weights of epoch {of[0]} are kept, though `{name}` chooses another one"
    if figures[of[0] - 1] == figures[wanted - 1]:
        cause = f"a later epoch with the same `{name}` is kept: `<=` in place of `<`"
    elif figures[of[0] - 1] == max(figures):
        cause = f"the epoch with the largest `{name}` is kept, not the one with the least"
    elif of[0] == len(figures):
        cause = "the last epoch is kept as the best, whatever its figure"
    return apart(place, "best.safetensors", cause, {"it": of[0], "history.json": wanted})


def _differ(ones: Mapping[str, Array], others: Mapping[str, Array]) -> bool:
    return unlike("", ones, others, ("", ""), "") is not None


def resumed(used: Used) -> Iterator[Difference | None]:
    """Two epochs and a resume are the run that was not interrupted, bit for bit."""
    ran, whole = used.resumed, used.whole
    if ran is None:
        return
    if len(ran.history) != len(whole.history):
        values = {used.backend: len(ran.history), "without": len(whole.history)}
        cause = "going on loses rows of the history, or adds some"
        yield apart("history with `--resume`,", "epochs", cause, values)
        return
    before, begun = used.half.tensors(of_epoch(HALF)), ran.tensors(BEGUN)
    if before is not None and begun is not None:
        names = f"last-{HALF:05}.safetensors", f"{used.backend} with `--resume`"
        cause = "it is not put back: going on begins without it"
        yield unlike("after `--resume`,", before, begun, names, cause)
    for epoch in range(HALF + 1, EPOCHS + 1):
        a, b = (_batches(used, each, epoch) for each in (whole, ran))
        if a != b:
            cause = "going on takes another order of the samples than the run without a break"
            yield apart(f"{used.backend} with `--resume`, batches of epoch {epoch}", "train", cause)
            return
    steps = whole.record.get("steps"), ran.record.get("steps")
    if steps[0] and steps[1] and steps[0][-1] != steps[1][-1]:
        values = {"without": steps[0][-1], "with `--resume`": steps[1][-1]}
        yield apart(f"{used.backend}, last.json", "step", "another number of updates", values)
    cause = (
        "the same weights and samples give other numbers after `--resume`: the optimizer's number"
        " of updates, its learning rate, or random numbers that the epoch does not seed"
    )
    yield _unlike_runs(used, whole, ran, range(1, EPOCHS + 1), cause)
    if ran.best is not None and whole.best is not None and _differ(whole.best, ran.best):
        cause = "going on forgets the best epoch so far"
        yield _best(used, ran) or apart("after `--resume`,", "best.safetensors", cause)


# Evaluating.


def _checked(used: Used) -> Difference | None:
    """The best epoch's weights, evaluated on the validation part, give its row of the history."""
    ran, whole = used.checked, used.whole
    assert ran is not None
    rows, figures = _rows(whole), (ran.record.get("figures") or [{}])[-1]
    names = f"{used.backend} {ran.command.name}", "its history"
    size, said = whole.record["sizes"]["validation"], _said_samples(ran)
    if said is not None and said != size:
        values = dict(zip(names, (said, size), strict=True))
        cause = "`--evaluate` takes another part of the data"
        return apart("number of", "samples", cause, values, error=math.inf)
    if not figures or not rows:
        return None
    wanted = best_epoch(whole)
    found = farthest(
        f"epoch {wanted},", _validation(rows[wanted - 1]), figures, (names[1], names[0]),
        "the best weights do not give the figures of their epoch: other weights, or another mean",
    )  # fmt: skip
    limit = IN_USE["figures"].limit
    if found is not None and found.error > limit:
        for number, row in enumerate(rows, start=1):
            again = farthest("", _validation(row), figures, names, "")
            if again is not None and again.error <= limit:
                cause = f"`--evaluate` takes the weights of epoch {number}, not of the best one"
                return apart(found.quantity, found.tensor, cause, found.values, error=found.error)
    return found or _shown(used.backend, ran)


def _validation(row: Mapping[str, float]) -> dict[str, float]:
    return {n.removeprefix("val_"): v for n, v in row.items() if n.startswith("val_")}


def _said_samples(ran: Ran) -> int | None:
    found = re.search(r"^test +([\d,]+) samples", ran.printed, re.MULTILINE)
    return int(found[1].replace(",", "")) if found else None


def _shown(backend: str, ran: Ran) -> Difference | None:
    """What an evaluation prints are the figures that it has computed."""
    figures = (ran.record.get("figures") or [{}])[-1]
    printed = _NUMBER.findall(ran.printed.rpartition("samples")[2])
    for (name, value), text in zip(figures.items(), printed, strict=False):
        if abs(float(text) - value) > 1.01 * _unit(text):
            values = {"printed": float(text), "computed": value}
            cause = "it prints another number than it has computed"
            return apart(f"{backend} {ran.command.name},", name, cause, values, error=math.inf)
    return None


def _unit(number: str) -> float:
    """Of the last printed digit."""
    mantissa, _, power = number.partition("e")
    return 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))


def _trained(first: Used, other: Used) -> Difference | None:
    """Without dropout both histories are the same, but for what float32 costs."""
    names, worst = (first.backend, other.backend), None
    cause = "the figures of the epoch are other means, or the trainings part"
    for number, rows in enumerate(zip(_rows(first.whole), _rows(other.whole), strict=False), 1):
        found = farthest(f"epoch {number},", *rows, names, cause)
        if found is not None and (worst is None or found.error > worst.error):
            worst = found
    return worst


def _evaluations(found: Findings, first: Used, other: Used) -> None:
    """Both evaluate the reference's best epoch on the test part."""
    one, two = first.tested, other.tested
    if one is None or two is None:
        return
    names, sizes = (first.backend, other.backend), (_said_samples(one), _said_samples(two))
    wanted = {names[0]: sizes[0], names[1]: sizes[1], "the test part": one.record["sizes"]["test"]}
    told = {name: float(size) for name, size in wanted.items() if size is not None}
    cause = "`--evaluate` takes another part of the data"
    unequal = len(set(told.values())) > 1
    found.equal("test part", [apart("number of", "samples", cause, told)] if unequal else [])
    figures = [(ran.record.get("figures") or [{}])[-1] for ran in (one, two)]
    cause = "the same weights give other figures of the test part with `--evaluate`"
    found.near(
        "evaluation, both", IN_USE["figures"], farthest("test part,", *figures, names, cause)
    )
    shown = [_shown(used.backend, ran) for used, ran in ((first, one), (other, two))]
    found.equal("printed figures", shown)


# Predicting.


def _predictions(found: Findings, first: Used, other: Used, softmax: tuple[str, ...]) -> None:
    one, two = first.predicted, other.predicted
    if one is None or two is None:
        return
    names, ones, others = (
        (first.backend, other.backend),
        one.tensors(INFERRED),
        two.tensors(INFERRED),
    )
    if ones is not None and others is not None:
        sums = [_sums(name, arrays, softmax)
                for name, arrays in zip(names, (ones, others), strict=True)]  # fmt: skip
        found.equal("probabilities", sums)
        worst = _farthest_of(ones, others, names)
        found.near("prediction, both", IN_USE["predictions"], worst)
    found.equal("printed prediction", [_unlike_words(one, two, names)])


def _sums(backend: str, arrays: Mapping[str, Array], softmax: tuple[str, ...]) -> Difference | None:
    for output in softmax:
        for row, total in enumerate(arrays[output].sum(axis=-1) if output in arrays else ()):
            if abs(total - 1) > IN_USE["predictions"].limit:
                values = {backend: float(total), "probabilities": 1.0}
                cause = (
                    "the numbers are no probabilities: the softmax is missing, or it is there twice"
                )
                return apart("sum of the prediction,", output, cause, values, (row,))
    return None


def _farthest_of(
    ones: Mapping[str, Array], others: Mapping[str, Array], names: tuple[str, str]
) -> Difference | None:
    worst = None
    cause = (
        "the same weights say something else of the same sample: not in eval mode, another scaling"
        " of the inputs, or another activation at the end"
    )
    for output in {**ones, **others}:
        a, b = (arrays.get(output, np.zeros(0)) for arrays in (ones, others))
        if a.shape != b.shape:
            return apart("prediction,", output, "only one script predicts it", error=math.inf)
        index = np.unravel_index(np.abs(a - b).argmax(), a.shape) if a.size else ()
        one, other = float(a[index]), float(b[index])
        error = abs(one - other) / max(1.0, float(np.abs(a).max(initial=0)))
        error = error if math.isfinite(error) else math.inf
        if worst is None or error > worst.error:
            values = dict(zip(names, (one, other), strict=True))
            worst = apart("prediction,", output, cause, values, tuple(map(int, index)), error)
    return worst


def _unlike_words(one: Ran, two: Ran, names: tuple[str, str]) -> Difference | None:
    """Both print the same names with the same numbers, but for the last digit."""
    first, other = (_words(ran.printed) for ran in (one, two))
    for key in {**first, **other}:
        numbers = first.get(key), other.get(key)
        if None in numbers and not _near_the_end(key, first, other):
            cause = "other names of classes, in another order, or printed in another form"
            return apart("printed prediction", key, cause, {
                name: float(found[0]) for name, found in zip(names, numbers, strict=True) if found
            })  # fmt: skip
        for a, b in zip(numbers[0] or (), numbers[1] or (), strict=False):
            if abs(float(a) - float(b)) > 1.01 * max(_unit(a), _unit(b)):
                values = dict(zip(names, (float(a), float(b)), strict=True))
                cause = "another name stands beside the number: the classes are in another order"
                return apart("printed prediction", key, cause, values)
    return None


def _words(printed: str) -> dict[str, list[str]]:
    """The numbers of each line by the words in it."""
    found: dict[str, list[str]] = {}
    for line in printed.splitlines():
        key = " ".join(_NUMBER.sub("", line).split())
        found.setdefault(key, []).extend(_NUMBER.findall(line))
    return found


def _near_the_end(key: str, *sides: Mapping[str, list[str]]) -> bool:
    """Whether a line is the last of a list that shows the largest numbers only, by rounding."""
    (only,) = (side for side in sides if key in side)
    (rest,) = (side for side in sides if key not in side)
    least = [float(numbers[-1]) for numbers in rest.values() if numbers]
    if not only[key] or not least:
        return False
    return abs(float(only[key][-1]) - min(least)) <= 1.01 * _unit(only[key][-1])
