"""A child of a warm process is what a new process would be, for all that programs can tell; only it
does not paint."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from harness.processes import ENVIRONMENT, FRAMEWORKS, Done, start

pytestmark = pytest.mark.slow

LOOKS = """
import os, sys, threading
if __name__ == "__main__":
    print(sys.argv, sys.path[0], os.getcwd(), sorted(os.environ.items()), sys.stdin.read())
    print(threading.active_count(), len(os.listdir("/proc/self/task")) > 9, file=sys.stderr)
    sys.exit(int(sys.argv[1]))
"""
ENDS = {
    "import sys; sys.exit()": 0,
    "import sys; sys.exit('a reason')": 1,
    "raise ValueError": 1,
    "import os; os._exit(7)": 7,
    "import os, signal; os.kill(os.getpid(), signal.SIGINT)": -signal.SIGINT,
    "import atexit; atexit.register(print, 'at exit')": 0,
}


def both(*words: object, folder: Path) -> tuple[Done, Done]:
    one, other = (start("torch", *words, folder=folder, fresh=fresh) for fresh in (True, False))
    return one.wait(), other.wait()


@pytest.mark.parametrize("kind", ["file", "text", "module"])
def test_a_child_sees_what_a_process_sees(kind: str, tmp_path: Path) -> None:
    (tmp_path / "looks.py").write_text(LOOKS)
    first = {"file": ["looks.py"], "text": ["-c", LOOKS], "module": ["-m", "looks"]}[kind]
    fresh, forked = both(*first, 3, "a b", folder=tmp_path)
    assert fresh == forked and fresh.code == 3 and "a b" in fresh.out


@pytest.mark.parametrize("code", ENDS)
def test_a_child_ends_as_a_process_ends(code: str, tmp_path: Path) -> None:
    fresh, forked = both("-c", code, folder=tmp_path)
    assert fresh.code == forked.code == ENDS[code] and fresh.out == forked.out
    assert fresh.err.splitlines()[-1:] == forked.err.splitlines()[-1:]


def test_a_child_can_be_killed() -> None:
    process = start("torch", "-c", "import time; time.sleep(300)")
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    assert process.wait().code == -signal.SIGKILL


def test_what_takes_too_long_is_killed() -> None:
    process = start("torch", "-c", "print('begun', flush=True); import time; time.sleep(300)")
    with pytest.raises(TimeoutError, match="begun"):
        process.wait(3)


def test_another_environment_is_a_new_process() -> None:
    code = "import os, sys; print(os.environ['WORD'], 'torch' in sys.modules)"
    given = ENVIRONMENT | {"WORD": "said"}
    assert start("torch", "-c", code, environment=given).wait().out == "said False\n"


@pytest.mark.parametrize("fresh", [True, False])
def test_only_a_new_process_paints_its_figures(fresh: bool, tmp_path: Path) -> None:
    code = "from pathlib import Path; from matplotlib.figure import Figure; figure = Figure()"
    draw = "figure.subplots(); figure.savefig(Path('a.png'), dpi=50)"
    assert start("torch", "-c", f"{code}; {draw}", folder=tmp_path, fresh=fresh).wait().code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert ((tmp_path / "a.png").stat().st_size > 1000) == fresh


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_nothing_has_begun_before_the_fork(framework: str) -> None:
    """Not one thread more: a fork would lose it. And what nobody has seeded varies."""
    code = "import os, random, numpy; n = len(os.listdir('/proc/self/task')); print(n, framework)"
    draws = "numpy.random.rand(), random.random()"
    code = code.replace("framework", f"{draws}, torch.rand(1)" if framework == "torch" else draws)
    code = f"import {framework}\n{code}"
    one, other = (start(framework, "-c", code).wait().out.split(maxsplit=1) for _ in range(2))
    assert one[0] == other[0] == "1" and one[1] != other[1]
