"""What several commands do alike."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeAlias

import typer

from specc.cli.options import settings
from specc.cli.report import Color, Format, show

if TYPE_CHECKING:
    from specc import ir
    from specc.codegen.backend import Backend


class TextOrJson(StrEnum):
    text = "text"
    json = "json"


OutputFormat: TypeAlias = Annotated[
    TextOrJson, typer.Option("--format", help="For people or for programs.")
]


def compiled(
    spec: Path,
    model: str | None,
    pairs: list[str] | None,
    color: Color,
    *,
    buildable: bool = False,
) -> ir.Spec:
    """The IR of a spec without errors; otherwise they are shown and the command ends."""
    from specc.compile import compile_file

    result = compile_file(spec, model=model, settings=settings(pairs), buildable=buildable)
    show(result.diagnostics, Format.text, color)
    if result.spec is None:
        raise typer.Exit(1)
    return result.spec


def backends(name: str, several: bool = True) -> list[Backend]:
    from specc.codegen.backend import NotInstalled, backend_names, get_backend

    try:
        names = backend_names()
        if several and name == "all":
            return [get_backend(each) for each in names]
        return [get_backend(name)]
    except NotInstalled as reason:
        stop(str(reason), 2)
    except KeyError:
        known = ", ".join([*names, "all"] if several else names)
        raise typer.BadParameter(
            f"there is no backend `{name}`; there are: {known}", param_hint="'--backend'"
        ) from None


def stop(message: str, code: int) -> NoReturn:
    for line in message.splitlines():
        typer.echo(f"error: {line}", err=True)
    raise typer.Exit(code)


def print_json(data: dict[str, Any]) -> None:
    import json

    typer.echo(json.dumps(data, indent=2))
