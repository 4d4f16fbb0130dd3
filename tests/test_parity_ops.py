"""Every case of every layer in scripts of both backends, levels 0 to 4 of the parity protocol.

The cases of some layers are branches of one network, whose names are in the test's output. Where
the tolerances come from is said in specc/parity/tolerances.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.networks import Branch, dead, network, networks

from specc import parity
from specc.ops.base import Layer
from specc.parity.text import render
from specc.registry import every

pytestmark = [pytest.mark.parity, pytest.mark.slow]
LAYERS = [op for op in every("layer") if issubclass(op, Layer)]
NETWORKS = list(networks(LAYERS))


def named(branches: list[Branch]) -> str:
    return " ".join(dict.fromkeys(op.word() for op, _ in branches))


@pytest.mark.parametrize("branches", NETWORKS, ids=named)
def test_cases(branches: list[Branch], tmp_path: Path, probes: parity.Probes) -> None:
    spec = tmp_path / "cases.cnn"
    spec.write_text(network(branches))
    report = parity.run(spec, level=4, whole=False, synthetic=True, probes=probes)
    for number, (_, case) in enumerate(branches):
        print(f"case{number}: {case.text} of {case.inputs}")
    print(render(report))
    assert report.passed, render(report)
    assert [level.number for level in report.levels] == [0, 1, 2, 3, 4]


def test_few_cases_are_left_out() -> None:
    left_out = [(op.word(), case) for op in LAYERS for case in op.cases if dead(op, case)]
    assert len(left_out) < 6, left_out
    assert sum(map(len, NETWORKS)) + len(left_out) == sum(len(op.cases) for op in LAYERS)
