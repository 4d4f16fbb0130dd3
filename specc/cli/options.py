"""Arguments and options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from specc.cli.report import Color, Format

Spec: TypeAlias = Annotated[
    Path, typer.Argument(metavar="SPEC", help="The spec, a .cnn file.", show_default=False)
]
ModelName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="NAME", help="Which model, if the file has several.", show_default=False
    ),
]
Settings: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Change a param of the model.", show_default=False
    ),
]
Diagnostics: TypeAlias = Annotated[
    Format,
    typer.Option("--format", help="Form of errors and warnings: text on stderr, others on stdout."),
]
Colors: TypeAlias = Annotated[
    Color, typer.Option("--color", help="Colour the errors; NO_COLOR is honoured.")
]


def settings(pairs: list[str] | None) -> dict[str, str]:
    """`["width=32"]` -> `{"width": "32"}`."""
    found: dict[str, str] = {}
    for pair in pairs or ():
        name, sign, value = (part.strip() for part in pair.partition("="))
        if not (name and sign and value):
            raise typer.BadParameter(f"`{pair}` is not NAME=VALUE", param_hint="'--set'")
        if name in found:
            raise typer.BadParameter(f"`{name}` is set twice", param_hint="'--set'")
        found[name] = value
    return found
