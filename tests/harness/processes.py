"""Python programs in processes of their own, as `subprocess` starts them but sooner.

Importing a framework takes 4 to 6 seconds, more than most scripts of the tests need for the rest.
So a process that has imported it is kept for each framework and forked for each program
(harness/forking.py). What hangs on a start from nothing, or on a painted figure, asks for
`fresh=True`.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

ENVIRONMENT = os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "NO_COLOR": "1"}
COMMON = ("numpy", "matplotlib.figure", "matplotlib.backends.backend_agg", "PIL.Image",
          "safetensors.numpy", "sklearn.datasets")  # fmt: skip
FRAMEWORKS = {
    "keras": (*COMMON, "tensorflow", "keras"),
    "torch": (*COMMON, "torch", "safetensors.torch", "torch._dynamo", "torch.distributed.tensor"),
}
"""What is imported before a fork. Neither framework starts a thread before it computes, so a child
is as good as a process that has just imported them; of another framework that must be shown."""
AT_IMPORT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""What Keras scripts set before they import it."""


class Server:
    """A warm process, which ends with this one."""

    def __init__(self, backend: str) -> None:
        mine, its = socket.socketpair()
        with tempfile.TemporaryFile("w+") as log:
            program = str(Path(__file__).with_name("forking.py"))
            self.process = subprocess.Popen(
                [sys.executable, program, str(its.fileno()), *FRAMEWORKS[backend]],
                env=ENVIRONMENT | AT_IMPORT, pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
            )  # fmt: skip
            its.close()
            self.channel, self.answers = mine, mine.makefile("r")
            if not self.answers.readline():
                log.seek(0)
                raise RuntimeError(f"no warm process for {backend}: {log.read()}")
        atexit.register(self.close)

    def ask(self, kind: str, told: object, *files: IO[Any]) -> int | None:
        line = f"{json.dumps([kind, told])}\n".encode()
        numbers = [file.fileno() for file in files]
        sent = socket.send_fds(self.channel, [line], numbers) if files else 0
        self.channel.sendall(line[sent:])
        answer: int | None = json.loads(self.answers.readline())
        return answer

    def close(self) -> None:
        self.answers.close()
        self.channel.close()
        self.process.wait()


server = cache(Server)


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


class Process:
    """A program that runs; its outputs go to files, which nobody has to read meanwhile."""

    def __init__(
        self,
        backend: str,
        words: list[str],
        folder: Path,
        environment: Mapping[str, str],
        fresh: bool,
    ) -> None:
        self.returncode: int | None = None
        self._files = [
            tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - lives with the process
            for _ in range(2)
        ]
        same = dict(environment) | {"PYTHONPATH": ""} == ENVIRONMENT | {"PYTHONPATH": ""}
        self._server = None
        if backend in FRAMEWORKS and sys.platform == "linux" and same and not fresh:
            self._server = server(backend)
            told = {"words": words, "folder": str(folder), "environment": dict(environment)}
            pid = self._server.ask("start", told, *self._files)
            assert pid is not None
            self.pid = pid
        else:
            out, err = self._files
            self._process = subprocess.Popen(
                [sys.executable, *words], cwd=folder, env=environment,
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            )  # fmt: skip
            self.pid = self._process.pid

    def poll(self) -> int | None:
        if self.returncode is None:
            if self._server is None:
                self.returncode = self._process.poll()
            else:
                self.returncode = self._server.ask("poll", self.pid)
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float = 600) -> Done:
        """How it ended; one that takes longer is killed."""
        end, pause = time.monotonic() + timeout, 0.001
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                self.send_signal(signal.SIGKILL)
                raise TimeoutError(f"still running after {timeout:g} s: {self._said()}")
            time.sleep(pause)
            pause = min(2 * pause, 0.02)
        return Done(code, *self._said())

    def _said(self) -> list[str]:
        texts = []
        for file in self._files:
            file.seek(0)
            texts.append(file.read())
        return texts


def start(
    backend: str,
    *words: object,
    folder: Path | None = None,
    environment: Mapping[str, str] = ENVIRONMENT,
    fresh: bool = False,
) -> Process:
    """Start what `python WORDS` runs, a program of a backend's framework.

    fresh: let Python begin from nothing, as a user does.
    """
    texts = [str(word) for word in words]
    return Process(backend, texts, folder or Path.cwd(), environment, fresh)
