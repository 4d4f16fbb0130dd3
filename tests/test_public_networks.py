"""Published networks at a small size, in both scripts, levels 0 to 5 of the parity protocol.

tests/data/public has them. Where the tolerances come from is said in specc/parity/tolerances.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fuzz.bench import Bench, bench
from fuzz.public import LEVEL, NETWORKS
from fuzz.verdict import PROVEN

from specc.parity import Probes


@pytest.fixture(scope="module")
def made(probes: Probes) -> Iterator[Bench]:
    with bench(probes) as opened:
        yield opened


@pytest.mark.parity
@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_published_network(name: str, made: Bench) -> None:
    found = made.trial(NETWORKS[name].read_text("utf-8"), level=LEVEL).verdict
    assert (found.kind, found.level) == (PROVEN, LEVEL), found


def test_each_says_where_it_is_from() -> None:
    for name, path in NETWORKS.items():
        text = path.read_text("utf-8")
        assert text.startswith("#") and f"model {name} {{" in text, name
    assert len(NETWORKS) >= 15
