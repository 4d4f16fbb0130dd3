"""The forms of a script: whole in one file, beside a module with its parts, or lean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Layout(StrEnum):
    """Where the code stands that does not depend on the spec."""

    FILE = "file"
    FOLDER = "folder"


@dataclass(frozen=True)
class Form:
    """lean: only what one would show in a lecture."""

    layout: Layout = Layout.FILE
    lean: bool = False

    def module(self, backend: str) -> str:
        """The module beside the script that holds its parts; empty where there is none."""
        return f"common_{backend}" if self.layout == Layout.FOLDER else ""


WHOLE = Form()
