"""Runs all mutants: `python tests/mutations/run.py`, and with --write makes the page of docs/."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from itertools import product
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/parity-catches.md")
    parser.add_argument("--only", default="", metavar="REGEX", help="the mutants of such names")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("the page needs all mutants")

    # This folder is a package of the tests, wherever the script is started.
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from mutations.page import PAGE, SEEDS, is_blamed, is_caught, page
    from mutations.suite import MUTANTS, SPECS, suite

    begun = time.monotonic()
    todo = [mutant for mutant in MUTANTS if re.search(options.only, mutant.name)]
    with tempfile.TemporaryDirectory() as folder, suite(Path(folder)) as run:
        verdicts = run.mutants(todo)
        originals = [] if options.only else run.originals(product(SPECS, SEEDS))
    bad = 0
    for mutant in todo:
        verdict = verdicts[mutant.name]
        good = is_caught(mutant, verdict) and is_blamed(mutant, verdict)
        bad += not good
        print(f"{'caught' if good else 'MISSED'}  L{verdict.level}  {mutant.name}")
        print(f"            {verdict.difference}; {verdict.cause}{verdict.broken}")
    for verdict in originals:
        bad += not verdict.passed
        print(f"{'equal ' if verdict.passed else 'APART '}  L{verdict.level}  {verdict.name}")
    used = os.times()  # the probes have ended, so that theirs is in it
    seconds = used.user + used.system + used.children_user + used.children_system
    took = time.monotonic() - begun
    print(f"{len(todo)} mutants, {bad} failures, {took:.0f} s, {seconds:.0f} s of processor time")
    if options.write and not bad:
        PAGE.write_text(page(verdicts, originals, seconds), "utf-8")
        print(f"wrote {PAGE}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
