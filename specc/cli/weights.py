"""`specc weights`: files of weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from specc.cli.options import Colors, ModelName, Settings, Spec
from specc.cli.report import Color
from specc.cli.shared import OutputFormat, TextOrJson, compiled, print_json, stop

if TYPE_CHECKING:
    from specc.weights.file import Tensors

app = typer.Typer(
    help="Draw, show, compare and convert files of weights.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Force: TypeAlias = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]


@app.command()
def init(
    spec: Spec,
    out: Annotated[
        Path,
        typer.Option("-o", "--out", metavar="FILE", help="The file to write, .safetensors."),
    ],
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=2**63 - 1,
            help="Of the weights; the spec's own without it.",
            show_default=False,
        ),
    ] = None,
    model: ModelName = None,
    set_: Settings = None,
    force: Force = False,
    color: Colors = Color.auto,
) -> None:
    """Draw initial weights, the very numbers that the scripts of the spec draw."""
    found = compiled(spec, model, set_, color)
    if seed is None and found.train is None:
        raise typer.BadParameter("the spec has no `train` with a seed", param_hint="'--seed'")
    with _errors():
        from specc.weights import file, initial

        if not out.name.endswith(file.SUFFIX):
            raise typer.BadParameter(f"`{out}` does not end in {file.SUFFIX}", param_hint="'--out'")
        _check_free(out, force)
        chosen = found.train.seed if seed is None and found.train else seed
        assert chosen is not None
        file.write(out, initial.draw(found.model, chosen), found.model)
    typer.echo(f"wrote {out}")


@app.command("show")
def show_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A .safetensors file.")],
    format: OutputFormat = TextOrJson.text,
) -> None:
    """Show the tensors of a file: names, shapes, norms."""
    with _errors():
        from specc.weights import table

        tensors = _read(path)
        found = table.entries(tensors)
        if format == TextOrJson.json:
            print_json(
                {"metadata": tensors.metadata, "tensors": [asdict(entry) for entry in found]}
            )
        else:
            typer.echo(table.listing(tensors, found))


@app.command()
def diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="A .safetensors file.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    tolerance: Annotated[
        float,
        typer.Option(min=0, help="How far a tensor may be off, as a share of its largest value."),
    ] = 0.0,
    format: OutputFormat = TextOrJson.text,
) -> None:
    """Compare two files, tensor by tensor.

    Exit code 1 where they differ, 2 where one of them cannot be read.
    """
    with _errors(2):
        from specc.weights import table

        found = table.differences(_read(a, 2), _read(b, 2))
        beyond = [difference for difference in found if table.differ(difference, tolerance)]
        if format == TextOrJson.json:
            print_json(
                {
                    "tolerance": tolerance,
                    "differ": bool(beyond),
                    "tensors": [asdict(difference) for difference in found],
                }
            )
        else:
            typer.echo(table.comparison(found, tolerance))
    if beyond:
        raise typer.Exit(1)


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="The file to read.")],
    target: Annotated[Path, typer.Argument(metavar="DST", help="The file to write.")],
    spec: Annotated[Path, typer.Option(metavar="SPEC", help="The spec whose weights they are.")],
    model: ModelName = None,
    set_: Settings = None,
    force: Force = False,
    color: Colors = Color.auto,
) -> None:
    """Move weights between .safetensors and the frameworks' files: .keras, .weights.h5, .pt.

    The endings say what SRC and DST are. A run's last-EPOCH.safetensors is read too.
    """
    found = compiled(spec, model, set_, color, buildable=True)
    with _errors():
        from specc.ir import Buildable
        from specc.weights.convert import convert as move

        assert isinstance(found, Buildable)
        _check_free(target, force)
        move(source, target, found)
    typer.echo(f"wrote {target}")


def _read(path: Path, code: int = 1) -> Tensors:
    from specc.weights import file

    if path.is_file() and not path.name.endswith(file.SUFFIX):
        stop(f"{path}: is no {file.SUFFIX} file; `specc weights convert` makes one of it", code)
    return file.read(path)


def _check_free(path: Path, force: bool) -> None:
    if path.exists() and not force:
        stop(f"{path} exists; `--force` replaces it", 2)


@contextmanager
def _errors(code: int = 1) -> Iterator[None]:
    """What is wrong with files, as lines and an exit code."""
    from specc.building import how_to_install

    try:
        from specc.weights.file import WeightsError
    except ModuleNotFoundError as reason:
        stop(how_to_install("data", [str(reason.name)]), code)
    try:
        yield
    except WeightsError as reason:
        stop(str(reason), code)
    except OSError as reason:
        stop(f"{reason.filename}: {reason.strerror}", code)
