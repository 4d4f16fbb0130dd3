"""Measures every layer and term and writes docs/coverage.md: `coverage_run.py [LAYER...]`.

With names, with --terms or with --new, only these rows are measured, and those of layers and terms
that have no row yet or another number of cases. Terms are measured all together.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import coverage_terms
from coverage_page import PAGE, Coverage, Row, layers, page, read
from coverage_terms import Terms
from harness.backends import BACKENDS
from harness.figures import PRECISIONS, measure

from specc.parity import ProbeFailed, Probes

WORKERS = 2
"""Pairs of probes: tracing networks in TensorFlow takes most of the time, and one processor."""
LAYERS_EACH = 25
"""After so many layers a worker starts its probes anew: TensorFlow keeps some 30 MB of each."""
_warm: list[Probes] = []
_done: list[str] = []


@dataclass(frozen=True)
class Result:
    """What a worker found; without a row a script broke down."""

    layer: str
    row: Row | None
    wrong: list[str]
    versions: str
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layers", nargs="*", metavar="LAYER")
    parser.add_argument(
        "--terms", action="store_true", help="losses, optimizers, metrics, scalings"
    )
    parser.add_argument("--new", action="store_true", help="measure what is not on the page yet")
    options = parser.parse_args()
    known = layers()
    if unknown := sorted({*options.layers} - {*known}):
        parser.error(f"there is no layer {' or '.join(unknown)}")
    some = bool(options.layers or options.new or options.terms)
    old = read(PAGE.read_text("utf-8")) if some else Coverage("", {}, {})
    rows = {name: row for name, row in old.rows.items() if name in known}
    todo = [
        name
        for name, op in known.items()
        if name in options.layers or name not in rows or rows[name].cases != len(op.cases)
    ]
    begun, versions, bad = time.monotonic(), old.versions, 0
    with ProcessPoolExecutor(min(WORKERS, len(todo)) or 1, get_context("spawn"), _start) as pool:
        for result in pool.map(_measured, todo):
            if some and result.versions != versions:
                pool.shutdown(cancel_futures=True)
                parser.error(f"the other rows are of {versions}, here is {result.versions}")
            versions = result.versions
            print(f"{result.layer}  {result.seconds:.1f} s", flush=True)
            if result.wrong or result.row is None:
                bad += 1
                print(*(f"    {each}" for each in result.wrong), sep="\n", flush=True)
            else:
                rows[result.layer] = result.row
    terms, wrong = _terms(old.terms, anew=options.terms)
    print(*wrong, sep="\n")
    bad += len(wrong)
    print(f"{len(todo)} layers, {bad} failures, {time.monotonic() - begun:.0f} s")
    if not bad:
        PAGE.write_text(page(Coverage(versions, rows, terms)), encoding="utf-8", newline="\n")
        print(f"wrote docs/{PAGE.name}")
    return 1 if bad else 0


def _terms(old: Terms, anew: bool) -> tuple[Terms, list[str]]:
    """The rows of all terms, and what is wrong with them."""
    if not anew and {key: row.cases for key, row in old.items()} == coverage_terms.cases():
        return old, []
    terms = coverage_terms.measured()
    wrong = [
        f"{category} {word}: {each}"
        for (category, word), row in terms.items()
        for each in coverage_terms.beyond(category, row)
    ]
    return terms, wrong


# ---- in the workers


def _start() -> None:
    # The processes of the probes end with the worker, whose pipes they read.
    _warm.append(Probes(BACKENDS))


def _measured(name: str) -> Result:
    (probes,), op, begun = _warm, layers()[name], time.monotonic()
    if _done and len(_done) % LAYERS_EACH == 0:
        for probe in probes.each.values():
            probe.kill()
    _done.append(name)
    probes.renew()
    row, wrong = None, []
    try:
        figures = measure(op, probes)
        row = Row(len(op.cases), figures)
        wrong = [each for p in PRECISIONS for each in figures[p].beyond(p)]
    except ProbeFailed as error:
        wrong = [str(error)]
    return Result(name, row, wrong, _versions(probes), time.monotonic() - begun)


def _versions(probes: Probes) -> str:
    found: dict[str, str] = {}
    for probe in probes.each.values():
        found |= probe.hello["versions"]
    listed = ", ".join(f"{name} {version}" for name, version in found.items())
    return f"{listed} on {platform.machine()}"


if __name__ == "__main__":
    sys.exit(main())
