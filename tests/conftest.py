"""Options and fixtures of all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness.backends import BACKENDS

from specc.parity import Probes

# Workers and their children are more than there are cores: a thread that spins while it waits for
# another keeps that one from running. Three quarters of PyTorch's processor time were this, and
# nine tenths of scikit-learn's, whose threads cannot be told to wait otherwise.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Keras hands convolutions in groups to XLA, which would optimize each for longer than it runs.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
# A shell ignores Ctrl-C in what it starts in the background, and so would all that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the expected files anew; read their diff like code",
    )
    parser.addoption(
        "--rows-seed",
        type=int,
        help="draw these rows of docs/coverage.md, as a run before did",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files come first, so that at the end no process waits for one that has a long file."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def probes() -> Iterator[Probes]:
    """Warm probes, for all files of a worker; a file with hundreds of cases has its own."""
    with Probes(BACKENDS) as warm:
        yield warm


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with a committed file, or writes the file with --update-golden."""

    def check(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        assert path.is_file(), f"{path.name} is missing; run pytest --update-golden"
        assert text == path.read_text("utf-8")

    return check
