"""L6: what the scripts say with `--evaluate` and `--predict`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np

from specc.parity.case import Array
from specc.parity.errand import INFERRED, Ran
from specc.parity.findings import Findings, apart, farthest
from specc.parity.histories import figures_of
from specc.parity.keeping import best_epoch
from specc.parity.report import Difference
from specc.parity.tolerances import IN_USE
from specc.parity.user import Used

_NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]\d+)?")


def checked(used: Used) -> Difference | None:
    """The best epoch's weights, evaluated on the validation part, give its row of the history."""
    ran, whole = used.checked, used.whole
    assert ran is not None
    rows, figures = figures_of(whole), (ran.record.get("figures") or [{}])[-1]
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


def evaluations(found: Findings, first: Used, other: Used) -> None:
    """Both evaluate the reference's best epoch on the test part."""
    one, two = first.tested, other.tested
    if one is None or two is None:
        return
    names, sizes = (first.backend, other.backend), (_said_samples(one), _said_samples(two))
    wanted = {
        names[0]: sizes[0],
        names[1]: sizes[1],
        "the test part": one.record.get("sizes", {}).get("test"),
    }
    told = {name: float(size) for name, size in wanted.items() if size is not None}
    cause = "`--evaluate` takes another part of the data"
    unequal = len(set(told.values())) > 1
    found.equal("test part", [apart("number of", "samples", cause, told)] if unequal else [])
    a, b = ((ran.record.get("figures") or [{}])[-1] for ran in (one, two))
    cause = "the same weights give other figures of the test part with `--evaluate`"
    found.near("evaluation, both", IN_USE["figures"], farthest("test part,", a, b, names, cause))
    shown = [_shown(used.backend, ran) for used, ran in ((first, one), (other, two))]
    found.equal("printed figures", shown)


# Predicting.


def predictions(found: Findings, first: Used, other: Used, softmax: tuple[str, ...]) -> None:
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
