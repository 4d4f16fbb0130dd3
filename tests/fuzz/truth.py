"""What a script computes beside itself: with a bug in it, or with other rounding.

Whether an edit is a bug in a network, and whether two scripts part by rounding alone, is measured
and not listed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from fuzz.bench import Bench, Trial
from specc.parity import gradient, levels
from specc.parity.case import Answer
from specc.parity.pair import Pair
from specc.parity.report import Check
from specc.parity.tolerances import table
from specc.parity.trajectory import trajectory

ROUNDED = """

from torch.utils._python_dispatch import TorchDispatchMode as _Mode


class _Rounded(_Mode):
    def __init__(self):
        super().__init__()
        self.random = torch.Generator().manual_seed(11)

    def __torch_dispatch__(self, function, types, args=(), options=None):
        made = function(*args, **(options or {}))
        given = {id(each) for each in args}
        for each in made if isinstance(made, tuple | list) else [made]:
            if isinstance(each, torch.Tensor) and each.dtype == torch.float64:
                if id(each) not in given and each._base is None and not function.is_view:
                    sign = torch.randint(-1, 2, each.shape, generator=self.random)
                    each.mul_(1 + 2.0**-52 * sign)
        return made


_exact = train_model


def train_model(GIVEN):
    with _Rounded():
        return _exact(GIVEN)
"""
"""The end of a script of PyTorch in which each operation, forwards and backwards, is wrong by one
unit in the last place or right."""
NUDGED = """

_exact_batch = make_batch


def make_batch(part, WHICH, scale):
    inputs, targets = _exact_batch(part, WHICH, scale)
    moved = np.random.default_rng(11)

    def nudged(x):
        steps = moved.integers(-1, 2, x.shape)
        if not isinstance(x, np.ndarray):  # a tensor
            return x.double() * (1 + 2.0**-50 * torch.from_numpy(steps))
        return x if x.dtype.kind != "f" else x * (1 + 2.0**-50 * steps)

    return {name: nudged(x) for name, x in inputs.items()}, targets
"""
"""The end of a whole script whose inputs are moved by some units in the last place."""
_WHICH = re.compile(r"^def make_batch\(part: \w+, (\w+):", re.MULTILINE)
"""What a script calls the samples that a batch is made of."""
_GIVEN = re.compile(r"^def train_model\((.*?)\)", re.MULTILINE)


def answer(trial: Trial, script: str) -> Answer | None:
    """What was computed of a script."""
    known = hashlib.sha1(script.encode()).hexdigest()
    return next((a for (text, _), (a, _) in trial.store.answers.items() if text == known), None)


def checks(one: Answer, other: Answer) -> Iterator[Check]:
    """All that levels 1 to 4 compare, of two answers."""
    for judge in (levels.outputs, gradient.gradients, levels.update):
        yield from judge(Pair(one, other, table("float64"))).checks
    pair = Pair(one, other, table("float64"))
    yield from trajectory(pair, pair).checks


def apart(trial: Trial, planted: str, backend: str) -> float:
    """How far a script with an edit is from the one without, in tolerances; 0 where no number of
    its own is another one, to the last bit."""
    one, other = (
        answer(trial, trial.job.scripts[backend].read_text("utf-8")),
        answer(trial, planted),
    )
    if one is None or other is None:
        return float("inf")
    if one.batches != other.batches:
        return float("inf")
    return max((each.error / each.tolerance for each in checks(one, other)), default=0.0)


def rounding(bench: Bench, trial: Trial) -> float:
    """Which part of the distance that was found a script has from itself: PyTorch's, once each of
    its operations rounds another way, or Keras's, once its inputs do."""
    failed = trial.report.failed
    if failed is None or failed.broken:
        return 0.0
    wrong = {each.what: each.error for each in failed.checks if not each.passed}
    added = {"torch": ROUNDED}
    if not trial.job.form.lean:  # a lean script has no function that makes its batches
        added = {"torch": NUDGED + ROUNDED, "keras": NUDGED}
    share = 0.0
    for backend, more in added.items():
        text = trial.job.scripts[backend].read_text("utf-8")
        moved = ended(text, more)
        bench.edited(trial, backend, moved)
        one, other = answer(trial, text), answer(trial, moved)
        if one is not None and other is not None:
            own = {each.what: each.error for each in checks(one, other)}
            of = [own.get(what, 0.0) / error for what, error in wrong.items()]
            share = max(share, min(of, default=0.0))
    return share


def ended(text: str, more: str) -> str:
    """The script with some more lines before it runs."""
    found = _GIVEN.search(text)
    assert found is not None
    more = more.replace("def train_model(GIVEN)", found[0])
    if which := _WHICH.search(text):
        more = more.replace("WHICH", which[1])
    more = more.replace("GIVEN", found[1].partition(":")[0])
    start = text.find('\nif __name__ == "__main__"')
    return text[:start] + more + text[start:]
