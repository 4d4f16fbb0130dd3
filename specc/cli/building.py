"""`specc build` and `specc run`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from specc.cli.options import Colors, Diagnostics, ModelName, Settings, Spec, settings
from specc.cli.report import Color, Format, failed, show
from specc.cli.shared import backends, stop

if TYPE_CHECKING:
    from specc.building import Built
    from specc.codegen.backend import Backend
    from specc.codegen.script.form import Form

Force = Annotated[bool, typer.Option("--force", help="Replace files that specc did not write.")]


class LayoutName(StrEnum):
    file = "file"
    folder = "folder"


class Writes(StrEnum):
    """What `--format` says: the form of errors and warnings, or a notebook."""

    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"
    notebook = "notebook"


class StageName(StrEnum):
    syntax = "syntax"
    ir = "ir"
    plan = "plan"
    script = "script"


def build(
    spec: Spec,
    backend: Annotated[
        str, typer.Option("--backend", metavar="NAME", help="keras, torch, another one, or all.")
    ] = "all",
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="DIR", help="Folder of the scripts; generated/MODEL without it."
        ),
    ] = None,
    layout: Annotated[
        LayoutName,
        typer.Option(help="folder: a module beside the script holds what no spec changes."),
    ] = LayoutName.file,
    lean: Annotated[
        bool,
        typer.Option("--lean", help="Only data, model, the loop and a history: for a lecture."),
    ] = False,
    stage: Annotated[
        StageName | None,
        typer.Option("--show", help="Print a stage of the way and write nothing."),
    ] = None,
    model: ModelName = None,
    set_: Settings = None,
    force: Force = False,
    writes: Annotated[
        Writes,
        typer.Option(
            "--format",
            help="notebook: the lean script as .ipynb cells. Otherwise the form of errors and"
            " warnings: text on stderr, others on stdout.",
        ),
    ] = Writes.text,
    color: Colors = Color.auto,
) -> None:
    """Write a training script for each backend."""
    form = _form(layout, lean, writes)
    if stage is not None:
        _show_stage(stage, spec, backend, model, set_, color, form)
        return
    from specc.building import build_file

    format = Format.text if form.notebook else Format(writes.value)
    chosen = _able(backends(backend), form, backend)
    built = build_file(spec, chosen, model=model, settings=settings(set_), form=form)
    show(built.diagnostics, format, color)
    if built.spec is None or failed(built.diagnostics):
        raise typer.Exit(1)
    folder = out or Path("generated", built.spec.model.name)
    for path in _written(built, folder, force):
        typer.echo(f"wrote {path}", err=format != Format.text)


def _form(layout: LayoutName, lean: bool, writes: Writes) -> Form:
    from specc.codegen.script.form import Form, Layout

    notebook = writes == Writes.notebook
    if layout == LayoutName.folder and (lean or notebook):
        raise typer.BadParameter(
            "a lean script stands alone: leave `--lean` or `--layout folder` out",
            param_hint="'--layout'",
        )
    return Form(Layout(layout.value), lean or notebook, notebook)


def _able(chosen: list[Backend], form: Form, named: str) -> list[Backend]:
    """Of all backends those that have the form; who names one is told if it has not."""
    return [each for each in chosen if each.lean or not form.lean or named != "all"]


def run(
    spec: Spec,
    backend: Annotated[
        str,
        typer.Option(
            "--backend", metavar="NAME", help="keras, torch or another one.", show_default=False
        ),
    ],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[-- ARGUMENTS...]", help="For the script: `-- --epochs 2`.", show_default=False
        ),
    ] = None,
    model: ModelName = None,
    set_: Settings = None,
    format: Diagnostics = Format.text,
    color: Colors = Color.auto,
) -> None:
    """Build a script and run it in a process of its own; its files go to runs/MODEL/BACKEND."""
    from specc.building import (
        build_file,
        how_to_install,
        missing_modules,
        run_arguments,
        run_script,
    )

    (chosen,) = backends(backend, several=False)
    built = build_file(spec, [chosen], model=model, settings=settings(set_))
    show(built.diagnostics, format, color)
    if built.spec is None or failed(built.diagnostics):
        raise typer.Exit(1)
    missing = missing_modules(built.scripts[chosen.name])
    if missing:
        stop(how_to_install(chosen.name, missing), 1)
    folder = Path("runs", built.spec.model.name)
    (script,) = _written(built, folder, force=False)
    given = run_arguments(built.spec, spec.parent, folder / chosen.name)
    raise typer.Exit(run_script(script, [*given, *(arguments or ())]))


def _written(built: Built, folder: Path, force: bool) -> list[Path]:
    from specc.codegen.script.write import Kept

    try:
        return built.write(folder, force=force)
    except Kept as reason:
        stop(f"{reason}; nothing was written; `specc build --force` replaces it", 2)
    except OSError as reason:
        stop(f"{reason.filename} cannot be written: {reason.strerror}", 2)


def _show_stage(
    stage: StageName,
    spec: Path,
    backend: str,
    model: str | None,
    pairs: list[str] | None,
    color: Color,
    form: Form,
) -> None:
    """Print a stage as far as the spec has no errors before it."""
    from specc import stages
    from specc.compile import compile_file

    result = compile_file(spec, model=model, settings=settings(pairs), buildable=stage == "script")
    show(result.diagnostics, Format.text, color)
    if stage == StageName.syntax and result.file is not None:
        typer.echo(stages.syntax_text(result.file, result.source))
    elif result.spec is None:
        raise typer.Exit(1)
    elif stage == StageName.ir:
        typer.echo(result.spec.model_dump_json(indent=2))
    elif stage == StageName.plan:
        typer.echo(stages.plan_text(result.spec.model))
    else:
        chosen = _able(backends(backend), form, backend)
        _show_scripts(spec, chosen, model, pairs, color, form)
    if failed(result.diagnostics):
        raise typer.Exit(1)


def _show_scripts(
    spec: Path,
    chosen: list[Backend],
    model: str | None,
    pairs: list[str] | None,
    color: Color,
    form: Form,
) -> None:
    from specc.building import build_file

    built = build_file(spec, chosen, model=model, settings=settings(pairs), form=form)
    show(built.diagnostics, Format.text, color)
    if not built.scripts:
        raise typer.Exit(1)
    typer.echo("\n\n".join(built.scripts.values()), nl=False)
