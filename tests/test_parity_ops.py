"""Every case of every layer in scripts of both backends, levels 0 to 4 of the parity protocol.

The cases of a layer are branches of one network, whose names are in the test's output. Where the
tolerances come from is said in specc/parity/tolerances.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.networks import dead, networks

from specc import parity
from specc.ops.base import Case, Layer
from specc.parity.text import render
from specc.registry import every

pytestmark = [pytest.mark.parity, pytest.mark.slow]
LAYERS = [op for op in every("layer") if issubclass(op, Layer)]
NETWORKS = {
    f"{op.word()}-{number}" if number else op.word(): (cases, text)
    for op in LAYERS
    for number, (cases, text) in enumerate(networks(op))
}


@pytest.fixture(scope="module")
def probes() -> Iterator[parity.Probes]:
    with parity.Probes(["keras", "torch"]) as warm:
        yield warm


@pytest.mark.parametrize("name", NETWORKS)
def test_cases(name: str, tmp_path: Path, probes: parity.Probes) -> None:
    cases, text = NETWORKS[name]
    spec = tmp_path / "cases.cnn"
    spec.write_text(text)
    report = parity.run(spec, level=4, whole=False, synthetic=True, probes=probes)
    for number, case in enumerate(cases):
        print(f"case{number}: {case.text} of {case.inputs}")
    print(render(report))
    assert report.passed, render(report)
    assert [level.number for level in report.levels] == [0, 1, 2, 3, 4]


def test_few_cases_are_left_out() -> None:
    left_out = [(op.word(), case) for op in LAYERS for case in op.cases if dead(op, case)]
    assert len(left_out) < 6, left_out
    shown: list[Case] = [case for cases, _ in NETWORKS.values() for case in cases]
    assert len(shown) + len(left_out) == sum(len(op.cases) for op in LAYERS)
