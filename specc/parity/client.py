"""Warm probe processes: one for each backend, each takes many cases."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any

from specc.codegen.backend import get_backend
from specc.parity.case import Answer, Case, Streams
from specc.parity.errand import Errand, Ran
from specc.parity.launching import LAUNCH

_ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "MPLBACKEND": "agg",
    "PYTHONUNBUFFERED": "1",
    "COLUMNS": "80",
    "TQDM_DISABLE": "1",
}


TIMEOUT = 300.0
"""Seconds: the largest networks need minutes for their first step in float64."""


class ProbeFailed(Exception):
    """A script, or the probe itself, broke down."""

    def __init__(self, backend: str, reason: str, trace: str = "", stopped: bool = False) -> None:
        super().__init__(f"{backend}: {reason}")
        self.backend, self.reason, self.trace = backend, reason, trace
        self.stopped = stopped
        """Whether the script itself has stopped with one line for its reader."""
        self.others: list[ProbeFailed] = []
        """The failures of other backends' scripts in the same case."""


class Probe:
    """A process that holds one framework and runs cases of its scripts.

    timeout: after so many seconds without a sign of life a case has failed, and the process ends.
    words: what the process is told to be, if not one that runs cases itself.
    """

    def __init__(self, backend: str, timeout: float = TIMEOUT, *words: str) -> None:
        module = get_backend(backend).probe
        if module is None:
            raise ProbeFailed(backend, "this backend has no probe")
        self.backend, self.timeout = backend, timeout
        self._script, self._updates = "", -1
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=os.environ | _ENVIRONMENT,
            text=True,
            start_new_session=True,  # a group of its own: what a script starts ends with it
        )
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._hello: dict[str, Any] | None = None

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def hello(self) -> dict[str, Any]:
        """What the probe says of itself: `versions`, and whether it `draws` dropout's streams."""
        if self._hello is None:
            self._hello = self._read(max(self.timeout, TIMEOUT))  # no script is to blame here
        return self._hello

    def send(self, case: Case | Errand) -> None:
        assert self.hello and self._process.stdin is not None
        self._folder, self._script, self._updates = Path(case.folder), case.script, -1
        try:
            self._process.stdin.write(case.to_json() + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def streams(self) -> Streams:
        """The streams of the layers that draw, which a probe tells as soon as they are made."""
        message = self._read(self.timeout)
        assert message["event"] == "streams", message
        found: Streams = message["streams"]
        return found

    def answer(self) -> Answer:
        """Wait for the end of the case."""
        message = self._read(self.timeout)
        while message["event"] == "streams":
            message = self._read(self.timeout)
        return Answer(self.backend, message["facts"], self._folder / "arrays.safetensors")

    def _read(self, patience: float) -> dict[str, Any]:
        """The next message but for signs of life."""
        message: dict[str, Any] = {"event": "alive"}
        while message["event"] == "alive":
            message = json.loads(self._line(patience))
            self._updates = message.get("updates", self._updates)
        if message["event"] == "failed":
            where = f" (line {message['line']} of the script)" if message["line"] else ""
            error, stopped = message["error"], message["stopped"]
            raise ProbeFailed(self.backend, error + where, message["trace"], stopped)
        return message

    def _line(self, patience: float) -> str:
        end = time.monotonic() + patience
        while True:
            running = self.running  # asked first: its last line may come before its end
            with suppress(Empty):
                return self._lines.get(timeout=0.5)
            # The end of the pipe says nothing: a child of the script may still hold it.
            if not running:
                raise self._ended()
            if time.monotonic() > end:
                raise ProbeFailed(self.backend, self._given_up(patience))

    def _given_up(self, patience: float) -> str:
        """End the process; say where it stood."""
        line = self._stands_at()
        self.kill()
        where = f" (it stands at line {line} of the script)" if line else ""
        return f"the script gave no sign of life for {patience:g} s: it hangs, or is slow{where}"

    def _stands_at(self) -> str:
        """The line of the script that runs now, which a probe prints when it is asked."""
        if not hasattr(signal, "SIGUSR1"):
            return ""
        self._process.send_signal(signal.SIGUSR1)
        time.sleep(0.5)
        return self._line_of_script(self._said())

    def _said(self) -> str:
        """What the process, its script and its framework have printed so far."""
        self._log.seek(0)
        return self._log.read()

    def _line_of_script(self, text: str) -> str:
        """The line of the script in a traceback, which begins with the innermost call."""
        found = re.findall(rf'File "{re.escape(self._script)}", line (\d+)', text)
        return found[0] if self._script and found else ""

    def _ended(self) -> ProbeFailed:
        """What to say of a process that has ended while somebody waited for it."""
        code, text = self._process.wait(), self._said().strip()
        if not self._script:  # the framework could not be started: only its own words tell why
            return ProbeFailed(self.backend, f"the probe ended with code {code}: {text[-2000:]}")
        how = f"with code {code}"
        if code < 0:
            how = f"by signal {-code} ({(signal.strsignal(-code) or 'unknown').lower()})"
        when = {-1: "before its first step", 0: "in its first step"}.get(self._updates, "later on")
        line = self._line_of_script(text)
        where = f" (it stood at line {line} of the script)" if line else ""
        return ProbeFailed(self.backend, f"the script ended {how} {when}{where}", text[-2000:])

    def kill(self) -> None:
        """End the process at once, with all that a script has started."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):  # nobody is left in it
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()

    def close(self) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        self.kill()
        self._listener.join(timeout=5)
        self._log.close()


class Probes:
    """The probes of some backends, started together.

    launchers: processes that start scripts as a user does, from the first such script on.
    """

    def __init__(self, backends: Sequence[str], timeout: float = TIMEOUT) -> None:
        self.each = {name: Probe(name, timeout) for name in backends}
        self.launchers: dict[str, Probe] = {}

    def __enter__(self) -> Probes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for probe in (*self.each.values(), *self.launchers.values()):
            if error is not None:  # as after Ctrl-C: nobody waits for a case that still runs
                probe.kill()
            probe.close()

    def renew(self) -> None:
        """Start anew the processes that a script has ended."""
        for name, probe in self.each.items():
            if not probe.running:
                probe.close()
                self.each[name] = Probe(name, probe.timeout)
        for name, probe in list(self.launchers.items()):
            if not probe.running:
                self.launchers.pop(name).close()

    def launch(self, errands: Mapping[str, Errand]) -> dict[str, list[Ran]]:
        """Run the commands of each backend's script, each in a process of its own."""
        for name in errands:
            if name not in self.launchers:
                self.launchers[name] = Probe(name, self.each[name].timeout, LAUNCH)
        failures: list[ProbeFailed] = []
        found: dict[str, list[Ran]] = {}
        for name, errand in errands.items():
            self.launchers[name].send(errand)
        for name, errand in errands.items():  # even after a failure, as in `run`
            try:
                codes = self.launchers[name].answer().facts["codes"]
                pairs = zip(errand.commands, codes, strict=True)
                found[name] = [Ran.of(name, command, code) for command, code in pairs]
            except ProbeFailed as error:
                failures.append(error)
        for name, each in found.items():
            broken = [ran for ran in each if ran.code != 0]
            for ran in broken[:1]:
                reason, stopped = ran.failure(errands[name].script)
                failures.append(ProbeFailed(name, reason, ran.said[-2000:], stopped))
        if failures:
            failures[0].others = failures[1:]
            raise failures[0]
        return found

    def run(self, cases: Mapping[str, Case]) -> list[Answer]:
        """Run a case on each backend at once; all answers, or the first failure."""
        names = list(cases)
        if any(case.random for case in cases.values()):
            givers = [name for name in names if self.each[name].hello["draws"]]
            names = [*givers, *(name for name in names if name not in givers)]
        streams: Streams | None = None
        sent: list[str] = []
        failures: list[ProbeFailed] = []
        for name in names:
            case, probe = cases[name], self.each[name]
            try:
                if case.random and not probe.hello["draws"]:
                    case = replace(case, streams=streams or {})
                probe.send(case)
                sent.append(name)
                if case.random and probe.hello["draws"] and streams is None:
                    streams = probe.streams()
            except ProbeFailed as error:
                failures.append(error)
                sent = [each for each in sent if each != name]
                break
        answers = {}
        for name in sent:  # even after a failure: the next case must not read an old answer
            try:
                answers[name] = self.each[name].answer()
            except ProbeFailed as error:
                failures.append(error)
        if failures:
            failures[0].others = failures[1:]
            raise failures[0]
        return [answers[name] for name in cases]
