"""Warm probe processes: one for each backend, each takes many cases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from specc.codegen.backend import get_backend
from specc.parity.case import Answer, Case, Streams

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
}


class ProbeFailed(Exception):
    """A script, or the probe itself, broke down."""

    def __init__(self, backend: str, reason: str, trace: str = "") -> None:
        super().__init__(f"{backend}: {reason}")
        self.backend, self.reason, self.trace = backend, reason, trace


class Probe:
    """A process that holds one framework and runs cases of its scripts."""

    def __init__(self, backend: str) -> None:
        module = get_backend(backend).probe
        if module is None:
            raise ProbeFailed(backend, "this backend has no probe")
        self.backend = backend
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=os.environ | _ENVIRONMENT,
            text=True,
        )
        self._hello: dict[str, Any] | None = None

    @property
    def hello(self) -> dict[str, Any]:
        """What the probe says of itself: `versions`, and whether it `draws` dropout's streams."""
        if self._hello is None:
            self._hello = self._read()
        return self._hello

    def send(self, case: Case) -> None:
        assert self.hello and self._process.stdin is not None
        self._folder = Path(case.folder)
        try:
            self._process.stdin.write(case.to_json() + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise ProbeFailed(self.backend, self._last_words()) from None

    def streams(self) -> Streams:
        """The streams of the layers that draw, which a probe tells as soon as they are made."""
        message = self._read()
        assert message["event"] == "streams", message
        found: Streams = message["streams"]
        return found

    def answer(self) -> Answer:
        """Wait for the end of the case."""
        message = self._read()
        while message["event"] == "streams":
            message = self._read()
        return Answer(self.backend, message["facts"], self._folder / "arrays.safetensors")

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ProbeFailed(self.backend, self._last_words())
        message: dict[str, Any] = json.loads(line)
        if message["event"] == "failed":
            where = f" (line {message['line']} of the script)" if message["line"] else ""
            raise ProbeFailed(self.backend, message["error"] + where, message["trace"])
        return message

    def _last_words(self) -> str:
        code = self._process.wait()
        self._log.seek(0)
        text = self._log.read().strip()
        return f"the probe ended with code {code}: {text[-2000:]}"

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


class Probes:
    """The probes of some backends, started together."""

    def __init__(self, backends: Sequence[str]) -> None:
        self.each = {name: Probe(name) for name in backends}

    def __enter__(self) -> Probes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for probe in self.each.values():
            probe.close()

    def run(self, cases: Mapping[str, Case]) -> list[Answer]:
        """Run a case on each backend at once; all answers, or the first failure."""
        names = list(cases)
        if any(case.random for case in cases.values()):
            givers = [name for name in names if self.each[name].hello["draws"]]
            names = [*givers, *(name for name in names if name not in givers)]
        streams: Streams | None = None
        sent: list[str] = []
        failure: ProbeFailed | None = None
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
                failure = failure or error
                sent = [each for each in sent if each != name]
                break
        answers = {}
        for name in sent:  # even after a failure: the next case must not read an old answer
            try:
                answers[name] = self.each[name].answer()
            except ProbeFailed as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return [answers[name] for name in cases]
