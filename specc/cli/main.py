"""The command line. Each command imports what it needs when it runs: `check` must start fast."""

from __future__ import annotations

import gc
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_command_name
from typer.models import CommandInfo

import specc
from specc.cli.building import build, run
from specc.cli.options import Colors, Diagnostics, ModelName, Settings, Spec, settings
from specc.cli.parity import parity
from specc.cli.report import Color, Format, failed, show, tally
from specc.cli.shared import Output, OutputFormat, backends, compiled, print_json, stop
from specc.cli.weights import app as weights_app

if TYPE_CHECKING:
    from specc.compile import Result
    from specc.diagnostics.model import Diagnostic

app = typer.Typer(
    name="specc",
    help="Compile neural-network specs to Keras and PyTorch training scripts.",
    epilog="Exit codes: 0 fine, 1 the spec or its data has errors, 2 wrong usage.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.add_typer(weights_app, name="weights")
app.command()(parity)
app.command()(build)
app.command()(run)


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        # A name of a file may hold what the terminal's encoding cannot show.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    _keep(sys.argv[1:2])
    # A command is short and what it makes stays: to look for garbage all the time, and once more
    # at the end, takes a tenth of it.
    gc.set_threshold(200_000)
    try:
        app()
    finally:
        gc.freeze()


def _keep(first: list[str]) -> None:
    """Leave only the command at hand: the others, with all their options, would be made in vain."""
    commands = [each for each in app.registered_commands if first == [_called(each)]]
    groups = [each for each in app.registered_groups if first == [each.name]]
    if commands or groups:
        app.registered_commands, app.registered_groups = commands, groups


def _called(command: CommandInfo) -> str:
    assert command.callback is not None
    return command.name or get_command_name(command.callback.__name__)


def _look(path: Path, result: Result, quiet: bool) -> list[Diagnostic]:
    """Read the data of a spec, and say what is there."""
    from specc.building import how_to_install, missing_modules
    from specc.data_check import look, script
    from specc.ir import Buildable

    assert isinstance(result.spec, Buildable)
    if missing := missing_modules(script(result.spec)):
        stop(how_to_install("data", missing), 1)
    found = look(result, path.parent)
    if not isinstance(found, str):
        return [found]
    if not quiet:
        typer.echo(f"{path}: {found}")
    return []


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"specc {specc.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version and end."
        ),
    ] = False,
) -> None:
    pass


@app.command()
def check(
    specs: Annotated[
        list[Path],
        typer.Argument(metavar="SPECS...", help="Specs, .cnn files.", show_default=False),
    ],
    data: Annotated[
        bool, typer.Option("--data", help="Look at the data too: it must be there and fit.")
    ] = False,
    backend: Annotated[
        str, typer.Option("--backend", metavar="NAME", help="Whose refusals count; all without it.")
    ] = "all",
    model: ModelName = None,
    set_: Settings = None,
    format: Diagnostics = Format.text,
    color: Colors = Color.auto,
) -> None:
    """Find the errors of specs, and what backends refuse; the data need not be there."""
    from specc.compile import compile_file
    from specc.lacking import lacking

    known = backends(backend)
    values, found = settings(set_), []
    for path in specs:
        result = compile_file(path, model=model, settings=values, buildable=data)
        found += result.diagnostics
        found += lacking(result, known)
        if data and result.spec:
            found += _look(path, result, quiet=format != Format.text)
    show(found, format, color)
    if failed(found):
        raise typer.Exit(1)
    if format == Format.text and not found:
        typer.echo(f"{len(specs)} file{'s' * (len(specs) != 1)}, {tally(found)}")


@app.command()
def summary(
    spec: Spec,
    model: ModelName = None,
    set_: Settings = None,
    format: OutputFormat = Output.text,
    color: Colors = Color.auto,
) -> None:
    """Show shapes, parameters, multiply-accumulates, receptive field and memory, layer by layer."""
    from specc.summary import as_json, summarize

    figures = summarize(compiled(spec, model, set_, color))
    if format == Output.json:
        print_json(as_json(figures))
        return
    from specc.summary_text import render

    typer.echo(render(figures))


@app.command()
def layers(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Any name of the language, such as Conv2D or adam.", show_default=False
        ),
    ] = None,
    format: OutputFormat = Output.text,
) -> None:
    """Show what the language knows: all names, or one with its arguments, examples and code."""
    from specc import reference, reference_text
    from specc.library.shipped import shipped_blocks

    if name is None:
        if format == Output.json:
            every = reference.everything(backends("all"))
            print_json(reference.as_json(every, list(shipped_blocks().values())))
        else:
            typer.echo(reference_text.listing())
        return
    found = reference.lookup(name, backends("all"))
    blocks = [shipped_blocks()[name]] if name in shipped_blocks() else []
    if not (found or blocks):
        near = " or ".join(f"`{other}`" for other in reference.near(name))
        hint = f"; did you mean {near}?" if near else "; `specc layers` lists all names"
        raise typer.BadParameter(f"there is no `{name}`{hint}", param_hint="'NAME'")
    if format == Output.json:
        print_json(reference.as_json(found, blocks))
    else:
        pages = [*map(reference_text.page, found), *map(reference_text.block_page, blocks)]
        typer.echo("\n\n".join(pages))


@app.command()
def explain(
    code: Annotated[
        str | None, typer.Argument(help="A code such as E0310.", show_default=False)
    ] = None,
) -> None:
    """Explain a code of an error or a warning; without one, list them all."""
    from specc.diagnostics import codes
    from specc.reference_text import code_page

    if code is None:
        for each in codes.all_codes():
            page = codes.explain(each)
            typer.echo(f"{each}  {page.title if page else ''}")
        return
    page = codes.explain(code.upper())
    if page is None:
        raise typer.BadParameter(
            f"there is no code `{code}`; `specc explain` lists them", param_hint="'CODE'"
        )
    typer.echo(code_page(page))


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("model.cnn"),
) -> None:
    """Write a commented spec to start from."""
    from specc.starter import write_starter

    try:
        write_starter(path)
    except FileExistsError:
        raise typer.BadParameter(
            f"`{path}` exists; name another file", param_hint="'PATH'"
        ) from None
    except OSError as reason:
        raise typer.BadParameter(
            f"`{path}` cannot be written: {reason.strerror}", param_hint="'PATH'"
        ) from None
    typer.echo(f"wrote {path}; next: specc run {path} --backend torch")


@app.command("ir")
def ir_(
    spec: Spec, model: ModelName = None, set_: Settings = None, color: Colors = Color.auto
) -> None:
    """Print what a spec means, every default written out, as JSON."""
    typer.echo(compiled(spec, model, set_, color).model_dump_json(indent=2))


@app.command("schema")
def schema_() -> None:
    """Print the JSON schema of what `specc ir` prints."""
    from specc.schema import schema

    print_json(schema())
