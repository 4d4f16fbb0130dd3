"""Everything that is done with the network of a seed."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from fuzz import bugs, truth
from fuzz.bench import LEVEL, Bench, Refused, Trial
from fuzz.network import Drawn, network
from fuzz.verdict import PROVEN, Verdict
from specc.codegen.script.form import LEAN, WHOLE, Form
from specc.registry import every, known

DRAWN = ("layer", "loss", "optimizer", "metric", "initializer", "scaling", "source")
_OWN = "class RunError"
"""Where that part of a whole script begins that is the same in all."""
_SHARE = 0.01
"""A hundredth of the distance: what rounding moves one script by is only about what it moves both
apart by."""
_EDITS = 3
_WORD = re.compile(r"\b[A-Za-z]\w*")
_SEMANTICS = Path(__file__).parents[2] / "docs" / "semantics.md"


@dataclass
class Outcome:
    """A line of the log."""

    seed: int
    kind: str
    detail: str = ""
    form: str = "whole"
    text: str = ""
    words: list[str] = field(default_factory=list)
    turned_down: list[str] = field(default_factory=list)
    bugs: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    def json(self) -> dict[str, Any]:
        return asdict(self)


@cache
def signs() -> dict[str, tuple[str, ...]]:
    """By the name of each thing that is drawn, what shows that a spec has it: its name, or what is
    written in the place of that."""
    return {
        cls.word(): (cls.word(), *(c.text for c in cls.cases if cls.word() not in c.text))
        for category in DRAWN
        for cls in every(category)
    }


def occurring(text: str) -> list[str]:
    """The names of the registry's things in a spec."""
    found = set(_WORD.findall(text))
    return [name for name, shown in signs().items()
            if shown[0] in found or any(each in text for each in shown[1:])]  # fmt: skip


def form_of(seed: int) -> Form:
    return LEAN if Random(f"form {seed}").random() < 0.2 else WHOLE


def examine(seed: int, bench: Bench) -> Outcome:
    """Draw, check, build, compare, and plant a bug."""
    begun, form = time.monotonic(), form_of(seed)
    found = Outcome(seed, PROVEN, form="lean" if form.lean else "whole")
    try:
        drawn = network(seed)
        found.text, found.turned_down = drawn.text, drawn.turned_down
        found.words = occurring(drawn.text)
        _compare(found, drawn, form, bench)
    except Refused as refused:
        found.kind, found.detail = "refused", str(refused)
    except Exception:
        found.kind, found.detail = "traceback", traceback.format_exc()[-1500:]
    found.seconds = round(time.monotonic() - begun, 2)
    return found


def _compare(found: Outcome, drawn: Drawn, form: Form, bench: Bench) -> None:
    trial = bench.trial(drawn.text, form)
    result = judged(bench, trial, drawn.text)
    found.kind, found.detail = result.kind, result.detail
    if result.kind == PROVEN:
        found.bugs = plant(Random(f"bug {drawn.seed}"), bench, trial)


def undecided(text: str) -> str:
    """The spec with a smooth function in the place of each layer of which docs/semantics.md says
    that its gradient stays different at a point."""
    words = "|".join(different())
    return re.sub(rf"\b(?:{words})\b(\([^()]*\))?|\b(?:{words.lower()})\b", _smooth, text)


def _smooth(found: re.Match[str]) -> str:
    return "SiLU" if found[0][0].isupper() else "silu"


@cache
def different() -> tuple[str, ...]:
    lines = _SEMANTICS.read_text("utf-8").partition("## What stays different")[2].splitlines()
    said = " ".join(line for line in lines if line.startswith("- The gradient of "))
    return tuple(word for word in known("layer") if f"`{word}`" in said)


def judged(bench: Bench, trial: Trial, text: str) -> Verdict:
    """The verdict; of what differs, whether that is rounding."""
    result = trial.verdict
    if not result.kind.startswith("differs"):
        return result
    share = truth.rounding(bench, trial)
    if share < _SHARE and (other := undecided(text)) != text:
        found = bench.trial(other, trial.job.form).verdict
        if not found.kind.startswith("differs"):
            return Verdict("documented", result.detail, result.level)
    if share < _SHARE:
        return Verdict(result.kind, f"{result.detail}; rounding: {share:.1e} of it", result.level)
    kind = "chaos" if result.level == 4 else "rounding"
    return Verdict(kind, f"{result.detail}; rounding: {share:.1e} of it", result.level)


def plant(random: Random, bench: Bench, trial: Trial) -> list[dict[str, Any]]:
    """Bugs until one is caught or missed: what they were and what became of them."""
    scripts = {name: path.read_text("utf-8") for name, path in trial.job.scripts.items()}
    heads = {n: text.find(_OWN) if _OWN in text else len(text) for n, text in scripts.items()}
    found: list[dict[str, Any]] = []
    for bug in bugs.planted(random, scripts, heads):
        found.append(_found(bench, trial, bug))
        if len(found) == _EDITS or found[-1]["found"] in ("caught", "missed"):
            break
    return found


def _found(bench: Bench, trial: Trial, bug: bugs.Planted) -> dict[str, Any]:
    said = {"kind": bug.kind, "backend": bug.backend, "before": bug.before, "after": bug.after}
    report = bench.edited(trial, bug.backend, bug.script)
    failed = report.failed
    if failed is not None and failed.broken:
        return {**said, "found": "crashes"}
    if failed is not None:
        return {**said, "found": "caught", "level": failed.number, "status": failed.status}
    apart = truth.apart(trial, bug.script, bug.backend)
    if apart == 0:
        return {**said, "found": "changes nothing"}
    if apart <= 1:
        return {**said, "found": "below tolerance", "apart": apart}
    return {**said, "found": "missed", "apart": apart}


def verdict_of(bench: Bench, text: str, form: Form, level: int = LEVEL) -> Verdict:
    """What becomes of any spec, whatever happens on the way."""
    try:
        return judged(bench, bench.trial(text, form, level), text)
    except Refused as refused:
        return Verdict("refused", str(refused))
    except Exception as error:
        return Verdict("traceback", repr(error))


def alike(bench: Bench, text: str, form: Form) -> Callable[[str], bool]:
    """Whether another spec fails as this one does: with the same words, or with other numbers."""
    first = verdict_of(bench, text, form)

    def fails(tried: str) -> bool:
        found = verdict_of(bench, tried, form)
        if first.kind.startswith("differs"):
            return found.kind.startswith("differs")
        return found.signature == first.signature

    return fails
