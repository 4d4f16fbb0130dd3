"""The table at the end of a run: what was drawn, and what was found, by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from fuzz.verdict import is_fault
from specc.registry import known

_EXAMPLES = 6


def table(results: list[dict[str, Any]]) -> str:
    return "\n".join([*_networks(results), "", *_bugs(results), "", *_drawn(results)])


def _networks(results: list[dict[str, Any]]) -> Iterator[str]:
    seconds = [one.get("seconds", 0.0) for one in results]
    mean = sum(seconds) / max(1, len(seconds))
    seeds = sorted(one["seed"] for one in results)
    span = f", seeds {seeds[0]} to {seeds[-1]}" if seeds else ""
    yield f"{len(results)} networks{span}, {mean:.2f} s each"
    yield from _counted((one["kind"], one["seed"], is_fault(one)) for one in results)


def _bugs(results: list[dict[str, Any]]) -> Iterator[str]:
    every = [(bug, one["seed"]) for one in results for bug in one.get("bugs", ())]
    yield f"{len(every)} bugs planted"
    yield from _counted((bug["found"], seed, bug["found"] == "missed") for bug, seed in every)
    yield ""
    kinds = Counter((bug["kind"], bug["found"]) for bug, _ in every)
    width = max((len(kind) for kind, _ in kinds), default=0)
    for kind in sorted({kind for kind, _ in kinds}):
        said = ", ".join(f"{n} {found}" for (k, found), n in sorted(kinds.items()) if k == kind)
        yield f"  {kind:{width}}  {said}"


def _counted(found: Iterable[tuple[str, int, bool]]) -> Iterator[str]:
    every = list(found)
    kinds = Counter(kind for kind, _, _ in every)
    for kind, count in kinds.most_common():
        seeds = [seed for name, seed, shown in every if name == kind and shown][:_EXAMPLES]
        which = f"  seeds {', '.join(map(str, seeds))}" if seeds else ""
        yield f"  {count:6}  {kind}{which}"


def _drawn(results: list[dict[str, Any]]) -> Iterator[str]:
    """How often each thing of the registry stands in a network."""
    count = Counter(word for one in results for word in one.get("words", ()))
    for category in ("layer", "loss", "optimizer", "metric", "initializer", "scaling", "source"):
        numbers = sorted((count[name], name) for name in known(category))
        few = ", ".join(f"{name} {n}" for n, name in numbers[:4])
        yield f"  {category}: {len(numbers)}, in {numbers[0][0]} networks or more ({few})"
