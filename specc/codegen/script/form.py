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
    """lean: only what one would show in a lecture. notebook: that in cells."""

    layout: Layout = Layout.FILE
    lean: bool = False
    notebook: bool = False

    def file(self, backend: str) -> str:
        """The name of what is written. Never `torch.py`: as a script it would import itself."""
        stem = "lean" if self.lean else "train"
        return f"{stem}_{backend}.{'ipynb' if self.notebook else 'py'}"

    def module(self, backend: str) -> str:
        """The module beside the script that holds its parts; empty where there is none."""
        return f"common_{backend}" if self.layout == Layout.FOLDER else ""


WHOLE = Form()
LEAN = Form(lean=True)
NOTEBOOK = Form(lean=True, notebook=True)
