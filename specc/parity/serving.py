"""The process of a probe: takes cases and gives answers, whatever the scripts in it do."""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, TextIO

from specc.parity import launching
from specc.parity.case import Case
from specc.parity.errand import Errand
from specc.parity.probing import Recorder


def serve(hello: dict[str, Any], run: Callable[[Case, Recorder, Path], None]) -> None:
    """Answer cases from stdin, one JSON line each, until it ends; or start scripts, if told so."""
    if sys.argv[1:] == [launching.FRESH]:
        sys.exit(launching.become(Errand.from_json(sys.stdin.readline()), launching.teller(1)))
    channel, cases = _take_channels()
    home, own = Path.cwd(), os.getpid()

    def emit(message: dict[str, Any]) -> None:
        if os.getpid() == own:  # a child that a script has forked is not asked
            channel.write(json.dumps(message) + "\n")
            channel.flush()

    # What the import of a framework has made stays: no collection need look at it after a case.
    gc.collect()
    gc.freeze()
    emit({"event": "ready", **hello})
    if launching.LAUNCH in sys.argv:
        launching.serve(channel.fileno(), cases)
    while True:
        message = _answer(Case.from_json(cases.get()), emit, run)
        if os.getpid() != own:
            os._exit(0)
        os.chdir(home)
        emit(message)


def _take_channels() -> tuple[TextIO, SimpleQueue[str]]:
    """Where to write messages, and the lines that come in; scripts have neither."""
    channel: TextIO = os.fdopen(os.dup(1), "w", encoding="utf-8")
    given: TextIO = os.fdopen(os.dup(0), encoding="utf-8")
    # What scripts and frameworks print must not get between the lines of the protocol, and a
    # script that asks for a line must not get one of these.
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if hasattr(signal, "SIGUSR1"):  # the driver asks so where a script hangs
        faulthandler.register(signal.SIGUSR1, all_threads=True)
    faulthandler.enable()  # so does the driver's account of a crash begin
    cases: SimpleQueue[str] = SimpleQueue()

    def listen() -> None:
        for line in given:
            cases.put(line)
        # The driver is gone: nobody waits for the case that may still run, nor for its children.
        if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(0)

    Thread(target=listen, daemon=True).start()
    return channel, cases


def _answer(
    case: Case,
    emit: Callable[[dict[str, Any]], None],
    run: Callable[[Case, Recorder, Path], None],
) -> dict[str, Any]:
    """Run a case; the message that says how it went."""
    begun, folder, recorder = time.monotonic(), Path(case.folder), Recorder(case, emit)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        run(case, recorder, folder)
        recorder.save(folder)
    # Whatever a script raises is the answer: it may be a file that somebody edited.
    except BaseException as error:
        text = f"{type(error).__name__}: {error}"
        place = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in place if frame.filename == case.script]
        return {"event": "failed", "error": text, "line": lines[-1] if lines else None,
                "stopped": type(error).__name__ == "RunError",
                "trace": traceback.format_exc()}  # fmt: skip
    recorder.facts["seconds"] = time.monotonic() - begun
    return {"event": "answer", "facts": recorder.facts}
