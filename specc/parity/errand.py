"""Scripts run as a user runs them: the commands of one script, and what each of them left."""

from __future__ import annotations

import json
import re
import signal
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

from specc.parity.case import Array, Case

RECORD, PRINTED, SAID = "record.json", "printed", "said"
"""Files of a command: what was seen of it, its standard output, and its errors."""
BEGUN, INFERRED = "begun", "inferred"
"""What a training has when it begins, and what a prediction computes, as safetensors."""


def of_epoch(number: int) -> str:
    """The checkpoint after an epoch, as a name like those above."""
    return f"epoch{number}"


@dataclass(frozen=True)
class Command:
    """A script with the words behind its name, in a process of its own.

    name: what a report calls it. out: where the script writes its results. record: where is
    written what was seen of it. validation: its test part is the validation part.
    """

    name: str
    words: tuple[str, ...]
    out: str
    record: str
    epochs: int | None = None
    validation: bool = False


@dataclass(frozen=True)
class Errand:
    """Commands of a script that may run at the same time. case: its data, and how much of it."""

    case: Case
    commands: tuple[Command, ...]

    @property
    def script(self) -> str:
        return self.case.script

    @property
    def folder(self) -> str:
        return self.case.folder

    def to_json(self) -> str:
        commands = [asdict(command) for command in self.commands]
        return json.dumps({"case": self.case.to_json(), "commands": commands})

    @classmethod
    def from_json(cls, text: str) -> Errand:
        found = json.loads(text)
        commands = tuple(
            Command(**{**each, "words": tuple(each["words"])}) for each in found["commands"]
        )
        return cls(Case.from_json(found["case"]), commands)


@dataclass
class Ran:
    """A command that has ended. code: as `subprocess` has it, negative for a signal."""

    backend: str
    command: Command
    code: int
    printed: str = field(repr=False)
    said: str = field(repr=False)
    record: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, backend: str, command: Command, code: int) -> Ran:
        folder = Path(command.record)
        printed, said = (_text(folder / name) for name in (PRINTED, SAID))
        return cls(
            backend, command, code, printed, said, json.loads(_text(folder / RECORD) or "{}")
        )

    @property
    def out(self) -> Path:
        return Path(self.command.out)

    def failure(self, script: str) -> tuple[str, bool]:
        """Why a command that has failed did so, and whether the script has said it itself."""
        lines = self.said.strip().splitlines() or [""]
        if self.code == 1 and len(lines) == 1 and lines[0].startswith("error: "):
            return f"{lines[0].removeprefix('error: ')}, {self.command.name}", True
        how = f"the script ended with code {self.code}"
        if self.code < 0:
            name = (signal.strsignal(-self.code) or "unknown").lower()
            how = f"the script ended by signal {-self.code} ({name})"
        found = re.findall(rf'File "{re.escape(script)}", line (\d+)', self.said)
        if self.code == 1 and "Traceback" in self.said:
            how = lines[-1]
        # The innermost call comes last in a traceback, and first in what a crash leaves.
        where = f" (line {found[0 if self.code < 0 else -1]} of the script)" if found else ""
        return f"{how}{where}, {self.command.name}", False

    def json(self, name: str) -> Any:
        """A file of the results; None where there is none, or no JSON in it."""
        try:
            return json.loads((self.out / name).read_text("utf-8"))
        except (OSError, ValueError):
            return None

    @cached_property
    def history(self) -> list[dict[str, float]]:
        """The rows of history.json, also where it is a list for each figure."""
        found = self.json("history.json")
        if isinstance(found, dict):
            rows = zip(*found.values(), strict=False)
            return [dict(zip(found, row, strict=True)) for row in rows]
        return found if isinstance(found, list) else []

    def tensors(self, name: str) -> dict[str, Array] | None:
        """What was seen under one of the names above."""
        file = Path(self.command.record) / f"{name}.safetensors"
        return load_file(file) if file.exists() else None

    @cached_property
    def best(self) -> dict[str, Array] | None:
        """The weights that the script has kept as the best epoch's, for all frameworks."""
        file = self.out / "best.safetensors"
        return load_file(file) if file.exists() else None


def _text(file: Path) -> str:
    return file.read_text("utf-8", errors="replace") if file.exists() else ""
