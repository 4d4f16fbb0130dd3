"""Starts scripts as a user does, each in a process of its own.

`python -m PROBE launch` has imported the framework, which takes longer than most commands, and
forks for each of them, where that is as good as a start from nothing.
"""

from __future__ import annotations

import ast
import faulthandler
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from types import ModuleType
from typing import Any, TypeAlias

from specc.parity.errand import PRINTED, SAID, Command, Errand

LAUNCH, UNFORKED, FRESH = "launch", "unforked", "fresh"
"""What a probe's process is told to be: one that starts scripts, by forks or without, or a script
that one of these has started."""
Emit: TypeAlias = Callable[[dict[str, Any]], None]
_LOOK = 0.01
"""Seconds between two looks at what runs."""


@dataclass
class Child:
    """A script that runs."""

    pid: int
    poll: Callable[[], int | None]


def teller(channel: int) -> Emit:
    """What writes messages to a file, whole lines whoever else writes there."""
    own = os.dup(channel)  # that of a script's streams may become another file

    def tell(message: dict[str, Any]) -> None:
        os.write(own, f"{json.dumps(message)}\n".encode())

    return tell


def serve(channel: int, lines: SimpleQueue[str]) -> None:
    """Answer errands, one JSON line each, until the driver ends."""
    running: dict[int, Child] = {}
    if hasattr(signal, "SIGUSR1"):  # the driver asks where a script stands, and not this process
        signal.signal(signal.SIGUSR1, lambda *_: _ask(running))
    emit = teller(channel)
    while True:
        errand = Errand.from_json(lines.get())
        _import_what_it_imports(Path(errand.script))
        begun, codes = time.monotonic(), _run(errand, running, channel)
        facts = {"codes": codes, "seconds": time.monotonic() - begun, "order": []}
        emit({"event": "answer", "facts": facts})


def _ask(running: dict[int, Child]) -> None:
    for child in list(running.values()):
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGUSR1)


def _run(errand: Errand, running: dict[int, Child], channel: int) -> list[int]:
    """Run the commands, as many at a time as there are processors; how each of them ended."""
    waiting, codes = list(enumerate(errand.commands)), dict[int, int]()
    start = _forked if _may_fork() else _started
    while waiting or running:
        while waiting and len(running) < _processors():
            number, command = waiting.pop(0)
            running[number] = start(replace(errand, commands=(command,)), channel)
        for number, child in list(running.items()):
            if (code := child.poll()) is not None:
                codes[number] = code
                del running[number]
        time.sleep(_LOOK)
    return [codes[number] for number in sorted(codes)]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _may_fork() -> bool:
    """Whether a child is as good as a new process: no thread runs but the one that listens."""
    if sys.platform != "linux" or UNFORKED in sys.argv:
        return False
    return len(list(Path("/proc/self/task").iterdir())) == threading.active_count() == 2


def _forked(errand: Errand, channel: int) -> Child:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = become(errand, teller(channel))
        finally:
            os._exit(code)

    def poll() -> int | None:
        found, status = os.waitpid(pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if found else None

    return Child(pid, poll)


def _started(errand: Errand, channel: int) -> Child:
    """A process that begins from nothing; its signs of life go where this one's messages go."""
    spec = sys.modules["__main__"].__spec__
    assert spec is not None
    process = subprocess.Popen(
        [sys.executable, "-m", spec.name, FRESH],
        stdin=subprocess.PIPE, stdout=channel, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(errand.to_json() + "\n")
    process.stdin.close()
    return Child(process.pid, process.poll)


def become(errand: Errand, emit: Emit) -> int:
    """Run the only command of an errand in this process, as `python SCRIPT WORDS` does; its exit
    code."""
    (command,) = errand.commands
    _take_files(command)
    os.chdir(errand.folder)
    if numpy := sys.modules.get("numpy"):  # a fork keeps the random numbers of its parent
        numpy.random.seed()
    try:
        code = _ended(lambda: _script(errand, command, emit))
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
    return code


def _take_files(command: Command) -> None:
    """Let the streams of this process be files of the command."""
    folder = Path(command.record)
    folder.mkdir(parents=True, exist_ok=True)
    if hasattr(signal, "SIGUSR1"):  # the answer belongs to the driver's log
        log = os.fdopen(os.dup(2), "w")
        faulthandler.unregister(signal.SIGUSR1)  # or it thinks that its handler is still there
        faulthandler.register(signal.SIGUSR1, file=log, all_threads=True)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, name in ((1, PRINTED), (2, SAID)):
        file = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
        os.close(file)
    faulthandler.enable()


def _ended(script: Callable[[], None]) -> int:
    """Call a script as Python itself does; its exit code."""
    try:
        script()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _script(errand: Errand, command: Command, emit: Emit) -> None:
    from specc.parity.witness import watched

    path = Path(errand.script)
    sys.argv, sys.path[:1] = [str(path), *command.words], [str(path.parent)]
    defined, started = _halves(path)
    module = ModuleType("__main__")
    module.__file__ = str(path)
    sys.modules["__main__"] = module  # dataclasses look their module up
    exec(compile(defined, str(path), "exec", dont_inherit=True), vars(module))
    with watched(module, errand.case, command, emit):
        exec(compile(started, str(path), "exec", dont_inherit=True), vars(module))


def _halves(path: Path) -> tuple[ast.Module, ast.Module]:
    """What a script defines, and what it does where it is the program: `if __name__ == ...`."""
    body = ast.parse(path.read_bytes(), str(path)).body
    place = next((n for n, each in enumerate(body) if _starts(each)), len(body))
    return ast.Module(body[:place], []), ast.Module(body[place:], [])


def _starts(statement: ast.stmt) -> bool:
    names = ast.walk(statement.test) if isinstance(statement, ast.If) else ()
    return any(isinstance(each, ast.Name) and each.id == "__name__" for each in names)


def _import_what_it_imports(path: Path) -> None:
    """What a script imports is imported once for all its commands, but for what lies beside it."""
    try:
        every = list(ast.walk(ast.parse(path.read_bytes())))
    except (SyntaxError, ValueError, OSError):
        return  # its own process says so
    names = [alias.name for each in every if isinstance(each, ast.Import) for alias in each.names]
    names += [each.module or "" for each in every if isinstance(each, ast.ImportFrom)]
    for name in names:
        if name and name != "__future__" and not (path.parent / f"{name}.py").exists():
            with suppress(Exception):  # so does it of what is not there
                import_module(name)
