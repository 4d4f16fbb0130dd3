"""A warm process that forks children, each of which runs a program as `python` would.

`python forking.py SOCKET MODULE...`: requests and answers are lines of JSON. `start` comes with the
two files that the child writes to, and answers with its number; `poll` answers with its code, as
`subprocess.Popen` has it, or with null while it runs. A child makes its figures without painting
them, which takes longer than the epochs that they show.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def serve(channel: socket.socket) -> list[str] | None:
    """Answer until the other end is closed; in a child, what it is to run."""
    rest, files = b"", list[int]()
    while True:
        while b"\n" not in rest:
            more, given, _, _ = socket.recv_fds(channel, 65536, 2)
            if not more:
                return None
            rest, files = rest + more, files + given
        line, _, rest = rest.partition(b"\n")
        kind, told = json.loads(line)
        answer: int | None
        if kind == "start":
            answer = os.fork()
            if answer == 0:
                channel.close()
                become(files, told)
                words: list[str] = told["words"]
                return words
            for file in files:
                os.close(file)
            files = []
        else:
            child, status = os.waitpid(told, os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if child else None
        channel.sendall(f"{json.dumps(answer)}\n".encode())


def become(files: list[int], told: dict[str, Any]) -> None:
    """Take the place of a process that has just been started."""
    for number, file in enumerate(files, start=1):
        os.dup2(file, number)
        os.close(file)
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["environment"])
    # A fork keeps the random numbers of its parent: what a script forgets to seed must vary.
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if torch := sys.modules.get("torch"):
        torch.seed()


def unpainted(figure: Any, path: Path, **options: Any) -> None:
    """Stands in for `Figure.savefig`."""
    assert path.suffix == ".png" and figure.axes, options
    path.write_bytes(b"\x89PNG, not painted")


def run(words: list[str]) -> None:
    """What `python WORDS` runs: `-c` and a text, `-m` and a module, or a file."""
    first, *rest = words
    added = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if first == "-c":
        sys.argv, here = ["-c", *rest[1:]], ""
    elif first == "-m":
        sys.argv, here = rest, str(Path.cwd())
    else:
        sys.argv, here = words, str(Path(first).resolve().parent)
    sys.path[:1] = [here, *filter(None, added)]
    if first == "-c":
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    elif first == "-m":
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(first, run_name="__main__")


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[1]))
    for name in sys.argv[2:]:
        import_module(name)
    gc.collect()
    gc.freeze()  # a child's collector would touch, and so copy, all that it shares
    if figure := sys.modules.get("matplotlib.figure"):
        figure.__dict__["Figure"].savefig = unpainted
    channel.sendall(b"null\n")
    words = serve(channel)
    if words is not None:
        run(words)


if __name__ == "__main__":
    main()
